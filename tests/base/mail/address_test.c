/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/address.h"

#include <stdlib.h>

/* Several addresses are joined by a blank bar; "!" and the raw text stand for what cannot be read. */
static const struct {
	const char *value, *addresses;
} lists[] = {
	{ "", "" },
	{ "   \r\n\t ", "" },
	{ ", ,,", "" },
	{ "a@b.example", "a@b.example" },
	{ " a@b , c@d ", "a@b|c@d" },
	{ "a@b,,c@d,", "a@b|c@d" },
	{ "root", "root" },
	{ "root (Cron Daemon)", "root" },
	{ "(a) root (b (c) \\) d)", "root" },
	{ "Cron Daemon <root>", "root" },
	{ "<a@b>", "a@b" },
	{ "John Q. Public <j@x>", "j@x" },
	{ "\"Public, John\" <j@x>, k@x", "j@x|k@x" },
	{ "\"a \\\" , b\" <j@x>", "j@x" },
	{ "j@x <j@y>", "j@y" },
	{ "Caf\xc3\xa9 <j@x>", "j@x" },
	{ "j\xc3\xbcrgen@d\xc3\xbcren.example", "j\xc3\xbcrgen@d\xc3\xbcren.example" },
	{ "=?utf-8?Q?a=2C_b?= <j@x>", "j@x" },
	{ "=?utf-8?Q?a,_b?= <j@x>, =?utf-8?q?c@d_(e;_f:_<g?= <k@x>", "j@x|k@x" },
	{ "=?utf-8?q?a,b? <j@x>, =?q?a,b?=", "=?utf-8?q?a|j@x|=?q?a|b?=" },
	{ "a . b @ c . d", "a.b@c.d" },
	{ "a(x).(y)b(z)@(k)c(m).d(n)", "a.b@c.d" },
	{ "\"john doe\"@x", "\"john doe\"@x" },
	{ "\"john\".doe@x", "john.doe@x" },
	{ "\"john\"@x, \"a\\b+c\"@x", "john@x|ab+c@x" },
	{ "\"j\xc3\xbcrgen\"@x", "j\xc3\xbcrgen@x" },
	{ "\"a\\\"b\".\"c d\"@x", "\"a\\\"b.c d\"@x" },
	{ "\"a@b, c\"@x", "\"a@b, c\"@x" },
	{ "\"\"@x", "\"\"@x" },
	{ "\"folded\r\n name\"@x", "\"folded name\"@x" },
	{ "a..b@docomo.example", "\"a..b\"@docomo.example" },
	{ ".a.@x, \".a\".b@x", "\".a.\"@x|\".a.b\"@x" },
	{ "a@b.", "a@b" },
	{ "a@[127.0.0.1]", "a@[127.0.0.1]" },
	{ "a@[ IPv6: ::1 ]", "a@[IPv6:::1]" },
	{ "<@r1,@r2.example:a@b>", "a@b" },
	{ "X <@ r1 , , @r2 : a@b>", "a@b" },
	{ "\r\n a@b,\r\n\tc@d,\n e@f\r\n", "a@b|c@d|e@f" },
	{ "undisclosed-recipients:;", "" },
	{ "undisclosed-recipients: ;, a@b", "a@b" },
	{ "A Group:Ed <e@x>,joe@x,John <j@x>;", "e@x|joe@x|j@x" },
	{ "a@b, G: c@d;, e@f", "a@b|c@d|e@f" },
	{ "G: c@d", "c@d" },
	{ "G:a@b; H:c@d;", "a@b|c@d" },
	{ "host!user", "host!user" },
	{ "user%host@relay", "user%host@relay" },
	/* malformed */
	{ "<>", "!<>" },
	{ "John Smith", "!John Smith" },
	{ "a b@c", "!a b@c" },
	{ "a@[b@c], a@[\"b\"], a@[b[c]", "!a@[b@c]|!a@[\"b\"]|!a@[b[c]" },
	{ "a@b c@d", "!a@b c@d" },
	{ "a@b; c@d", "!a@b; c@d" },
	{ "a@", "!a@" },
	{ "@b", "!@b" },
	{ "a@b@c", "!a@b@c" },
	{ "a@.b", "!a@.b" },
	{ "a@b..c", "!a@b..c" },
	{ "...@x", "!...@x" },
	{ "\"a\"b@c", "!\"a\"b@c" },
	{ "@r1,@r2:a@b", "!@r1|a@b" },
	{ "<a@b", "!<a@b" },
	{ "<a@b> x, c@d", "!<a@b> x|c@d" },
	{ "<<a@b>>, c@d", "!<<a@b>>|c@d" },
	{ "a@b>, c@d", "!a@b>|c@d" },
	{ "x, y z, c@d", "x|!y z|c@d" },
	{ "G: H: a@b;, c@d", "!H: a@b|c@d" },
	{ "G: a b; c@d, e@f", "!a b|c@d|e@f" },
	{ "a@b, (never closed, c@d", "a@b|!(never closed, c@d" },
	{ "a@b, \"never closed, c@d", "a@b|!\"never closed, c@d" },
	{ "a@[1.2.3.4, c@d", "!a@[1.2.3.4, c@d" },
	{ "a@b\\c, d@e", "!a@b\\c|d@e" },
	{ "a@[b\\ ], c@d", "!a@[b\\ ]|c@d" },
	{ "\\", "!\\" },
	/* names without quotes */
	{ "M" "\xc3\xbcller, J\xc3\xb6rg <j@x>, k@x", "j@x|k@x" },
	{ "M\xc3\xbcller, J., Dr. <j@x>", "j@x" },
	{ "\xc3\xbc, \xc3\xbc, \xc3\xbc, \xc3\xbc, <j@x>", "!\xc3\xbc|j@x" },
	{ "M\xc3\xbcller, j@x", "!M\xc3\xbcller|j@x" },
	{ "j@\xc3\xbc, J <k@x>", "j@\xc3\xbc|k@x" },
	{ "J\xc3\xbcrgen", "!J\xc3\xbcrgen" },
	{ "<\xc3\xbc>, J <\xff>", "!<\xc3\xbc>|!J <\xff>" },
	{ "Doe, J <j@x>", "Doe|j@x" },
	/* quoted-pairs without quotes */
	{ "a\\b@c, d@e", "ab@c|d@e" },
	{ "ali\\~ce@x", "ali~ce@x" },
	{ "\\a\\.\\b@x", "a.b@x" },
	{ "\\.@x, a.\\.@x", "\".\"@x|\"a..\"@x" },
	{ "john\\ doe@x", "\"john doe\"@x" },
	{ "a\\@b@x, \\\"c\\\\@x", "\"a@b\"@x|\"\\\"c\\\\\"@x" },
	{ "J\\r <j@x>", "j@x" },
	{ "J\xc3\xbc\\\xc3\xbc@x", "J\xc3\xbc\xc3\xbc@x" },
	/* whole addresses in quotes */
	{ "\"a@b\", J <c\\@d>, \"e f@g\", \"h@i@j\", \"k@\"", "a@b|c@d|\"e f@g\"|\"h@i@j\"|\"k@\"" },
	{ "\"\\\"a\\\"@b\", \"c,d\"@e, \"f@[192.0.2.1]\", g.\\@h.", "\"\\\"a\\\"@b\"|\"c,d\"@e|f@[192.0.2.1]|\"g.\"@h" },
	/* encoded words are names */
	{ "=?utf-8?q?a=40b?=, <=?utf-8?q?a?=>, =?utf-8?q?a?= <b@c>, =?utf-8?q?a?=@d", "!=?utf-8?q?a=40b?=|!<=?utf-8?q?a?=>|b@c|=?utf-8?q?a?=@d" },
	/* character entities */
	{ "A &amp; B <c@d>, E&#039;s&nbsp;F <g@h>, i@j", "c@d|g@h|i@j" },
	{ "A & B; <c@d>, E&; <f@g>, &#; <h@i>, a@b&lt;, c@d", "!A & B; <c@d>|!E&; <f@g>|!&#; <h@i>|!a@b&lt;|c@d" },
	{ "G: a&b;, c@d", "a&b|c@d" },
	{ "a\x01@b, c@d", "!a\x01@b|c@d" },
	{ "\"a\x01\"@b, c@d", "!\"a\x01\"@b|c@d" },
	{ "\"a\\\r\n\"@b, c@d", "!\"a\\\r\n\"@b|c@d" },
	{ ")", "!)" },
	{ "(a\\", "!(a\\" },
};

/* The same where blanks part addresses too. */
static const struct {
	const char *value, *addresses;
} blanks[] = {
	{ "", "" },
	{ "a@b", "a@b" },
	{ "a@b c@d", "a@b|c@d" },
	{ " a@b\r\n\tc@d\re ", "a@b|c@d|e" },
	{ "root admin", "root|admin" },
	{ "a . b @ c . d e@f", "a.b@c.d|e@f" },
	{ "\"a b\"@c d\\ e@f", "\"a b\"@c|\"d e\"@f" },
	{ "a@[192.0.2.1] b", "a@[192.0.2.1]|b" },
	{ "a@b. c@d", "!a@b. c@d" },
	{ "=?utf-8?q?a?= b@c", "!=?utf-8?q?a?= b@c" },
	{ "\"a@b\" c\\@d", "a@b|c@d" },
	{ "<a@b> <c@d><e@f>", "a@b|c@d|e@f" },
	{ "A <a@b> B C <c@d>, e@f", "a@b|c@d|e@f" },
	{ "<a@b> (x) c@d", "a@b|c@d" },
	{ "<a@b> \"x\", c@d", "!<a@b> \"x\"|c@d" },
	{ "<a@b> c d, e@f", "!<a@b> c d|e@f" },
	{ "<a@b>; <c@d>", "!<a@b>; <c@d>" },
	/* commas are used, or a name stands before an address */
	{ "a@b c@d, e@f", "!a@b c@d|e@f" },
	{ "John Smith <j@x>", "j@x" },
	{ "a@b (c) d@e", "!a@b (c) d@e" },
	{ "G: a b;", "!a b" },
	{ "a@b; c@d", "!a@b; c@d" },
	/* malformed */
	{ "\"a\"b@c d", "!\"a\"b@c d" },
	{ "a@b > c", "!a@b > c" },
	{ "a b@ c", "a|b@c" },
	{ "a b@", "a|!b@" },
	{ "a \"b c", "!a \"b c" },
};

/* And those of authors. */
static const struct {
	const char *value, *addresses;
} authors[] = {
	{ "a@b, C <d@e>", "a@b|d@e" },
	{ "Acme, Inc. <a@b>, Doe, J <c@d>, e@f", "a@b|c@d|e@f" },
	{ "\"A\", (x, y) B, C <d@e>", "A|d@e" },
	{ "a, b, c, d, E <f@g>", "a|f@g" },
	{ "a, b", "a|b" },
	{ "a, b@c <d@e>", "d@e" },
	{ "G: A, B <c@d>;", "A|c@d" },
	{ "Acme, Inc. (Support) <a@b>", "Acme|a@b" },
	{ "\"Acme\", Inc. <a@b>", "Acme|a@b" },
	{ "=?utf-8?q?Acme?=, Inc. <a@b>", "!=?utf-8?q?Acme?=|a@b" },
	{ "A, B <", "!A, B <" },
};

static void read_all(struct span value, enum address_separators separators, struct buf *out)
{
	struct address_reader reader = address_reader_of(value, separators);
	struct address address;
	struct span raw;
	struct fault f;
	int got;

	while ((got = address_next(&reader, &address, &raw, &f)) != 0) {
		if (out->len > 0)
			buf_add_byte(out, '|');
		if (got < 0) {
			buf_add_byte(out, '!');
			buf_add_span(out, raw);
		} else {
			buf_add_text(out, address.address);
			free(address.address);
		}
	}
}

static void test_lists(void)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct buf got = { 0 };
		read_all(span_of(lists[i].value), ADDRESS_COMMAS, &got);
		is_span(buf_span(&got), span_of(lists[i].addresses), "list %s", lists[i].value);
		buf_free(&got);
	}
	for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
		struct buf got = { 0 };
		read_all(span_of(blanks[i].value), ADDRESS_BLANKS_TOO, &got);
		is_span(buf_span(&got), span_of(blanks[i].addresses), "blanks too: %s", blanks[i].value);
		buf_free(&got);
	}
	for (size_t i = 0; i < sizeof authors / sizeof authors[0]; i++) {
		struct buf got = { 0 };
		read_all(span_of(authors[i].value), ADDRESS_AUTHORS, &got);
		is_span(buf_span(&got), span_of(authors[i].addresses), "authors: %s", authors[i].value);
		buf_free(&got);
	}
}

#define NBSP "\xc2\xa0"
#define ZWSP "\xe2\x80\x8b"

static const struct {
	const char *text, *plain;
} unseen[] = {
	{ ZWSP "a@b", "   a@b" },
	{ "a@b" ZWSP ZWSP, "a@b      " },
	{ "<" ZWSP "a@b" NBSP ">", "<   a@b  >" },
	{ "A" NBSP "B <a@b>", "A  B <a@b>" },
	{ "long" ZWSP "name@b", "long" ZWSP "name@b" },
	{ "a@b," ZWSP "c" ZWSP "d@e", "a@b,   c" ZWSP "d@e" },
	{ "a@b,\r\n " NBSP "\r\n c@d", "a@b,\r\n " NBSP "\r\n c@d" },
	{ "a@b,\r\n" NBSP " " NBSP, "a@b,\r\n   " NBSP },
	{ "\xc2\xa0\xff <a@b>", "\xc2\xa0\xff <a@b>" },
	{ "", "" },
};

static void test_unseen(void)
{
	for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
		char *text = mem_text(unseen[i].text);
		address_plain_blanks(text, strlen(text));
		is_text(text, unseen[i].plain, "what nobody sees, row %zu", i);
		free(text);
	}
}

static const struct {
	const char *value, *display, *spec;
} places[] = {
	{ "root (Cron Daemon)", "(Cron Daemon)", "root" },
	{ " \"Q, R\" (c) < @x: a . b @ c > (d)", "\"Q, R\" (c)", "@x: a . b @ c" },
	{ "a (x) @ b", "", "a (x) @ b" },
	{ "Me\r\n Too <a@b>", "Me\r\n Too", "a@b" },
};

static void test_places(void)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct address_list list;
		struct fault f;
		is_int(address_list_parse(span_of(places[i].value), &list, &f), 0, "parsed %s", places[i].value);
		is_int(list.count, 1, "one address");
		is_span(list.items[0].display, span_of(places[i].display), "its display name");
		is_span(list.items[0].spec, span_of(places[i].spec), "where it stands");
		address_list_free(&list);
	}
}

static void test_fault(void)
{
	struct address_list list;
	struct fault f = { 0 };

	is_int(address_list_parse(SPAN("a@b, c d, e@f"), &list, &f), -1, "a malformed list is a fault");
	is_text(f.status, "5.1.3", "of bad destination syntax");
	ok(strstr(f.text, "\"c d\"") != NULL, "that quotes what could not be parsed: %s", f.text);
	is_int(list.count, 1, "what came before is there");
	address_list_free(&list);
	is_int(address_list_parse((struct span){ NULL, 0 }, &list, &f), 0, "nothing at all is an empty list");
	is_int(list.count, 0, "without addresses");
}

/* Time must grow with the length alone: each of these would take minutes otherwise. */
static void test_many(void)
{
	static const char *const pieces[] = { "u@x.example,\r\n ", "(", "(,", "[,", "\",", "<a(,", "a:;", "<@a,", "\\,", "a ", "\" ", "\xc3\xbc,", "\xc3\xbc,<", "<a@b>", };
	struct address_list list;

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct buf value = { 0 }, got = { 0 };
		while (value.len < 1000000)
			buf_add_text(&value, pieces[i]);
		read_all(buf_span(&value), ADDRESS_COMMAS, &got);
		read_all(buf_span(&value), ADDRESS_BLANKS_TOO, &got);
		ok(1, "a megabyte of %s ends", pieces[i]);
		buf_free(&value);
		buf_free(&got);
	}
	struct buf value = { 0 };
	for (int i = 0; i < 10000; i++)
		buf_printf(&value, "%s\"Name %d\" <user%d@x%d.example>", i ? ",\r\n\t" : "", i, i, i);
	is_int(address_list_parse(buf_span(&value), &list, NULL), 0, "ten thousand recipients");
	is_int(list.count, 10000, "all there");
	is_text(list.items[9999].address, "user9999@x9999.example", "to the last");
	address_list_free(&list);
	buf_free(&value);
}

#define LOCAL_64 "1234567890123456789012345678901234567890123456789012345678901234"

static const struct {
	struct span address;
	bool fine;
} checks[] = {
	{ SPAN("root"), true },
	{ SPAN("a@b"), true },
	{ SPAN("a@b."), true },
	{ SPAN("A.b+c=d@sub_x.example"), true },
	{ SPAN("a..b@c"), true },
	{ SPAN("\"a b\"@c"), true },
	{ SPAN("\"a@b\""), true },
	{ SPAN("\"a\\\"b\"@c"), true },
	{ SPAN("a@[127.0.0.1]"), true },
	{ SPAN("a@[IPv6:2001:db8::1]"), true },
	{ SPAN("j\xc3\xbcrgen@d\xc3\xbcren.example"), true },
	{ SPAN(LOCAL_64 "@x"), true },
	{ SPAN("-oQ/tmp@x"), true },
	{ SPAN(""), false },
	{ SPAN("@"), false },
	{ SPAN("@b"), false },
	{ SPAN("a@"), false },
	{ SPAN("a b@c"), false },
	{ SPAN("a@b c"), false },
	{ SPAN("a@b\r\nRCPT TO:<c@d>"), false },
	{ SPAN("a\n@b"), false },
	{ SPAN("a\r@b"), false },
	{ SPAN("a\0@b"), false },
	{ SPAN("a@b\0"), false },
	{ SPAN("a\x7f@b"), false },
	{ SPAN("\"a\tb\"@c"), false },
	{ SPAN("a\xc2\x85@b"), false },
	{ SPAN("a\xe4@b"), false },
	{ SPAN("a@b\xc0\xaf"), false },
	{ SPAN("<a@b>"), false },
	{ SPAN("a>b@c"), false },
	{ SPAN("a,b@c"), false },
	{ SPAN("a@b@c"), false },
	{ SPAN("\"a\"b@c"), false },
	{ SPAN("\"a@b"), false },
	{ SPAN("\"a\\\"@b"), false },
	{ SPAN("a@b..c"), false },
	{ SPAN("a@.b"), false },
	{ SPAN("a@b>c"), false },
	{ SPAN("a@[1.2.3]"), false },
	{ SPAN("a@[IPv6:zz]"), false },
	{ SPAN("a@[]"), false },
	{ SPAN("a@["), false },
	{ SPAN("."), false },
	{ SPAN("5" LOCAL_64 "@x"), false },
	{ SPAN("a@" LOCAL_64 ".x"), false },
};

static void test_checks(void)
{
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		struct fault f = { 0 };
		int got = address_check(checks[i].address, &f);
		ok((got == 0) == checks[i].fine, "check of \"%.*s\" %s", (int)checks[i].address.len,
		   checks[i].address.at, f.text);
	}
}

static void test_parts(void)
{
	is_span(address_domain(SPAN("a@b")), SPAN("b"), "domain");
	is_span(address_local(SPAN("a@b")), SPAN("a"), "local part");
	is_span(address_domain(SPAN("root")), SPAN(""), "a bare address has no domain");
	is_span(address_local(SPAN("root")), SPAN("root"), "but a local part");
	is_span(address_domain(SPAN("\"a@b\"")), SPAN(""), "an @ in quotes is none");
	is_span(address_domain(SPAN("\"a@b\"@c")), SPAN("c"), "the one behind them is");
	is_span(address_domain(SPAN("a@[b\"]")), SPAN("[b\"]"), "a quote in a domain literal is part of it");
	is_span(address_local(SPAN("a@[b@c]")), SPAN("a"), "and so is an @");
	is_span(address_domain((struct span){ NULL, 0 }), SPAN(""), "no address, no domain");
	ok(!address_needs_utf8(SPAN("a@b")), "ASCII needs no SMTPUTF8");
	ok(address_needs_utf8(SPAN("a@\xc3\xbc")), "UTF-8 does");
}

static const struct {
	const char *domain, *normal;
} domains[] = {
	{ "EXAMPLE.org", "example.org" },
	{ "example.org.", "example.org" },
	{ "_dmarc.Example.org", "_dmarc.example.org" },
	{ "D\xc3\xbcREN.example", "d\xc3\xbcren.example" },
	{ "xn--dren-0ra.example", "xn--dren-0ra.example" },
	{ "localhost", "localhost" },
	{ "", NULL }, { ".", NULL }, { "..", NULL }, { "a..b", NULL }, { ".a", NULL }, { "a..", NULL },
	{ "a b", NULL }, { "a/b", NULL }, { "[1.2.3.4]", NULL }, { "a\n", NULL }, { "\xff", NULL },
};

static void test_domains(void)
{
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
		struct buf got = { 0 };
		int fine = domain_normalise(span_of(domains[i].domain), &got);
		is_int(fine, domains[i].normal ? 0 : -1, "domain %s", domains[i].domain);
		is_text(buf_text(&got), domains[i].normal ? domains[i].normal : "", "its normal form");
		buf_free(&got);
	}
	ok(domain_is_within(SPAN("mail.Example.org"), SPAN("example.ORG")), "below");
	ok(domain_is_within(SPAN("example.org."), SPAN("example.org")), "the same");
	ok(!domain_is_within(SPAN("badexample.org"), SPAN("example.org")), "only at a dot");
	ok(!domain_is_within(SPAN("org"), SPAN("example.org")), "not above");
	ok(!domain_is_within(SPAN("example.org"), SPAN("")), "nothing is within nothing");
}

int main(void)
{
	tap_plan(270 + 3 + TAP_ROWS(unseen));
	test_lists();
	test_unseen();
	test_places();
	test_fault();
	test_many();
	test_checks();
	test_parts();
	test_domains();
	return tap_done();
}
