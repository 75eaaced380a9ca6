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

int main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int((long long)utf8_length(rows[i].bytes), (long long)rows[i].length, "%s", rows[i].name);
	ok(utf8_is_valid(SPAN("")), "nothing is valid");
	ok(utf8_is_valid(SPAN("a\xc3\xa4\xe2\x82\xac")), "so are several characters");
	ok(!utf8_is_valid(SPAN("a\xc3\xa4\xe4")), "not with one bad byte at the end");
	ok(utf8_is_ascii(SPAN("a\0\x7f")), "ASCII ends at 0x7f");
	ok(!utf8_is_ascii(SPAN("a\x80")), "0x80 is none");
	return tap_done();
}
