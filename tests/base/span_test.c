/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/span.h"

static void cutting(void)
{
	struct span rest = SPAN("a,,b");

	is_span(span_cut(&rest, ','), SPAN("a"), "first piece");
	is_span(span_cut(&rest, ','), SPAN(""), "empty piece");
	ok(rest.at != NULL, "more to come");
	is_span(span_cut(&rest, ','), SPAN("b"), "last piece");
	ok(rest.at == NULL, "then nothing");
	rest = SPAN("a,");
	span_cut(&rest, ',');
	ok(rest.at != NULL && rest.len == 0, "a final separator leaves one empty piece");
}

static void numbers(void)
{
	static const struct {
		const char *text;
		unsigned long long max;
		bool good;
		unsigned long long value;
	} rows[] = {
		{ "0", 10, true, 0 }, { "10", 10, true, 10 }, { "11", 10, false, 0 }, { "", 10, false, 0 },
		{ "-1", 10, false, 0 }, { "1 ", 10, false, 0 }, { "18446744073709551615", ~0ull, true, ~0ull },
		{ "18446744073709551616", ~0ull, false, 0 }, { "99999999999999999999999", ~0ull, false, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned long long value = 0;
		is_int(span_number(span_of(rows[i].text), rows[i].max, &value), rows[i].good, "number \"%s\"", rows[i].text);
		is_int((long long)value, (long long)rows[i].value, "its value");
	}
}

static void comparing(void)
{
	ok(span_eq_nocase(SPAN("Received"), SPAN("rEcEIVED")), "case is ignored");
	ok(!span_eq_nocase(SPAN("a"), SPAN("ab")), "length is not");
	ok(!span_eq_nocase(SPAN("\xc3\xa4"), SPAN("\xc3\x84")), "only ASCII folds");
	ok(span_ends_nocase(SPAN("mx.Example.ORG"), SPAN(".example.org")), "ends with");
	ok(!span_ends_nocase(SPAN("org"), SPAN(".example.org")), "a longer end does not fit");
	ok(span_eq((struct span){ NULL, 0 }, SPAN("")), "an empty span is empty whatever its pointer");
	is_span(span_trim(SPAN(" \t\r\nx y\n ")), SPAN("x y"), "trim");
	is_span(span_trim(SPAN(" \t ")), SPAN(""), "trim of blanks");
	struct span words = SPAN(" one\r\n\ttwo ");
	is_span(span_word(&words), SPAN("one"), "the first word");
	is_span(words, SPAN("\r\n\ttwo "), "and what follows it");
	is_span(span_word(&words), SPAN("two"), "the second");
	is_span(span_word(&words), SPAN(""), "and none behind it");
	is_int(words.len, 0, "where all is read");
}

int main(void)
{
	tap_plan(37);
	cutting();
	numbers();
	comparing();
	return tap_done();
}
