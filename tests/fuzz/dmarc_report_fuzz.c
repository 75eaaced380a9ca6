/* SPDX-License-Identifier: ISC */
/* Any bytes are a DMARC report or refused with a reason; every text is there, and has its bounds. */
#include "trust/dmarc_report.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct dmarc_report r;
	struct fault f = { 0 };

	if (dmarc_report_read((struct span){ (const char *)bytes, len }, &r, &f) < 0) {
		if (f.text[0] == '\0' || r.rows)
			abort();
		return 0;
	}
	if (strlen(r.org_name) > DMARC_TEXT_MAX || r.row_count > DMARC_ROWS_MAX)
		abort();
	for (size_t i = 0; i < r.row_count; i++) {
		const struct dmarc_row *row = &r.rows[i];
		struct buf words = { 0 };
		size_t had;
		if (row->auth_count > DMARC_AUTHS_MAX || strlen(row->source) > DMARC_TEXT_MAX || strlen(row->reason) > 2 * DMARC_TEXT_MAX)
			abort();
		dmarc_row_dkim(row, &words);
		had = words.len;
		if ((had == 0) != (strcmp(row->dkim, "pass") == 0))
			abort();
		dmarc_row_spf(row, &words);
		if ((words.len == had) != (strcmp(row->spf, "pass") == 0))
			abort();
		buf_free(&words);
	}
	dmarc_report_free(&r);
	return 0;
}
