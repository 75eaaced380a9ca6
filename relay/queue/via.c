/* SPDX-License-Identifier: ISC */
#include "relay/queue/via.h"

#include <stdlib.h>

static const char by_mx = '?', chosen = '=', alone = '#';
static const char domain_held_by_owner[] = "!";

enum { NUMBER_DIGITS = 16 };

void via_free(struct via *v)
{
	free(v->sender);
	text_list_free(&v->names);
	*v = (struct via){ 0 };
}

bool via_eq(const struct via *a, const struct via *b)
{
	return a->kind == b->kind && a->held_by_owner == b->held_by_owner && a->alone == b->alone && a->number == b->number &&
	       span_eq(span_of(a->sender), span_of(b->sender)) && text_list_eq(&a->names, &b->names);
}

/* ---- writing ---- */

void via_names_text(const struct via *v, struct buf *out)
{
	for (size_t i = 0; i < v->names.count; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", v->names.items[i]);
}

void via_print(const struct via *v, struct buf *out)
{
	if (v->alone)
		buf_printf(out, "%c%llx ", alone, (unsigned long long)v->number);
	switch (v->kind) {
	case VIA_HELD:
		break;
	case VIA_BY_MX:
		buf_add_byte(out, by_mx);
		buf_add_text(out, v->sender);
		break;
	case VIA_CHOSEN:
		buf_add_byte(out, chosen);
		via_names_text(v, out);
		break;
	case VIA_NAMES:
		via_names_text(v, out);
		break;
	}
}

const char *via_print_domain(const struct via *v, const char *domain)
{
	return v->held_by_owner ? domain_held_by_owner : domain;
}

/* ---- reading ---- */

static int read_number(struct span digits, uint64_t *out)
{
	if (digits.len == 0 || digits.len > NUMBER_DIGITS)
		return -1;
	*out = 0;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return -1;
		*out = *out << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return 0;
}

/* Takes it off the text. A name may begin like it, but has no blank. */
static int read_alone(struct span *text, struct via *out)
{
	struct span rest = *text;

	if (text->len == 0 || text->at[0] != alone || memchr(text->at, ' ', text->len) == NULL)
		return 0;
	struct span number = span_cut(&rest, ' ');
	out->alone = true;
	*text = rest;
	return read_number(span_between(number.at + 1, number.at + number.len), &out->number);
}

static int read_names(struct span text, struct text_list *out)
{
	while (text.at) {
		struct span name = span_cut(&text, ',');
		if (name.len == 0 || memchr(name.at, ' ', name.len))
			return -1;
		text_list_add(out, name);
	}
	return 0;
}

/* What is not held. */
static int read_way(struct span text, struct via *out)
{
	struct span rest = span_between(text.at + 1, text.at + text.len);

	if (text.at[0] == by_mx) {
		out->kind = VIA_BY_MX;
		out->sender = mem_text_span(rest);
		return 0;
	}
	out->kind = text.at[0] == chosen ? VIA_CHOSEN : VIA_NAMES;
	return read_names(out->kind == VIA_CHOSEN ? rest : text, &out->names);
}

static int read_all(struct span text, struct span domain, struct via *out)
{
	if (read_alone(&text, out) < 0)
		return -1;
	if (text.len > 0)
		return read_way(text, out);
	out->held_by_owner = span_eq(domain, span_of(domain_held_by_owner));
	return out->alone ? -1 : 0;      /* nothing that is held has a session */
}

int via_read(struct span text, struct span domain, struct via *out)
{
	*out = (struct via){ 0 };
	if (read_all(text, domain, out) == 0)
		return 0;
	via_free(out);
	out->kind = VIA_NAMES;
	text_list_add(&out->names, text);
	return -1;
}
