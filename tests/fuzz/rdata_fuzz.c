/* SPDX-License-Identifier: ISC */
/* Any RDATA is read or refused; a name that comes out is a valid one, the root, or holds an escape. */
#include "dns/dns.h"
#include "dns/tlsa.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_name(struct buf *name)
{
	if (name->len > 0 && !dns_name_is_valid(buf_text(name)) && !strchr(buf_text(name), '\\'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span rdata = { (const char *)bytes, len };
	struct buf out = { 0 };
	uint16_t preference, weight, port;
	struct tlsa tlsa;

	if (tlsa_read(rdata, &tlsa)) {
		if (tlsa.len + 3 != len || (tlsa_is_usable(&tlsa) && tlsa.usage < TLSA_DANE_TA))
			abort();
		tlsa_free(&tlsa);
	}
	if (dns_read_mx(rdata, &preference, &out))
		check_name(&out);
	if (dns_read_srv(rdata, &preference, &weight, &port, &out))
		check_name(&out);
	if (dns_read_name(rdata, &out))
		check_name(&out);
	if (dns_read_txt(rdata, &out) && out.len >= len)
		abort();
	buf_free(&out);
	return 0;
}
