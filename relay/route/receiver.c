/* SPDX-License-Identifier: ISC */
#include "relay/route/receiver.h"

#include <stdlib.h>

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void receiver_make(const char *smarthost, const struct target *targets, size_t count, struct receiver *out)
{
	*out = (struct receiver){ 0 };
	if (smarthost && strcmp(smarthost, LOCAL_HOP) == 0 && count > 0) {
		/* Each user's mailbox fails by itself. A blank would end the name in the store. */
		struct buf name = { 0 };
		buf_add_text(&name, LOCAL_HOP ":");
		for (const char *c = targets[0].host; *c; c++)
			buf_add_byte(&name, *c == ' ' ? '_' : *c);
		out->smarthost = buf_take(&name);
		return;
	}
	out->smarthost = mem_text(smarthost);
	if (smarthost || count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		text_list_add(&out->hosts, span_of(targets[i].host));
	qsort(out->hosts.items, count, sizeof *out->hosts.items, by_bytes);
}

void receiver_copy(const struct receiver *r, struct receiver *out)
{
	*out = (struct receiver){ .smarthost = mem_text(r->smarthost) };
	text_list_copy(&r->hosts, &out->hosts);
}

void receiver_free(struct receiver *r)
{
	free(r->smarthost);
	text_list_free(&r->hosts);
	*r = (struct receiver){ 0 };
}

bool receiver_eq(const struct receiver *a, const struct receiver *b)
{
	if (a->smarthost || b->smarthost)
		return a->smarthost && b->smarthost && strcmp(a->smarthost, b->smarthost) == 0;
	return text_list_eq(&a->hosts, &b->hosts);
}

/* ---- texts ---- */

void receiver_print(const struct receiver *r, struct buf *out)
{
	buf_add_text(out, r->smarthost ? "via " : "mx ");
	receiver_name(r, out);
}

void receiver_name(const struct receiver *r, struct buf *out)
{
	if (r->smarthost)
		buf_add_text(out, r->smarthost);
	for (size_t i = 0; i < r->hosts.count; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", r->hosts.items[i]);
}

/* An order other than receiver_make()'s is refused: it would be a second key in the store for the same value. */
static int read_hosts(struct span names, struct text_list *out)
{
	while (names.at) {
		struct span name = span_cut(&names, ' ');
		if (name.len == 0)
			return -1;
		text_list_add(out, name);
		if (out->count > 1 && strcmp(out->items[out->count - 2], out->items[out->count - 1]) > 0)
			return -1;
	}
	return 0;
}

int receiver_read(struct span text, struct receiver *out)
{
	struct span names = text, kind = span_cut(&names, ' ');
	int result = -1;

	*out = (struct receiver){ 0 };
	if (names.at && span_eq(kind, SPAN("mx")))
		result = read_hosts(names, &out->hosts);
	if (names.len > 0 && span_eq(kind, SPAN("via")) && !memchr(names.at, ' ', names.len)) {
		out->smarthost = mem_text_span(names);
		result = 0;
	}
	if (result < 0)
		receiver_free(out);
	return result;
}

bool receiver_is_called(const struct receiver *r, struct span name)
{
	struct buf text = { 0 };

	receiver_name(r, &text);
	bool is = span_eq_nocase(buf_span(&text), name) || text_list_has_nocase(&r->hosts, name);
	buf_clear(&text);
	receiver_print(r, &text);
	is |= span_eq_nocase(buf_span(&text), name);
	buf_free(&text);
	return is;
}
