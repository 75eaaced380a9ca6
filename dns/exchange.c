/* SPDX-License-Identifier: ISC */
#include "dns/exchange.h"

#include "base/mail/address.h"
#include "dns/dns.h"

#include <stdlib.h>

void exchange_list_free(struct exchange_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].host);
	free(list->items);
	*list = (struct exchange_list){ 0 };
}

void exchange_list_add_host(struct exchange_list *list, uint16_t preference, const char *host)
{
	list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = (struct exchange){ .preference = preference, .host = mem_text(host) };
}

void exchange_list_add(struct exchange_list *list, struct span rdata)
{
	struct buf host = { 0 };
	uint16_t preference;

	if (dns_read_mx(rdata, &preference, &host))
		exchange_list_add_host(list, preference, buf_text(&host));
	buf_free(&host);
}

void exchange_list_add_srv(struct exchange_list *list, struct span rdata, bool implicit_tls)
{
	struct exchange e = { .implicit_tls = implicit_tls };
	struct buf host = { 0 };

	if (dns_read_srv(rdata, &e.preference, &e.weight, &e.port, &host) && e.port) {
		exchange_list_add_host(list, e.preference, buf_text(&host));
		e.host = list->items[list->count - 1].host;
		list->items[list->count - 1] = e;
	}
	buf_free(&host);
}

bool exchange_list_is_null(const struct exchange_list *list)
{
	return list->count == 1 && list->items[0].host[0] == '\0';
}

static bool is_double(const struct exchange_list *list, size_t before, const struct exchange *e)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(list->items[i].host, e->host) == 0 && list->items[i].port == e->port)
			return true;
	return false;
}

static int by_preference(const void *a, const void *b)
{
	const struct exchange *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->host, y->host);
}

void exchange_list_order(struct exchange_list *list)
{
	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof *list->items, by_preference);
	/* Keep what is worth trying; of doubles the first, which is the best. */
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct exchange e = list->items[i];
		if (kept == EXCHANGES_MAX || e.host[0] == '\0' || is_double(list, kept, &e))
			free(e.host);
		else
			list->items[kept++] = e;
	}
	list->count = kept;
}

bool exchange_list_cut_own(struct exchange_list *list, const char *own_name)
{
	struct span own = domain_without_dot(span_of(own_name));
	size_t kept = 0;

	while (kept < list->count && !span_eq_nocase(span_of(list->items[kept].host), own))
		kept++;
	if (own.len == 0 || kept == list->count)
		return false;
	while (kept > 0 && list->items[kept - 1].preference == list->items[kept].preference)
		kept--;
	for (size_t i = kept; i < list->count; i++)
		free(list->items[i].host);
	list->count = kept;
	return true;
}
