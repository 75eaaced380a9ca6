/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/field_form.h"
#include "base/mail/message.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>

#define U "\xc3\xbc"                     /* a letter beyond ASCII */
#define W "=?utf-8?q?_gr=C3=BCn?="

struct row {
	const char *what, *name, *value, *want;
	const char *charset;
	bool utf8;
};

static const struct row rows[] = {
	/* what is fine stays */
	{ .what = "ASCII stays", "Subject", "  a  b \t\r\n\t c ", "  a  b \t\r\n\t c " },
	{ .what = "nothing stays", "To", "", "" },
	{ .what = "encoded words stay", "Subject", " =?iso-8859-1?q?a?= =?utf-8?b?YQ==?= x", " =?iso-8859-1?q?a?= =?utf-8?b?YQ==?= x" },
	{ .what = "encoded words side by side are parted", "Subject", " a =?utf-8?q?b?==?utf-8?b?Yw==?==?utf-8?q?d?= e?==?f", " a =?utf-8?q?b?= =?utf-8?b?Yw==?= =?utf-8?q?d?= e?==?f" },
	{ .what = "in names too", "From", " =?utf-8?q?b?==?utf-8?q?c?= <d@e>", " =?utf-8?q?b?= =?utf-8?q?c?= <d@e>" },
	{ .what = "not where there are none", "Message-ID", " <=?utf-8?q?b?==?utf-8?q?c?=>", " <=?utf-8?q?b?==?utf-8?q?c?=>" },
	{ .what = "broken structure in ASCII stays", "To", " \"a <b (c", " \"a <b (c" },

	/* unstructured */
	{ .what = "a word", "Subject", " gr" U "ner x", " =?utf-8?q?gr=C3=BCner?= x" },
	{ .what = "words in a row, with their blanks", "Subject", " a gr" U "nes \t gr" U "nes b", " a =?utf-8?b?Z3LDvG5lcyAJIGdyw7xuZXM=?= b" },
	{ .what = "a fold between them is its blank", "Subject", " gr" U "nes\r\n\tgr" U "nes", " =?utf-8?b?Z3LDvG5lcwlncsO8bmVz?=" },
	{ .what = "no blank behind the colon", "Subject", "gr" U "ner", " =?utf-8?q?gr=C3=BCner?=" },
	{ .what = "blanks at the end", "Subject", " gr" U "ner \t", " =?utf-8?q?gr=C3=BCner?= \t" },
	{ .what = "cron's", "Subject", " Cron <root@web1> echo gr" U "nes (x)", " Cron <root@web1> echo =?utf-8?q?gr=C3=BCnes?= (x)" },
	{ .what = "beside an encoded word the blank goes inside", "Subject", " =?utf-8?q?a?= " U "nderung =?utf-8?q?b?= c",
	  " =?utf-8?q?a?= =?utf-8?q?_=C3=BCnderung_?= =?utf-8?q?b?= c" },
	{ .what = "a field that is not known", "X-Foo", " \"" U "nderung\" (x)", " =?utf-8?b?IsO8bmRlcnVuZyI=?= (x)" },
	{ .what = "Latin-1 without a charset", "Subject", " gr\xfcnes", " =?unknown-8bit?q?gr=FCnes?=" },
	{ .what = "Latin-1 with one", "Subject", " gr\xfcnes", " =?ISO-8859-1?q?gr=FCnes?=", .charset = "ISO-8859-1" },
	{ .what = "UTF-8 in a Latin-1 message", "Subject", " gr" U "nes", " =?utf-8?q?gr=C3=BCnes?=", .charset = "ISO-8859-1" },
	{ .what = "both in one field", "Subject", " gr" U "nes gr\xfcnes", " =?utf-8?q?gr=C3=BCnes?= =?unknown-8bit?q?_gr=FCnes?=" },
	{ .what = "a long text", "Subject", " aaaaaaaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaaaaaaa " U "bersicht und noch mehr davon",
	  " aaaaaaaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaaaaaaa\r\n =?utf-8?q?=C3=BCbersicht?= und noch mehr davon" },

	/* addresses */
	{ .what = "a name", "From", " J" U "rgen <j@x>", " =?utf-8?q?J=C3=BCrgen?= <j@x>" },
	{ .what = "in quotes", "From", " \"M" U "ller, \\\"J\\\"\" <j@x>", " =?utf-8?b?TcO8bGxlciwgIkoi?= <j@x>" },
	{ .what = "words of all kinds", "To", " Dr. J" U "rgen \"M" U "ller\" (x) <j@x>",
	  " Dr. =?utf-8?b?SsO8cmdlbiBNw7xsbGVy?= (x) <j@x>" },
	{ .what = "blanks come where words need them", "To", "J" U "rgen<j@x>,(" U "nderung)k@x", " =?utf-8?q?J=C3=BCrgen?= <j@x>,(=?utf-8?b?w7xuZGVydW5n?=)k@x" },
	{ .what = "a name with a comma and no quotes", "From", " M" U "ller, J" U "rgen <j@x>", " =?utf-8?b?TcO8bGxlciwgSsO8cmdlbg==?= <j@x>" },
	{ .what = "other marks in a name", "To", " a@b,J" U " @ \"H\" x <j@x>", " a@b, =?utf-8?b?SsO8IEAgSCB4?= <j@x>" },
	{ .what = "a comment", "To", " j@x (J" U "rgen (der \\) gr" U "ne) x)", " j@x (=?utf-8?q?J=C3=BCrgen?= (der \\) =?utf-8?b?Z3LDvG5l?=) x)" },
	{ .what = "a group", "To", " Fr" U "hling: a@b, J" U "rgen <c@d>;", " =?utf-8?b?RnLDvGhsaW5n?= : a@b, =?utf-8?q?J=C3=BCrgen?= <c@d>;" },
	{ .what = "a domain becomes an A-label", "To", " a@d" U "ren.example, B <b@D\xc3\x9cREN.example>", " a@xn--dren-0ra.example, B <b@xn--dren-0ra.example>" },
	{ .what = "a local part stays, and needs SMTPUTF8", "Cc", " J" U "rgen <j" U "@d" U "ren.example>, c@d",
	  " =?utf-8?q?J=C3=BCrgen?= <j" U "@xn--dren-0ra.example>, c@d", .utf8 = true },
	{ .what = "a local part in Latin-1 is none", "To", " \xfc@x, J" U "rgen <j@x>", " =?unknown-8bit?b?/EB4LA==?= =?utf-8?q?_J=C3=BCrgen?= <j@x>" },
	{ .what = "what cannot be read is text, the rest is not", "To", " a b" U "c <, J" U "rgen <j@x>", " a =?utf-8?q?b=C3=BCc?= <, =?utf-8?q?J=C3=BCrgen?= <j@x>" },
	{ .what = "quotes that do not end", "To", " \"J" U "rgen <j@x>", " =?utf-8?b?IkrDvHJnZW4=?= <j@x>" },
	{ .what = "in other fields of addresses", "Errors-To", " J" U "rgen <j@x>", " =?utf-8?q?J=C3=BCrgen?= <j@x>" },

	/* phrases, comments, ids, URLs */
	{ .what = "keywords", "Keywords", " gr" U "nes, b, \"c d" U "\"", " =?utf-8?q?gr=C3=BCnes?= , b, =?utf-8?b?YyBkw7w=?=" },
	{ .what = "a list's id", "List-Id", " Gr" U "nes <l.x>", " =?utf-8?q?Gr=C3=BCnes?= <l.x>" },
	{ .what = "a date's comment", "Date", " Fri, 13 Feb 2009 23:31:30 +0000 (Gr" U "nes)", " Fri, 13 Feb 2009 23:31:30 +0000 (=?utf-8?q?Gr=C3=BCnes?=)" },
	{ .what = "a date that is none is text", "Date", " 3. M\xc3\xa4rz", " 3. =?utf-8?b?TcOkcno=?=" },
	{ .what = "an id", "Message-ID", " <1." U "@d" U "ren>", " <1.%C3%BC@d%C3%BCren>" },
	{ .what = "ids and words", "In-Reply-To", " <1" U "@x> (" U "nderung)\r\n <2@x>", " <1%C3%BC@x> (=?utf-8?b?w7xuZGVydW5n?=)\r\n <2@x>" },
	{ .what = "URLs", "List-Unsubscribe", " <https://x/?a=" U ",b>, <mailto:" U "@x> (" U "nderung)",
	  " <https://x/?a=%C3%BC,b>,\r\n <mailto:%C3%BC@x> (=?utf-8?b?w7xuZGVydW5n?=)" },

	/* parameters */
	{ .what = "a parameter", "Content-Disposition", " attachment; filename=\"gr" U "n.txt\"; size=3",
	  " attachment; filename*=utf-8''gr%C3%BCn.txt; size=3" },
	{ .what = "without quotes", "Content-Type", " text/plain; charset=utf-8; name=gr" U "n x.txt", " text/plain; charset=utf-8; name*=utf-8''gr%C3%BCn%20x.txt" },
	{ .what = "in Latin-1", "Content-Type", " text/plain;name=\"gr\xfcn\"", " text/plain; name*=latin1''gr%FCn", .charset = "latin1" },
	{ .what = "half encoded", "Content-Disposition", " attachment; filename*=utf-8''gr" U "n%20x", " attachment; filename*=utf-8''gr%C3%BCn%20x" },
	{ .what = "a semicolon in quotes", "Content-Type", " text/plain; name=\"a;" U "\\\"\"; x=\";\"", " text/plain; name*=utf-8''a%3B%C3%BC%22; x=\";\"" },
	{ .what = "a comment", "Content-Type", " text/plain (gr" U "nes); charset=utf-8", " text/plain (=?utf-8?q?gr=C3=BCnes?=); charset=utf-8" },
	{ .what = "a long parameter", "Content-Disposition", " attachment; filename=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" U ".txt\"",
	  " attachment;\r\n filename*0*=utf-8''aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;\r\n filename*1*=aaaaaaaa%C3%BC.txt" },
	{ .what = "no parameters at all are text", "Content-Type", " gr" U "nes; x", " =?utf-8?b?Z3LDvG5lczs=?= x" },
};

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct buf out = { 0 }, want = { 0 }, again = { 0 };
		struct fault f = { 0 };
		bool utf8 = false;
		int bad = field_form_write(span_of(r->name), span_of(r->value), span_of(r->charset), &utf8, &out, &f);
		buf_printf(&want, "%s:%s\r\n", r->name, r->want);
		is_span(buf_span(&out), buf_span(&want), "%s (%d)", r->what, bad);
		is_int(utf8, r->utf8, "%s: SMTPUTF8", r->what);
		size_t name = strlen(r->name) + 1;
		struct span value = { out.at + name, out.len - name - 2 };
		field_form_write(span_of(r->name), value, span_of(r->charset), &utf8, &again, &f);
		is_span(buf_span(&again), buf_span(&out), "%s: its form is its own form", r->what);
		buf_free(&out);
		buf_free(&want);
		buf_free(&again);
	}
}

/* ---- long lines ---- */

/* The shape of a field: a letter and a number are that many of it, other bytes themselves, "\\" one byte as it is. */
static void expand(const char *shape, struct buf *out)
{
	while (*shape) {
		char c = *shape++;
		if (c == '\\')
			c = *shape++;
		size_t count = 0;
		while (*shape >= '0' && *shape <= '9')
			count = 10 * count + (size_t)(*shape++ - '0');
		for (count = count ? count : 1; count > 0; count--)
			buf_add_byte(out, c);
	}
}

static const struct {
	const char *what, *name, *value, *want;      /* want NULL: refused */
} longs[] = {
	{ "998 stay", "X", " a995", " a995" },
	{ "999 fold behind the name", "X", " a996", "\r\n a996" },
	{ "998 without room behind the name", "X", " a997", "\r\n a997" },
	{ "999 have to be encoded", "Subject", " a998", "!" },
	{ "at blanks, about 78 wide", "Subject", " a60 b60 c900", " a60\r\n b60\r\n c900" },
	{ "only lines that are too long", "X", " a80 b\r\n c80 d80\r\n e950 f90 g\r\n h80 i", " a80 b\r\n c80 d80\r\n e950\r\n f90\r\n g\r\n h80 i" },
	{ "at commas rather than blanks", "To", " Abc Def <a30@b>, Ghi Jkl <c30@d>, e950@f", " Abc Def <a30@b>,\r\n Ghi Jkl <c30@d>,\r\n e950@f" },
	{ "a comma without a blank gets one", "To", " a40@b,c40@d,e950@f", " a40@b,\r\n c40@d,\r\n e950@f" },
	{ "not in text", "Subject", " a40,b40 c950,d", " a40,b40\r\n c950,d" },
	{ "no comma in quotes or comments", "To", " \"a30, b30\" (c30, d30, e30) <f900@g>", " \"a30, b30\"\r\n (c30, d30,\r\n e30)\r\n <f900@g>" },
	{ "in quotes when there is no other place", "To", " \"a400 b400 c400\" <d@e>", "\r\n \"a400 b400\r\n c400\"\r\n <d@e>" },
	{ "not behind a backslash", "To", " \"a400\\\\ b400 c400\" <d@e>", "\r\n \"a400\\\\ b400\r\n c400\"\r\n <d@e>" },
	{ "parameters at semicolons", "Content-Type", " text/plain;a=b60;c=d60;e=\"f900\"", " text/plain;\r\n a=b60;\r\n c=d60;\r\n e=\"f900\"" },
	{ "many blanks become fewer", "X", " a\\ 2000c", " a\r\n\\ 200c" },
	{ "also before a long word", "X", " a\\ 500c600", " a\r\n c600" },
	{ "many letters", "Subject", " a b2000c", "!" },
	{ "blanks at the end go", "X", " a 2000", " a" },
	{ "between ids and comments", "References", "<a500@b><c500@d>(e)<f@g>", "<a500@b>\r\n <c500@d>\r\n (e)<f@g>" },
	{ "an address without a place", "To", " a998@b", NULL },
	{ "an id without a place", "References", " <a998@b>", NULL },
	{ "a name that is too long", "XXXXXXXXXXXXXXXXXXXX", " a", " a" },
};

static size_t longest_line(struct span s)
{
	size_t longest = 0;

	while (s.at) {
		size_t len = span_cut(&s, '\n').len;
		len -= s.at != NULL;
		longest = len > longest ? len : longest;
	}
	return longest;
}

static void test_long_lines(void)
{
	for (size_t i = 0; i < sizeof longs / sizeof longs[0]; i++) {
		struct buf value = { 0 }, out = { 0 }, want = { 0 };
		struct fault f = { 0 };
		bool utf8 = false;
		expand(longs[i].value, &value);
		int bad = field_form_write(span_of(longs[i].name), buf_span(&value), SPAN(""), &utf8, &out, &f);
		is_int(bad, longs[i].want ? 0 : -1, "long: %s %s", longs[i].what, f.text);
		if (bad < 0) {
			is_text(f.status, "5.6.0", "its status");
			ok(strstr(f.text, longs[i].name) != NULL && out.len == 0, "it names the field, and nothing is written");
			buf_free(&value);
			buf_free(&out);
			continue;
		}
		buf_printf(&want, "%s:", longs[i].name);
		expand(longs[i].want, &want);
		buf_add_text(&want, "\r\n");
		if (longs[i].want[0] != '!')
			is_span(buf_span(&out), buf_span(&want), "long: %s", longs[i].what);
		else
			ok(utf8_is_ascii(buf_span(&out)), "long: %s", longs[i].what);
		ok(longest_line(buf_span(&out)) <= MESSAGE_LINE_MAX, "long: %s: no line over 998", longs[i].what);
		buf_free(&value);
		buf_free(&out);
		buf_free(&want);
	}
}

/* Time must grow with the length alone. */
static void test_large(void)
{
	static const struct { const char *name, *piece; } pieces[] = {
		{ "Subject", "gr" U "n " }, { "Subject", "gr" U "n x " }, { "Subject", "\xfc " U " " }, { "Subject", U }, { "Subject", "a" },
		{ "Subject", " " }, { "To", "J" U " <j@x>," }, { "To", "j" U "@" U ".example," }, { "To", "(" U }, { "To", "\"" U },
		{ "To", "a" U " <" }, { "To", "a@b " }, { "Cc", U "," }, { "References", "<1" U "@x>" }, { "References", "<1@x> " },
		{ "Content-Type", ";a=\"" U "\"" }, { "Content-Type", ";a*0=" U }, { "Date", "(" U ")" }, { "To", "\\" U },
		{ "Content-Disposition", U },
	};

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct buf value = { 0 }, out = { 0 };
		struct fault f = { 0 };
		bool utf8 = false;
		while (value.len < 1000000)
			buf_add_text(&value, pieces[i].piece);
		long long start = tap_cpu_ms();
		int bad = field_form_write(span_of(pieces[i].name), buf_span(&value), SPAN("latin1"), &utf8, &out, &f);
		ok(tap_cpu_ms() - start < 8000, "a megabyte of %s: %d after %lld ms", pieces[i].piece, bad, tap_cpu_ms() - start);
		ok(bad < 0 || longest_line(buf_span(&out)) <= MESSAGE_LINE_MAX, "and no line is too long");
		buf_free(&value);
		buf_free(&out);
	}
}

/* ---- as Python reads it ---- */

static uint32_t next_random(void)
{
	static uint32_t state = 20261129;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static const char *const bits[] = {
	"a", "word", " ", "  ", "\t", "\r\n ", "\r\n\t ", U, "\xe2\x82\xac", "\xf0\x9f\x98\x80", "gr" U "n", "(", ")", "\"", "\\", ",", "<", "?",
	"=", "_", "=?", "?=", " =?utf-8?q?x=C3=BC?= ", "long-word-without-any-blank-in-it-that-fills-a-line", "1234567890",
};

/* One that no reader has to guess about: it begins and ends with a letter, and what looks like an encoded word is one. */
static void make_value(struct buf *out, bool name)
{
	size_t count = next_random() % 30;

	buf_clear(out);
	buf_add_byte(out, 'a');
	while (count-- > 0) {
		const char *bit = bits[next_random() % (sizeof bits / sizeof bits[0])];
		bool special = strpbrk(bit, name ? "()\"\\,<?=\r\t" : "?=\t") && bit[0] != ' ';
		if (!special && !(name && (bit[0] == ' ' || strchr(bit, '='))))
			buf_add_text(out, bit);
		else if (name && bit[0] == ' ')
			buf_add_text(out, " ");
	}
	buf_add_text(out, "z");
}

static void print_hex(FILE *to, struct span s, char end)
{
	for (size_t i = 0; i < s.len; i++)
		fprintf(to, "%02x", (unsigned char)s.at[i]);
	fputc(end, to);
}

enum { READINGS = 2000 };

static void write_reading(FILE *python, const char *kind, const char *name, struct span value, struct span meant)
{
	struct buf out = { 0 };
	struct fault f = { 0 };
	bool utf8 = false;

	field_form_write(span_of(name), value, SPAN(""), &utf8, &out, &f);
	fprintf(python, "%s ", kind);
	print_hex(python, buf_span(&out), ' ');
	print_hex(python, meant, '\n');
	buf_free(&out);
}

/* What another reader finds in a field is what was put there. */
static void test_readings(void)
{
	if (system("python3 -c 'import email.header' 2>/dev/null") != 0) {
		tap_skip("Python reads the same", "there is no python3");
		return;
	}
	FILE *python = popen("python3 tests/base/mail/field_form.py", "w");
	struct buf text = { 0 }, value = { 0 };
	for (int i = 0; i < READINGS; i++) {
		make_value(&text, false);
		buf_clear(&value);
		buf_printf(&value, " %s", buf_text(&text));
		write_reading(python, "text", "Subject", buf_span(&value), buf_span(&text));
		make_value(&text, true);
		buf_clear(&value);
		buf_printf(&value, " \"%s\" <a@b.example>, %s <c@d.example> (%s)", buf_text(&text), buf_text(&text), buf_text(&text));
		write_reading(python, "names", "To", buf_span(&value), buf_span(&text));
		buf_clear(&value);
		buf_printf(&value, " attachment; filename=\"%s\"; size=1", buf_text(&text));
		write_reading(python, "filename", "Content-Disposition", buf_span(&value), buf_span(&text));
	}
	is_int(pclose(python), 0, "Python reads %d texts, names and file names as they were meant", READINGS);
	buf_free(&text);
	buf_free(&value);
}

int main(void)
{
	tap_plan(251);
	test_rows();
	test_long_lines();
	test_large();
	test_readings();
	return tap_done();
}
