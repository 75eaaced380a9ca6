/* SPDX-License-Identifier: ISC */
/* Any bytes are a TLS report or refused with a reason; bounds are kept. */
#include "trust/tls_report.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct tls_report r;
	struct fault f = { 0 };

	if (tls_report_read((struct span){ (const char *)bytes, len }, &r, &f) < 0) {
		if (f.text[0] == '\0' || r.policies)
			abort();
		return 0;
	}
	if (r.policy_count > TLS_POLICIES_MAX || strlen(r.org_name) > TLS_TEXT_MAX)
		abort();
	for (size_t i = 0; i < r.policy_count; i++) {
		if (r.policies[i].failure_count > TLS_FAILURES_MAX || tls_policy_words(r.policies[i].type)[0] == '\0')
			abort();
		for (size_t k = 0; k < r.policies[i].failure_count; k++)
			if (r.policies[i].failures[k].means == NULL || strlen(r.policies[i].failures[k].mx) > TLS_TEXT_MAX)
				abort();
	}
	tls_report_free(&r);
	return 0;
}
