/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "signet/trust/domain_list.h"

#include <stdlib.h>

static const struct {
	const char *what, *text, *domains, *says;
} rows[] = {
	{ "nothing", "", "", "" },
	{ "one a line", "a.example\nb.example\n", "a.example b.example ", "" },
	{ "the last line without an end", "a.example\nb.example", "a.example b.example ", "" },
	{ "lines that end as on other systems", "a.example\r\nb.example\r\n", "a.example b.example ", "" },
	{ "comments and blank lines", "# ours\n\n  a.example   # the first\n\t\n#b.example\n", "a.example ", "" },
	{ "capitals and a final dot", "A.Example.\n", "a.example ", "" },
	{ "a domain twice", "b.example\na.example\nB.example.\n", "b.example a.example ", "" },
	{ "other letters than ASCII", "b\xc3\xbc" "cher.example\n", "xn--bcher-kva.example ", "" },
	{ "two on a line", "a.example\nb.example c.example\n", "", "line 2 of LIST: \"b.example c.example\" is not a domain name" },
	{ "an address", "me@a.example\n", "", "line 1 of LIST" },
	{ "an empty label", "a..example\n", "", "line 1 of LIST" },
	{ "bytes that are no text", "\xff\xfe" "a\n", "", "line 1 of LIST" },
	{ "a line of a table", "\n\na.example;5\n", "", "line 3 of LIST" },
};

static void reads(size_t i)
{
	struct text_list list = { 0 };
	struct buf got = { 0 };
	struct fault f = { 0 };
	int result = domain_list_read("LIST", span_of(rows[i].text), &list, &f);

	for (size_t k = 0; result == 0 && k < list.count; k++)
		buf_printf(&got, "%s ", list.items[k]);
	is_text(buf_text(&got), rows[i].domains, "%s", rows[i].what);
	ok(rows[i].says[0] ? result < 0 && strstr(f.text, rows[i].says) != NULL : result == 0, "%s: %s", rows[i].what, result ? f.text : "read");
	text_list_free(&list);
	buf_free(&got);
}

static void adds(void)
{
	static const char *const bad[] = { "", ".", "a b", "me@a.example", "a..example", "\xff" };
	struct text_list list = { 0 };
	struct fault f = { 0 };

	ok(domain_list_add(SPAN("B\xc3\xbc" "cher.Example."), &list, &f) == 0 && list.count == 1, "one domain");
	is_text(list.items[0], "xn--bcher-kva.example", "in the same form");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(domain_list_add(span_of(bad[i]), &list, &f) < 0 && list.count == 1, "none: %s", f.text);
	text_list_free(&list);
}

static void bounds(void)
{
	struct text_list list = { 0 };
	struct buf text = { 0 };
	struct fault f = { 0 };

	for (int i = 0; i <= DOMAIN_LIST_MAX; i++)
		buf_printf(&text, "d%d.example\n", i);
	ok(domain_list_read("LIST", buf_span(&text), &list, &f) < 0 && strstr(f.text, "more than"), "too many: %s", f.text);
	text_list_free(&list);
	buf_free(&text);
}

int main(void)
{
	tap_plan(2 * (int)(sizeof rows / sizeof rows[0]) + 1 + 8);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		reads(i);
	adds();
	bounds();
	return tap_done();
}
