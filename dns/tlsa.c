/* SPDX-License-Identifier: ISC */
#include "dns/tlsa.h"

#include <stdlib.h>

enum { FIXED_BYTES = 3 };

bool tlsa_read(struct span rdata, struct tlsa *out)
{
	size_t len = rdata.len - FIXED_BYTES;

	*out = (struct tlsa){ 0 };
	if (rdata.len <= FIXED_BYTES || len > TLSA_DATA_MAX)
		return false;
	out->usage = (uint8_t)rdata.at[0];
	out->selector = (uint8_t)rdata.at[1];
	out->matching = (uint8_t)rdata.at[2];
	out->data = mem_resize(NULL, len, 1);
	memcpy(out->data, rdata.at + FIXED_BYTES, len);
	out->len = len;
	return true;
}

void tlsa_free(struct tlsa *t)
{
	free(t->data);
	*t = (struct tlsa){ 0 };
}

bool tlsa_is_usable(const struct tlsa *t)
{
	static const size_t lengths[] = { [TLSA_EXACT] = 0, [TLSA_SHA256] = 32, [TLSA_SHA512] = 64 };

	if (t->usage != TLSA_DANE_TA && t->usage != TLSA_DANE_EE)
		return false;
	if (t->selector > TLSA_PUBLIC_KEY || t->matching > TLSA_SHA512)
		return false;
	return t->matching == TLSA_EXACT ? t->len > 0 : t->len == lengths[t->matching];
}
