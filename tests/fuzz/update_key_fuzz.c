/* SPDX-License-Identifier: ISC */
/* Any file is a TSIG key or refused; a key that comes out has a name, an algorithm and a secret in base64. */
#include "dns/update.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct update_key k;
	struct fault f = { 0 };

	if (update_key_parse((struct span){ (const char *)bytes, len }, &k, &f) < 0) {
		if (f.kind == FAULT_NONE || k.name || k.secret.at)
			abort();
		return 0;
	}
	if (!dns_name_is_valid(k.name) || !update_algorithm_is_known(span_of(k.algorithm)) || k.secret.len % 4 || k.secret.len == 0)
		abort();
	update_key_free(&k);
	return 0;
}
