/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/base64.h"
#include "sign/tag_text.h"
#include "sign/tags.h"

/* RFC 6376 section 3.2. want: "name=value|…", NULL for refused. */
static const struct {
	const char *list, *want;
} rows[] = {
	{ "a=1", "a=1" },
	{ "a=1;", "a=1" },
	{ "a=1; b=2", "a=1|b=2" },
	{ " a = 1 ;\r\n\tb\t=\r\n 2 ; ", "a=1|b=2" },
	{ "v=DKIM1; p=", "v=DKIM1|p=" },
	{ "a=b=c", "a=b=c" },
	{ "a=one  two", "a=one  two" },
	{ "a=one\r\n two", "a=one\r\n two" },
	{ "A=1; a=2", "A=1|a=2" },
	{ "x_9=1", "x_9=1" },
	{ "a=\xc3\xa4", "a=\xc3\xa4" },
	{ "", NULL },
	{ " ", NULL },
	{ ";", NULL },
	{ "a", NULL },
	{ "a;b=1", NULL },
	{ "a=1;;b=2", NULL },
	{ "a=1; \r\n ; b=2", NULL },
	{ "a=1; b=2;;", NULL },
	{ "a=1; b=2; \r\n ", "a=1|b=2" },
	{ ";a=1", NULL },
	{ ";;", NULL },
	{ "a=1; a=2", NULL },
	{ "=1", NULL },
	{ "9=1", NULL },
	{ "a-b=1", NULL },
	{ "a b=1", NULL },
	{ "a=\x01", NULL },
	{ "a=\x7f", NULL },
};

static void lists(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tags t;
		struct buf got = { 0 };
		bool parsed = tags_parse(span_of(rows[i].list), &t) == NULL;
		ok(parsed == (rows[i].want != NULL), "\"%s\" is %s", rows[i].list, rows[i].want ? "taken" : "refused");
		for (size_t j = 0; parsed && j < t.count; j++)
			buf_printf(&got, "%s%.*s=%.*s", j ? "|" : "", (int)t.items[j].name.len, t.items[j].name.at,
			           (int)t.items[j].value.len, t.items[j].value.at);
		if (parsed)
			is_text(buf_text(&got), rows[i].want, "its tags");
		buf_free(&got);
	}
}

static void bounds(void)
{
	struct tags t;
	struct buf list = { 0 };

	for (int i = 0; i < TAGS_MAX; i++)
		buf_printf(&list, "t%d=x;", i);
	ok(tags_parse(buf_span(&list), &t) == NULL, "as many tags as there may be");
	ok(tags_find(&t, "t99") && !tags_find(&t, "t100"), "found by name");
	buf_add_text(&list, "more=x");
	ok(tags_parse(buf_span(&list), &t) != NULL, "and one more");
	buf_free(&list);
	ok(tags_parse((struct span){ "a=\0b", 4 }, &t) != NULL, "NUL in a value");
	ok(tags_parse(SPAN("v=1; b= ab\r\n c ; d=x"), &t) == NULL, "a b= with folding");
	is_span(tags_find(&t, "b")->room, SPAN(" ab\r\n c "), "its room holds the white space around it");
}

static void words(void)
{
	ok(tags_list_has(SPAN("sha1:sha256"), "sha256"), "a word of a list");
	ok(tags_list_has(SPAN(" y :\r\n\ts "), "s"), "white space does not count");
	ok(tags_list_has(SPAN("From : To"), "from"), "nor does case");
	ok(!tags_list_has(SPAN("sha256x"), "sha256"), "a longer word is another");
	ok(!tags_list_has(SPAN(""), "s"), "none in an empty list");
}

static void base64(void)
{
	/* RFC 4648 section 10 */
	static const struct { const char *plain, *coded; } pairs[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	/* RFC 6376 section 2.10 counts no "=". */
	static const struct { const char *coded, *plain; } loose[] = {
		{ "Zg", "f" }, { "Zg=", "f" }, { "Zm8", "fo" }, { "Zm8==", "fo" }, { "Zm9vYg", "foob" }, { "Zm9v=", "foo" },
		{ "Zm9v = =", "foo" },
	};
	static const char *const wrong[] = { "Z", "Zm9vY", "Zm9vY=", "Zg===", "=", "Zg==Zg==", "Zg=Z", "====", "=g==", "Zm-v", "Zm9v,", "Zm8\x80" };

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct buf out = { 0 };
		base64_encode(span_of(pairs[i].plain), &out);
		is_text(buf_text(&out), pairs[i].coded, "encodes \"%s\"", pairs[i].plain);
		buf_clear(&out);
		ok(base64_decode(span_of(pairs[i].coded), &out), "decodes \"%s\"", pairs[i].coded);
		is_text(buf_text(&out), pairs[i].plain, "to what it was");
		is_int(base64_is_exact(span_of(pairs[i].coded)), pairs[i].coded[0] != '\0', "and is in RFC 4648's own form, unless it is empty");
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
		struct buf out = { 0 };
		ok(base64_decode(span_of(loose[i].coded), &out), "decodes \"%s\"", loose[i].coded);
		is_text(buf_text(&out), loose[i].plain, "to what its digits say");
		ok(!base64_is_exact(span_of(loose[i].coded)), "and is not in RFC 4648's own form");
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct buf out = { 0 };
		ok(!base64_decode(span_of(wrong[i]), &out) && !base64_is_exact(span_of(wrong[i])), "\"%s\" is not base64", wrong[i]);
		buf_free(&out);
	}
	struct buf out = { 0 };
	ok(base64_decode(SPAN(" Zm9\r\n\tvYm E = "), &out), "folded anywhere");
	is_text(buf_text(&out), "fooba", "decodes");
	buf_free(&out);
}

/* RFC 6376 section 2.11. again: what encoding the text gives, NULL for the value itself. */
static void quoted_printable(void)
{
	static const struct { const char *value, *text, *again; } values[] = {
		{ "", "", NULL },
		{ "joe@example.org", "joe@example.org", NULL },
		{ "a=20b=3B=3D=09", "a b;=\t", NULL },
		{ "=C3=BC", "\303\274", NULL },
		{ "=c3=bC", "\303\274", "=C3=BC" },
		{ "a\r\n b\t", "ab", "ab" },
		{ "a=", "a=", "a=3D" },
		{ "a=4", "a=4", "a=3D4" },
		{ "a=4g=", "a=4g=", "a=3D4g=3D" },
		{ "==3D=", "===", "=3D=3D=3D" },
		{ "=3D41", "=41", NULL },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct buf text = { 0 }, again = { 0 };
		tag_text_decode(span_of(values[i].value), &text);
		is_text(buf_text(&text), values[i].text, "\"%s\" decodes", values[i].value);
		tag_text_encode(buf_span(&text), &again);
		is_text(buf_text(&again), values[i].again ? values[i].again : values[i].value, "and encodes");
		buf_free(&text);
		buf_free(&again);
	}
}

int main(void)
{
	tap_plan(137);
	lists();
	bounds();
	words();
	base64();
	quoted_printable();
	return tap_done();
}
