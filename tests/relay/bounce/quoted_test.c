/* SPDX-License-Identifier: ISC */
#include "relay/bounce/quoted.h"

#include "tests/tap.h"

static const struct { const char *name, *text, *want; } texts[] = {
	{ "plain",                 "a b\r\nc\r\n",      "a b\r\nc\r\n" },
	{ "equals",                "a=b",               "a=3Db" },
	{ "a blank at the end",    "a \r\nb\t",         "a=20\r\nb=09" },
	{ "UTF-8",                 "\303\274",          "=C3=BC" },
	{ "a long line", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=\r\naaaaa" },
};

int main(void)
{
	struct buf out = { 0 };

	tap_plan(5);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		buf_clear(&out);
		quoted_write(span_of(texts[i].text), &out);
		is_text(buf_text(&out), texts[i].want, "text: %s", texts[i].name);
	}
	buf_free(&out);
	return tap_done();
}
