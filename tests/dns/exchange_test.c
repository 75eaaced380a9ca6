/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/exchange.h"

#include <stdlib.h>

/* "10 a, 20 b" to a list. */
static struct exchange_list list_of(const char *text)
{
	struct exchange_list list = { 0 };
	struct span rest = span_of(text);

	while (rest.len > 0) {
		struct span item = span_trim(span_cut(&rest, ','));
		char *z = mem_text_span(item);
		char *host = strchr(z, ' ');
		exchange_list_add_host(&list, (uint16_t)atoi(z), strcmp(host + 1, ".") ? host + 1 : "");
		free(z);
	}
	return list;
}

static char *text_of(const struct exchange_list *list)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < list->count; i++)
		buf_printf(&b, "%s%u %s", i ? ", " : "", list->items[i].preference,
		           list->items[i].host[0] ? list->items[i].host : ".");
	return buf_take(&b);
}

static const struct {
	const char *given, *ordered;
} orders[] = {
	{ "", "" },
	{ "10 a", "10 a" },
	{ "20 b, 10 a", "10 a, 20 b" },
	{ "10 a, 10 b, 10 c", "10 a, 10 b, 10 c" },
	{ "10 c, 10 a, 10 b", "10 a, 10 b, 10 c" },
	{ "65535 z, 0 a, 30 d, 30 c", "0 a, 30 c, 30 d, 65535 z" },
	{ "20 a, 10 a, 10 b", "10 a, 10 b" },
	{ "0 ., 10 a", "10 a" },
	{ "0 .", "" },
};

static void ordering(void)
{
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		struct exchange_list list = list_of(orders[i].given);
		exchange_list_order(&list);
		char *text = text_of(&list);
		is_text(text, orders[i].ordered, "order of \"%s\"", orders[i].given);
		free(text);
		exchange_list_free(&list);
	}
}

static const struct {
	const char *given, *own, *left;
	bool found;
} cuts[] = {
	{ "10 a, 20 b, 30 c", "b", "10 a", true },
	{ "10 a, 20 b, 20 c, 30 d", "c", "10 a", true },
	{ "10 a, 20 b", "a", "", true },
	{ "10 a, 20 b", "A.", "", true },
	{ "10 a, 20 b", "c", "10 a, 20 b", false },
	{ "10 a, 20 b", "", "10 a, 20 b", false },
	{ "10 a, 20 b", ".", "10 a, 20 b", false },
	{ "10 a.example", "example", "10 a.example", false },
	{ "", "a", "", false },
};

static void cutting(void)
{
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct exchange_list list = list_of(cuts[i].given);
		ok(exchange_list_cut_own(&list, cuts[i].own) == cuts[i].found, "own name %s in \"%s\"", cuts[i].own,
		   cuts[i].given);
		char *text = text_of(&list);
		is_text(text, cuts[i].left, "and what is left");
		free(text);
		exchange_list_free(&list);
	}
	struct exchange_list list = list_of("10 a");
	ok(!exchange_list_cut_own(&list, NULL), "no own name");
	exchange_list_free(&list);
}

static void null_mx(void)
{
	static const struct {
		const char *given;
		bool null;
	} rows[] = { { "0 .", true }, { "10 .", true }, { "0 ., 10 a", false }, { "10 a", false }, { "", false } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct exchange_list list = list_of(rows[i].given);
		ok(exchange_list_is_null(&list) == rows[i].null, "null MX or not: \"%s\"", rows[i].given);
		exchange_list_free(&list);
	}
}

static void bounds(void)
{
	struct exchange_list list = { 0 };
	char host[16];

	for (int i = 0; i < 3000; i++) {
		snprintf(host, sizeof host, "mx%d", i);
		exchange_list_add_host(&list, (uint16_t)(3000 - i), host);
	}
	exchange_list_order(&list);
	is_int(list.count, EXCHANGES_MAX, "at most so many are kept");
	is_text(list.items[0].host, "mx2999", "the best of them");
	exchange_list_free(&list);

	exchange_list_add(&list, SPAN("\0\12\2mx\3org\0"));
	exchange_list_add(&list, SPAN("\0\12\2mx\3or"));
	exchange_list_add(&list, SPAN(""));
	char *text = text_of(&list);
	is_text(text, "10 mx.org", "malformed records are left out");
	free(text);
	exchange_list_free(&list);
}

int main(void)
{
	tap_plan(36);
	ordering();
	cutting();
	null_mx();
	bounds();
	return tap_done();
}
