/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/date.h"

#include <stdlib.h>
#include <time.h>

static const struct row {
	const char *zone;          /* as TZ has it; NULL: DATE_UTC, whatever TZ is */
	int64_t wall_ms;
	const char *want;
} rows[] = {
	{ NULL, 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ NULL, 1234567890999, "Fri, 13 Feb 2009 23:31:30 +0000" },
	{ NULL, 1709164800000, "Thu, 29 Feb 2024 00:00:00 +0000" },
	{ NULL, 253402300799000, "Fri, 31 Dec 9999 23:59:59 +0000" },
	{ "UTC0", 1234567890000, "Fri, 13 Feb 2009 23:31:30 +0000" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1234567890000, "Sat, 14 Feb 2009 00:31:30 +0100" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1751328000000, "Tue, 01 Jul 2025 02:00:00 +0200" },
	{ "NST3:30NDT,M3.2.0,M11.1.0", 1234567890000, "Fri, 13 Feb 2009 20:01:30 -0330" },
	{ "IST-5:30", 1735669800000, "Wed, 01 Jan 2025 00:00:00 +0530" },
};

static const struct {
	const char *value;
	bool valid;
} values[] = {
	{ " Fri, 13 Feb 2009 23:31:30 +0000", true },
	{ "13 Feb 2009 23:31 -0330 ", true },
	{ "Fri,13 Feb 2009 23:31:30 +0000", true },
	{ "fri (x), 3 (y (z)) feb 09 9:31:30\r\n EST (Eastern)", true },
	{ "Sat, 14 Feb 109 00:31:30 Z", true },
	{ "", false },
	{ "( ", false },
	{ "yesterday", false },
	{ "Fr, 13 Feb 2009 23:31:30 +0000", false },
	{ "Fri, 13 f\xc3\xa9v 2009 23:31:30 +0000", false },
	{ "Fri 13 Feb 2009 23:31:30 +0000", false },
	{ "Fri, 13 Feb 2009 23:31:30", false },
	{ "Fri, 13 Feb 2009 23:31:30 +00:00", false },
	{ "Fri, 13 Feb 2009 23:31:30 +0000 CET", false },
	{ "Fri Feb 13 23:31:30 2009", false },
	{ "2009-02-13T23:31:30Z", false },
	{ "Fri, 13 Feb 2009 23:31:30 +0000 (open", true },
	{ "Fri, 13 Feb 2009 23:31:30 +0000 (a\\)b \\( c)", true },
	{ "Fri, 13 Feb 2009 23 : 31 (x) : (y) 30 +0000", true },
	{ "Fri, 13 Feb 2009 23 31 : 30 +0000", false },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 1 + TAP_ROWS(values));
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct buf out = { 0 };
		setenv("TZ", rows[i].zone ? rows[i].zone : "IST-5:30", 1);
		tzset();
		date_print(rows[i].wall_ms, rows[i].zone ? DATE_LOCAL : DATE_UTC, &out);
		is_text(buf_text(&out), rows[i].want, "%lld in %s", (long long)rows[i].wall_ms, rows[i].zone ? rows[i].zone : "UTC");
		buf_free(&out);
	}
	struct buf out = { 0 };
	buf_add_text(&out, "Date: ");
	date_print(0, DATE_UTC, &out);
	is_text(buf_text(&out), "Date: Thu, 01 Jan 1970 00:00:00 +0000", "behind what is there");
	buf_free(&out);
	for (int i = 0; i < TAP_ROWS(values); i++)
		ok(date_is_valid(span_of(values[i].value)) == values[i].valid, "\"%s\" is%s a date", values[i].value, values[i].valid ? "" : " not");
	return tap_done();
}
