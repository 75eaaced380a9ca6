/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/utf8.h"

/* Each row is one character, or none; what stands behind it does not matter. */
static const struct {
	const char *name;
	struct span bytes;
	size_t length;
} rows[] = {
	{ "ASCII", SPAN("a\xff"), 1 },
	{ "NUL", SPAN("\0"), 1 },
	{ "two bytes", SPAN("\xc3\xa4" "b"), 2 },
	{ "a C1 control", SPAN("\xc2\x80"), 2 },
	{ "three bytes", SPAN("\xe2\x82\xac"), 3 },
	{ "four bytes", SPAN("\xf0\x9f\x98\x80"), 4 },
	{ "U+D7FF, below the surrogates", SPAN("\xed\x9f\xbf"), 3 },
	{ "U+E000, above them", SPAN("\xee\x80\x80"), 3 },
	{ "U+10FFFF, the last", SPAN("\xf4\x8f\xbf\xbf"), 4 },
	{ "a continuation alone", SPAN("\x80"), 0 },
	{ "over-long C0", SPAN("\xc0\xaf"), 0 },
	{ "over-long C1", SPAN("\xc1\xbf"), 0 },
	{ "over-long E0", SPAN("\xe0\x9f\xbf"), 0 },
	{ "over-long F0", SPAN("\xf0\x8f\xbf\xbf"), 0 },
	{ "a surrogate", SPAN("\xed\xa0\x80"), 0 },
	{ "U+110000", SPAN("\xf4\x90\x80\x80"), 0 },
	{ "F5", SPAN("\xf5\x80\x80\x80"), 0 },
	{ "FF", SPAN("\xff"), 0 },
	{ "cut after one", SPAN("\xc3"), 0 },
	{ "cut after three", SPAN("\xf0\x9f\x98"), 0 },
	{ "no continuation second", SPAN("\xc3" "a"), 0 },
	{ "no continuation third", SPAN("\xe2\x82" "a"), 0 },
};

static const struct { const char *name; struct span character; uint32_t code; bool harmless; } shown[] = {
	{ "a letter", SPAN("a"), 'a', true },
	{ "a tab", SPAN("\t"), 9, false },
	{ "DEL", SPAN("\x7f"), 0x7f, false },
	{ "CSI of C1", SPAN("\xc2\x9b"), 0x9b, false },
	{ "u umlaut", SPAN("\xc3\xbc"), 0xfc, true },
	{ "the euro", SPAN("\xe2\x82\xac"), 0x20ac, true },
	{ "an override of direction", SPAN("\xe2\x80\xae"), 0x202e, false },
	{ "an isolate", SPAN("\xe2\x81\xa6"), 0x2066, false },
	{ "a line's end", SPAN("\xe2\x80\xa8"), 0x2028, false },
	{ "nothing wide", SPAN("\xe2\x80\x8b"), 0x200b, false },
	{ "a face", SPAN("\xf0\x9f\x98\x80"), 0x1f600, true },
	{ "a tag", SPAN("\xf3\xa0\x80\xa0"), 0xe0020, false },
};

static void characters(void)
{
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		is_int(utf8_code(shown[i].character), shown[i].code, "%s: its code", shown[i].name);
		is_int(utf8_is_harmless(shown[i].code), shown[i].harmless, "%s: harmless or not", shown[i].name);
	}
}

int main(void)
{
	tap_plan(51);
	characters();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int((long long)utf8_length(rows[i].bytes), (long long)rows[i].length, "%s", rows[i].name);
	ok(utf8_is_valid(SPAN("")), "nothing is valid");
	ok(utf8_is_valid(SPAN("a\xc3\xa4\xe2\x82\xac")), "so are several characters");
	ok(!utf8_is_valid(SPAN("a\xc3\xa4\xe4")), "not with one bad byte at the end");
	ok(utf8_is_ascii(SPAN("a\0\x7f")), "ASCII ends at 0x7f");
	ok(!utf8_is_ascii(SPAN("a\x80")), "0x80 is none");
	return tap_done();
}
