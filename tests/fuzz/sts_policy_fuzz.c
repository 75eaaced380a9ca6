/* SPDX-License-Identifier: ISC */
/* What is taken for a policy or a record is within its bounds, and says the same when it is written again. */
#include "dns/sts.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void try_policy(struct span text)
{
	struct sts_policy p, again;
	struct buf once = { 0 }, twice = { 0 };

	if (sts_policy_read(text, &p, NULL) < 0)
		return;
	if (p.max_age_s < STS_AGE_LEAST_S || p.max_age_s > STS_AGE_MOST_S || p.mx.count > STS_MX_MAX)
		abort();
	sts_policy_print(&p, &once);
	if (sts_policy_read(buf_span(&once), &again, NULL) < 0)
		abort();
	sts_policy_print(&again, &twice);
	if (!span_eq(buf_span(&once), buf_span(&twice)))
		abort();
	for (size_t i = 0; i < p.mx.count; i++)
		if (p.mx.items[i][0] != '*' && !sts_policy_lists(&p, p.mx.items[i]))
			abort();
	sts_policy_free(&p);
	sts_policy_free(&again);
	buf_free(&once);
	buf_free(&twice);
}

static void try_record(struct span text)
{
	struct span halves[] = { { text.at, text.len / 2 }, { text.at + text.len / 2, text.len - text.len / 2 } };
	struct buf id = { 0 };

	if (sts_record_read(halves, 2, &id) && (id.len == 0 || id.len > 32))
		abort();
	buf_free(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	try_policy((struct span){ (const char *)bytes, len });
	try_record((struct span){ (const char *)bytes, len });
	return 0;
}
