/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/xtext.h"

static const struct {
	const char *name, *encoded;
	bool valid, decodes;
	const char *decoded;
} rows[] = {
	{ "nothing",               "",               true,  true,  "" },
	{ "plain",                 "bob@example.net", true, true,  "bob@example.net" },
	{ "plus and equals",       "a+2Bb+3Dc",      true,  true,  "a+b=c" },
	{ "a blank",               "a+20b",          true,  true,  "a b" },
	{ "high bytes",            "+C3+BC",         true,  true,  "\303\274" },
	{ "a bare equals",         "a=b",            false, true,  "a=b" },
	{ "a bare blank",          "a b",            false, true,  "a b" },
	{ "a bare plus",           "a+b",            false, false, "" },
	{ "small digits",          "a+2b",           false, false, "" },
	{ "a plus at the end",     "a+",             false, false, "" },
	{ "one digit at the end",  "a+2",            false, false, "" },
};

int main(void)
{
	tap_plan(34);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf decoded = { 0 }, encoded = { 0 };
		struct span s = span_of(rows[i].encoded);

		is_int(xtext_is_valid(s), rows[i].valid, "%s: valid or not", rows[i].name);
		is_int(xtext_decode(s, &decoded), rows[i].decodes, "%s: decodes or not", rows[i].name);
		if (rows[i].decodes)
			is_text(buf_text(&decoded), rows[i].decoded, "%s: to that", rows[i].name);
		xtext_encode(buf_span(&decoded), &encoded);
		if (rows[i].valid)
			is_text(buf_text(&encoded), rows[i].encoded, "%s: and back", rows[i].name);
		buf_free(&decoded);
		buf_free(&encoded);
	}
	return tap_done();
}
