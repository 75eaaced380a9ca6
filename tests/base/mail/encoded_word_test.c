/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/encoded_word.h"

static const struct {
	struct span text, named;
	const char *charset;
} charsets[] = {
	{ SPAN("abc"), SPAN("latin1"), "utf-8" },
	{ SPAN("gr\xc3\xbcn"), SPAN("iso-8859-1"), "utf-8" },
	{ SPAN("gr\xfcn"), SPAN("ISO-8859-15"), "ISO-8859-15" },
	{ SPAN("gr\xfcn"), SPAN(""), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("utf-8"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("UTF8"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("US-ASCII"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("iso-2022-jp"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("utf-16"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("x y"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("x?q?"), "unknown-8bit" },
	{ SPAN("gr\xfcn"), SPAN("a-name-that-is-longer-than-any-charset-has"), "unknown-8bit" },
};

static const struct {
	struct span text;
	const char *charset;
	size_t column;
	const char *words;
} words[] = {
	{ SPAN("gr\xc3\xbcn"), "utf-8", 9, "=?utf-8?b?Z3LDvG4=?=" },
	{ SPAN("gr\xc3\xbcner"), "utf-8", 9, "=?utf-8?q?gr=C3=BCner?=" },
	{ SPAN("a b_c?=\""), "utf-8", 9, "=?utf-8?b?YSBiX2M/PSI=?=" },
	{ SPAN("a b c\xc3\xbc"), "utf-8", 9, "=?utf-8?q?a_b_c=C3=BC?=" },
	{ SPAN("\xc3\xbc\xc3\xbc"), "utf-8", 9, "=?utf-8?b?w7zDvA==?=" },
	{ SPAN("\xe4\xf6\xfc"), "iso-8859-1", 9, "=?iso-8859-1?b?5Pb8?=" },
	{ SPAN("\xc3\xa4\xc3\xb6\xc3\xbc"), "utf-8", 9, "=?utf-8?b?w6TDtsO8?=" },
	{ SPAN("a\0b"), "utf-8", 9, "=?utf-8?b?YQBi?=" },
	/* cut between characters, at 75 bytes a word and 76 a line */
	{ SPAN("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), "utf-8", 40,
	  "=?utf-8?b?8J+YgPCfmIDwn5iA8J+YgA==?=" },
	{ SPAN("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), "utf-8", 44,
	  "=?utf-8?b?8J+YgPCfmIDwn5iA?=\r\n =?utf-8?b?8J+YgA==?=" },
	{ SPAN("\x82\xa0\x82\xa2\x82\xa4\x82\xa6\x82\xa8"), "shift_jis", 42, "=?shift_jis?b?gqCCooKkgqaCqA==?=" },
	{ SPAN("\x82\xa0\x82\xa2\x82\xa4\x82\xa6\x82\xa8\x82\xa9\x82\xab"), "shift_jis", 44,
	  "=?shift_jis?b?gqCCooKkgqaCqIKp?=\r\n =?shift_jis?b?gqs=?=" },
	{ SPAN("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xbc"), "utf-8", 9,
	  "=?utf-8?q?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?=\r\n =?utf-8?q?xxxxxxxxxxxxx=C3=BC?=" },
	/* where a line has no room the word is as long as on its own line */
	{ SPAN("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xbc"), "utf-8", 70,
	  "=?utf-8?q?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?=\r\n =?utf-8?q?=C3=BC?=" },
};

static const struct { const char *word; bool is; } looks[] = {
	{ "=?utf-8?q?a?=", true }, { "=?UTF-8?B?YQ==?=", true }, { "=?x?q?\?=", true }, { "=?utf-8?x?a?=", false },
	{ "=?utf-8?q?a?b?=", false }, { "=??q?a?=", false }, { "=?utf-8?q?=", false }, { "=?", false }, { "a=?utf-8?q?a?=", false },
	{ "=?utf-8?q?12345678901234567890123456789012345678901234567890123456789012345?=", false },
};

#define TEN "xxxxxxxxxx"

static const struct {
	const char *name;
	struct span value;
	const char *charset, *parameter;
} parameters[] = {
	{ "filename", SPAN("gr\xc3\xbc\xc3\x9f" "e.txt"), "utf-8", "filename*=utf-8''gr%C3%BC%C3%9Fe.txt" },
	{ "name", SPAN("a b'c*%\""), "utf-8", "name*=utf-8''a%20b%27c%2A%25%22" },
	{ "name", SPAN("\xe4"), "iso-8859-1", "name*=iso-8859-1''%E4" },
	{ "filename", SPAN(TEN TEN TEN TEN TEN "\xc3\xbc\xc3\xbc"), "utf-8",
	  "filename*0*=utf-8''" TEN TEN TEN TEN TEN ";\r\n filename*1*=%C3%BC%C3%BC" },
};

/* text NULL: it cannot be read. */
static const struct { const char *value, *text; } readings[] = {
	{ " a  b\r\n c", " a  b c" },
	{ "=?utf-8?q?gr=C3=BCn_x?=", "gr\xc3\xbcn x" },
	{ "a =?UTF-8?B?Z3LDvG4=?= b", "a gr\xc3\xbcn b" },
	{ "=?utf-8?q?a?= \r\n =?us-ascii?b?Yg==?=  c =?utf-8?q?d?=", "ab  c d" },
	{ "=?utf-8?q?=c3=bc?=", "\xc3\xbc" },
	{ "=?utf-8?q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?= ",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa " },
	{ "=?iso-8859-1?q?gr=FCn?=", NULL },
	{ "=?utf-8?q?gr=FCn?=", NULL },
	{ "=?utf-8?q?a=C?=", NULL },
	{ "=?utf-8?q?a=zz?=", NULL },
	{ "=?utf-8?b?Z3L!?=", NULL },
	{ "=?utf-8?q?a", "=?utf-8?q?a" },
	{ "", "" },
};

int main(void)
{
	tap_plan(sizeof readings / sizeof readings[0] + sizeof charsets / sizeof charsets[0] + sizeof words / sizeof words[0] + sizeof looks / sizeof looks[0] +
	         sizeof parameters / sizeof parameters[0]);
	for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
		is_span(encoded_charset(charsets[i].text, charsets[i].named), span_of(charsets[i].charset), "charset of row %zu", i);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct buf out = { 0 };
		encoded_words(words[i].text, span_of(words[i].charset), words[i].column, &out);
		is_text(buf_text(&out), words[i].words, "words of row %zu", i);
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
		struct buf out = { 0 };
		bool read = encoded_text_read(span_of(readings[i].value), &out);
		is_text(read ? buf_text(&out) : "unreadable", readings[i].text ? readings[i].text : "unreadable", "reading of row %zu", i);
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		ok(encoded_word_is(span_of(looks[i].word)) == looks[i].is, "%s is%s an encoded word", looks[i].word, looks[i].is ? "" : " not");
	for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
		struct buf out = { 0 };
		encoded_parameter(span_of(parameters[i].name), parameters[i].value, span_of(parameters[i].charset), &out);
		is_text(buf_text(&out), parameters[i].parameter, "parameter of row %zu", i);
		buf_free(&out);
	}
	return tap_done();
}
