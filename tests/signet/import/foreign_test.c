/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/import/foreign.h"
#include "signet/import/main_cf.h"

#include <stdlib.h>

/* Items as "LINE:KEY=VALUE|…". */
static const struct {
	const char *what;
	enum foreign_syntax syntax;
	const char *text, *want;
} rows[] = {
	{ "main.cf", FOREIGN_MAIN_CF, "a = 1\nb=2\n", "1:a=1|2:b=2|" },
	{ "goes on, with comments and empty lines between", FOREIGN_MAIN_CF, "a = 1\n# no\n\n  2\n\t# no\n\t3\nb = 4", "1:a=1 2 3|7:b=4|" },
	{ "without a value", FOREIGN_MAIN_CF, "mydestination =\n", "1:mydestination=|" },
	{ "a line without an =", FOREIGN_MAIN_CF, "hello\na = b = c\n", "2:a=b = c|" },
	{ "CRLF", FOREIGN_MAIN_CF, "a = 1\r\nb = 2\r\n", "1:a=1|2:b=2|" },
	{ "a byte 0 ends its line", FOREIGN_MAIN_CF, "a = 1\nb = 2", "1:a=1|2:b=2|" },
	{ "a map", FOREIGN_MAP, "example.org   smtp:[mx]\n[smtp.isp.example]:587\tme:pass word\nalone\n",
	  "1:example.org=smtp:[mx]|2:[smtp.isp.example]:587=me:pass word|3:alone=|" },
	{ "a map goes on", FOREIGN_MAP, "info alice,\n  bob\n", "1:info=alice, bob|" },
	{ "master.cf", FOREIGN_MASTER_CF, "smtp unix - - n - - smtp\n  -o a=b\n#x\n", "1:=smtp unix - - n - - smtp -o a=b|" },
	{ "msmtp", FOREIGN_MSMTP, "account default : isp\n  host smtp.isp.example\npassword \"a # b\"\n# x\nauth\n",
	  "1:account=default : isp|2:host=smtp.isp.example|3:password=a # b|5:auth=|" },
	{ "dma", FOREIGN_DMA, "SMARTHOST smtp.isp.example # ours\n#PORT 25\nSTARTTLS\nPORT\t587\n", "1:SMARTHOST=smtp.isp.example|3:STARTTLS=|4:PORT=587|" },
	{ "ssmtp", FOREIGN_SSMTP, "mailhub=mail:587\nAuthUser = me # login\nnothing\n", "1:mailhub=mail:587|2:AuthUser=me|" },
	{ "Debian's Exim", FOREIGN_SHELL, "# x\ndc_smarthost='a::587'\ndc_readhost=\"b\"\ndc_relay_nets=''\nx=y\n",
	  "2:dc_smarthost=a::587|3:dc_readhost=b|4:dc_relay_nets=|5:x=y|" },
	{ "colons", FOREIGN_COLON, "root:me@example.org:mail:587\n# a:b\n*.isp.example:u:p:q\nnone\n", "1:root=me@example.org:mail:587|3:*.isp.example=u:p:q|" },
	{ "lines", FOREIGN_LINE, " smtp.isp.example --ssl \n\n# x\nb\n", "1:=smtp.isp.example --ssl|4:=b|" },
	{ "nothing", FOREIGN_MAIN_CF, "", "" },
};

static const struct {
	const char *text, *want;
} words[] = {
	{ "a  b\tc", "a|b|c|" }, { "--user='me you' --pass=\"a\\\"b\"", "--user=me you|--pass=a\"b|" }, { "a\\ b ''", "a b||" }, { "", "" }, { "'open end", "open end|" },
};

/* main.cf: what the value of x is. */
static const struct {
	const char *what, *text, *want;
} values[] = {
	{ "as it is", "x = a b", "a b" },
	{ "the last one counts", "x = a\nx = b", "b" },
	{ "another", "x = $y.org\ny = b", "b.org" },
	{ "in brackets", "x = ${y}z $(y)\ny = b", "bz b" },
	{ "a dollar", "x = $$y", "$y" },
	{ "the host's name", "x = $myhostname", "web1.example.org" },
	{ "its domain", "x = $mydomain", "example.org" },
	{ "the domain of a name that is set", "myhostname = a.b.example.net\nx = $mydomain", "b.example.net" },
	{ "a name of two labels is its own domain", "myhostname = example.net\nx = $mydomain", "example.net" },
	{ "a default", "x = $mydestination", "web1.example.org, localhost.example.org, localhost" },
	{ "nobody sets it", "x = a$nobody.b", "a.b" },
	{ "where it is set", "x = ${y?set}${z?not}\ny = b", "set" },
	{ "where it is not set", "x = ${y:not}${z:none}\ny = b", "none" },
	{ "either", "x = ${y?{a}:{b}}${z?{a}:{$y}}\ny = 1", "a1" },
	{ "itself", "x = a$x", "a" },
	{ "in a circle", "x = $y\ny = a$x", "a" },
	{ "nothing closes it", "x = a${y", "a" },
	{ "nested too deep", "x=$a\na=$b\nb=$c\nc=$d\nd=$e\ne=$f\nf=$g\ng=$h\nh=$i\ni=$j\nj=$k\nk=$l\nl=$m\nm=$n\nn=$o\no=$p\np=$q\nq=$r\nr=$s\ns=$t\nt=$u\nu=v", "" },
};

static const struct {
	const char *value;
	char unit;
	const char *want;
} times[] = {
	{ "5d", 'd', "5d" }, { "300", 's', "5m" }, { "4", 'h', "4h" }, { "1w", 'd', "7d" }, { "1h 30m", 's', "90m" }, { "0", 'h', "0d" },
	{ "5x", 's', NULL }, { "", 's', NULL }, { "h", 's', NULL }, { "99999999999w", 's', NULL },
};

static void test_items(size_t i)
{
	struct foreign_items items = { 0 };
	struct buf got = { 0 };
	struct span text = span_of(rows[i].text);
	char *copy = mem_text_span(text);

	if (strcmp(rows[i].what, "a byte 0 ends its line") == 0) {
		/* a = 1\0junk */
		free(copy);
		copy = mem_alloc(20);
		memcpy(copy, "a = 1\0junk\nb = 2", 16);
		text = (struct span){ copy, 16 };
	}
	foreign_parse(text, rows[i].syntax, &items);
	for (size_t k = 0; k < items.count; k++)
		buf_printf(&got, "%u:%s=%s|", items.items[k].line, items.items[k].key, items.items[k].value);
	is_text(buf_text(&got), rows[i].want, "%s", rows[i].what);
	foreign_items_free(&items);
	buf_free(&got);
	free(copy);
}

static void test_value(size_t i)
{
	struct foreign_items items = { 0 }, settled = { 0 };

	foreign_parse(span_of(values[i].text), FOREIGN_MAIN_CF, &items);
	main_cf_settle(&items, "web1.example.org", &settled);
	char *got = main_cf_value(&settled, "web1.example.org", "x");
	is_text(got, values[i].want, "%s", values[i].what);
	free(got);
	foreign_items_free(&items);
	foreign_items_free(&settled);
}

/* Each names the one before it twice: what all of them come to grows without bounds. */
static void test_doubling(void)
{
	struct foreign_items items = { 0 };
	struct buf text = { 0 }, got = { 0 };

	buf_add_text(&text, "a0 = x\n");
	for (int i = 1; i < 19; i++)
		buf_printf(&text, "a%d = $a%d$a%d\n", i, i - 1, i - 1);
	foreign_parse(buf_span(&text), FOREIGN_MAIN_CF, &items);
	main_cf_expand(&items, "web1.example.org", SPAN("$a18"), &got);
	ok(got.len > 0 && got.len < 20000, "names that double each other end soon: %zu bytes", got.len);
	foreign_items_free(&items);
	buf_free(&text);
	buf_free(&got);
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + TAP_ROWS(words) + TAP_ROWS(values) + TAP_ROWS(times) + 5);
	test_doubling();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		test_items(i);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct text_list list = { 0 };
		struct buf got = { 0 };
		foreign_words(span_of(words[i].text), &list);
		for (size_t k = 0; k < list.count; k++)
			buf_printf(&got, "%s|", list.items[k]);
		is_text(buf_text(&got), words[i].want, "words of %s", words[i].text);
		text_list_free(&list);
		buf_free(&got);
	}
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		test_value(i);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		struct buf got = { 0 };
		bool fine = main_cf_time(span_of(times[i].value), times[i].unit, &got);
		is_text(fine ? buf_text(&got) : "not a time", times[i].want ? times[i].want : "not a time", "the time \"%s\"", times[i].value);
		buf_free(&got);
	}
	struct foreign_items items = { 0 };
	foreign_parse(SPAN("mine = 1\nother = a${mine}b\nlonger = $mines\n"), FOREIGN_MAIN_CF, &items);
	ok(main_cf_is_mentioned(&items, "mine"), "one that another value names");
	ok(!main_cf_is_mentioned(&items, "other"), "one that none names");
	ok(!main_cf_is_mentioned(&items, "mi"), "nor is the beginning of a name one");
	ok(foreign_is_yes("yes") && foreign_is_yes("On") && foreign_is_yes("TRUE") && !foreign_is_yes("off") && !foreign_is_yes(""), "yes and no");
	foreign_items_free(&items);
	return tap_done();
}
