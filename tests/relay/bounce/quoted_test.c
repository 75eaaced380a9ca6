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

static const struct { const char *name, *text, *want; } words[] = {
	{ "one",                   "b\303\274@e",       "=?utf-8?q?b=C3=BC=40e?=" },
	{ "what could end it",     "a b?=_c",           "=?utf-8?q?a=20b=3F=3D=5Fc?=" },
	{ "several", "\303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274",
	  "=?utf-8?q?=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC?=\r\n =?utf-8?q?=C3=BC?=" },
	{ "bytes that are none",   "\303",              "=?utf-8?q?=C3?=" },
};

int main(void)
{
	struct buf out = { 0 };

	tap_plan(9);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		buf_clear(&out);
		quoted_write(span_of(texts[i].text), &out);
		is_text(buf_text(&out), texts[i].want, "text: %s", texts[i].name);
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		buf_clear(&out);
		quoted_words(span_of(words[i].text), &out);
		is_text(buf_text(&out), words[i].want, "words: %s", words[i].name);
	}
	buf_free(&out);
	return tap_done();
}
