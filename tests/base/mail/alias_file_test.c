/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/alias_file.h"
#include "base/buf.h"

#include <stdlib.h>

static const char letters[] = { [ALIAS_ADDRESS] = 'a', [ALIAS_ITSELF] = 's', [ALIAS_INCLUDE] = 'i', [ALIAS_PROGRAM] = 'p',
	[ALIAS_FILE] = 'f', [ALIAS_BAD] = 'b' };

/* As "LINE NAME = KIND TEXT LINE, …; …"; faults as "LINE: TEXT; …". */
static const struct row {
	const char *what, *text, *read, *faults;
} rows[] = {
	{ "an empty file", "", "", "" },
	{ "one", "root: me@example.org\n", "1 root = a me@example.org 1", "" },
	{ "no line end", "root: me@example.org", "1 root = a me@example.org 1", "" },
	{ "CRLF", "root: me@example.org\r\nal:\tbob\r\n", "2 al = a bob 2; 1 root = a me@example.org 1", "" },
	{ "letters' case of the name, and of the member", "Root: Bob@Example.ORG\n", "1 root = a Bob@Example.ORG 1", "" },
	{ "blanks before the colon, none after it", "root \t:me\n", "1 root = a me 1", "" },
	{ "several", "x: a, b@c.example ,d\n", "1 x = a a 1, a b@c.example 1, a d 1", "" },
	{ "commas too many", "x: a,, b,\n", "1 x = a a 1, a b 1", "" },
	{ "continued by a blank", "x: a,\n  b,\n\tc\ny: d\n", "1 x = a a 1, a b 2, a c 3; 4 y = a d 4", "" },
	{ "continued, and nothing in the first line", "x:\n a\n", "1 x = a a 2", "" },
	{ "continued by a backslash", "x: a, \\\nb\n", "1 x = a a 1, a b 2", "" },
	{ "comments and blank lines between", "# root: no\nx: a,\n# no: b\n\n  # c,\n b\n \ny: d\n", "2 x = a a 2, a b 6; 8 y = a d 8", "" },
	{ "a comma in the next line", "x: a\n , b\n", "1 x = a a 1, a b 2", "" },
	{ "a hash in a line", "x: a#b, c # d\n", "1 x = a a#b 1, b c # d 1", "1: no mail address can be read in \"c # d\"" },
	{ "names, comments and brackets", "x: \"Bob, B.\" <bob@b.example>, c@d.example (C, c), <e>\n",
	  "1 x = a bob@b.example 1, a c@d.example 1, a e 1", "" },
	{ "a quoted local part", "x: \"a b\"@c.example\n", "1 x = a \"a b\"@c.example 1", "" },
	{ "a program", "x: |/bin/a -b\n", "1 x = p /bin/a -b 1", "" },
	{ "a program in quotes", "x: \"|/bin/a -b, c\", d\n", "1 x = p /bin/a -b, c 1, a d 1", "" },
	{ "a program with quotes within", "x: \"|/bin/a \\\"b\\\"\"\n", "1 x = p /bin/a \"b\" 1", "" },
	{ "a program with its pipe outside", "x: |\"/bin/a b\"\n", "1 x = p \"/bin/a b\" 1", "" },
	{ "a program that would be an address", "x: \"|a\"@b.example, |c@d.example\n", "1 x = p \"|a\"@b.example 1, p c@d.example 1", "" },
	{ "a program and a file in brackets", "x: <|a>, A <|b@c.example>, </d>, \\/e\n",
	  "1 x = p |a 1, p |b@c.example 1, f /d 1, f /e 1", "" },
	{ "a file", "x: /var/mail/x, \"/a b\"\n", "1 x = f /var/mail/x 1, f /a b 1", "" },
	{ "an address that begins like a file", "x: /c=de/@b.example\n", "1 x = a /c=de/@b.example 1", "" },
	{ "a list", "x: :include:/etc/x, \":include: /a b\", :Include:\"/c d\"\n", "1 x = i /etc/x 1, i /a b 1, i /c d 1", "" },
	{ "a list without its whole path", "x: :include:lists/x, a\n", "1 x = b :include:lists/x 1, a a 1",
	  "1: \":include:lists/x\": after :include: comes the whole path of a file, such as /etc/mail/staff" },
	{ "what others have", "x: :blackhole:\n", "1 x = b :blackhole: 1",
	  "1: \":blackhole:\": of what begins with a colon, only :include:/PATH is supported" },
	{ "itself", "al: \\al, al\n", "1 al = s al 1, a al 1", "" },
	{ "names in quotes", "\"a b\": c\n\"x:y\" : d\n\"#\": e\n", "3 # = a e 3; 1 a b = a c 1; 2 x:y = a d 2", "" },
	{ "catch-alls are names", "*: a\ndefault: b\n", "1 * = a a 1; 2 default = a b 2", "" },
	{ "a second one", "x: a\nX: b\ny: c\n", "1 x = a a 1; 3 y = a c 3",
	  "2: \"x\": there is an alias of that name in line 1, which counts" },
	{ "no colon", "x a\ny: b\n", "2 y = a b 2",
	  "1: \"x a\": there is no colon after the name; an alias is written NAME: ADDRESS, ADDRESS" },
	{ "no name", ": a\n", "", "1: \": a\": there is no name before the colon" },
	{ "a domain in the name", "x@y.example: a\n", "", "1: \"x@y.example: a\": the name of an alias has no @: it is a local name" },
	{ "quotes of the name", "\"x: a\n", "", "1: \"\"x: a\": the quotes of the name are not closed" },
	{ "no members", "x:\ny: ,\n", "1 x =; 2 y =", "1: \"x\": the alias has no members; write an address after the colon; "
	  "2: \"y\": the alias has no members; write an address after the colon" },
	{ "a blank line that goes on with nothing", "  x: a\ny: b\n", "2 y = a b 2",
	  "1: \"x: a\": a line that begins with a blank goes on with the alias before it, and there is none" },
	{ "quotes of a member", "x: a, \"b, c\ny: d\n", "1 x = a a 1, b \"b, c 1; 2 y = a d 2", "1: \"\"b, c\": the quotes are not closed" },
	{ "a comment that is open", "x: a (b\n", "1 x = b a (b 1", "1: \"a (b\": the comment is not closed" },
	{ "brackets that are open", "x: <a\n", "1 x = b <a 1", "1: \"<a\": no > after the <" },
	{ "no address among good ones, in its line", "x: a,\n b@c@d,\n e\n", "1 x = a a 1, b b@c@d 2, a e 3", NULL },
	{ "a control character", "x: a\x01, b\n", "1 x = b a\\x01 1, a b 1", "1: \"a\\x01\": a control character" },
	{ "a mark at the start", "\xef\xbb\xbfx: a\n", "1 x = a a 1", "" },
};

static void describe(const struct alias_file *f, struct buf *out, struct buf *faults)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct alias *a = &f->items[i];
		buf_printf(out, "%s%u %s =", i ? "; " : "", a->line, a->name);
		for (size_t k = 0; k < a->count; k++)
			buf_printf(out, "%s %c %s %u", k ? "," : "", letters[a->members[k].kind], a->members[k].text, a->members[k].line);
	}
	for (size_t i = 0; i < f->fault_count && i < ALIAS_FAULTS_SHOWN; i++)
		buf_printf(faults, "%s%u: %s", i ? "; " : "", f->faults[i].line, f->faults[i].text);
}

static void files(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct alias_file f;
		struct buf read = { 0 }, faults = { 0 };
		alias_file_read(span_of(rows[i].text), &f);
		describe(&f, &read, &faults);
		is_text(buf_text(&read), rows[i].read, "%s", rows[i].what);
		if (rows[i].faults)
			is_text(buf_text(&faults), rows[i].faults, "%s: faults", rows[i].what);
		else
			ok(f.fault_count == 1 && strstr(f.faults[0].text, "\"b@c@d\""), "%s: faults", rows[i].what);
		alias_file_free(&f);
		buf_free(&read);
		buf_free(&faults);
	}
}

static void lists(void)
{
	struct alias_file f;
	struct buf read = { 0 }, faults = { 0 };

	alias_list_read(SPAN("# a list\na@b.example\n  c, d\n\n|x\n:include:/y\r\nz z z z,\n\"e\n"), &f);
	describe(&f, &read, &faults);
	is_text(buf_text(&read), "1  = a a@b.example 2, a c 3, a d 3, p x 5, i /y 6, b z z z z 7, b \"e 8", "each line of a list separates");
	is_text(buf_text(&faults), "7: no mail address can be read in \"z z z z\"; 8: \"\"e\": the quotes are not closed", "faults of a list");
	alias_file_free(&f);
	alias_list_read(SPAN(""), &f);
	is_int(f.count == 1 && f.items[0].count == 0 && f.fault_count == 0, 1, "an empty list");
	alias_file_free(&f);
	buf_free(&read);
	buf_free(&faults);
}

static void finding(void)
{
	struct alias_file f;
	struct buf text = { 0 };
	size_t found = 0;

	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "name%d: member%d\n", i, i);
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "%s a%d@b.example,\n", i ? "" : "all:", i);
	for (int i = 0; i < 100; i++)
		buf_add_text(&text, "nonsense\n");
	alias_file_read(buf_span(&text), &f);
	for (int i = 0; i < 1000; i++) {
		char name[20];
		snprintf(name, sizeof name, "NAME%d", i);
		const struct alias *a = alias_find(&f, span_of(name));
		found += a && a->line == (unsigned)i + 1 && strcmp(a->members[0].text + 6, name + 4) == 0;
	}
	is_int(found, 1000, "each of a thousand is found, in any case");
	ok(alias_find(&f, SPAN("name")) == NULL && alias_find(&f, SPAN("")) == NULL, "no other is");
	is_int(alias_find(&f, SPAN("all"))->count, 10000, "ten thousand members");
	is_int(alias_find(&f, SPAN("all"))->members[9999].line, 11000, "the last in its line");
	is_int(f.fault_count, 100, "all faults are counted");
	ok(f.faults[ALIAS_FAULTS_SHOWN - 1].text != NULL, "and some kept");
	alias_file_free(&f);
	buf_free(&text);
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(rows) + 9);
	files();
	lists();
	finding();
	return tap_done();
}
