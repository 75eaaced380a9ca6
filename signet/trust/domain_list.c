/* SPDX-License-Identifier: ISC */
#include "signet/trust/domain_list.h"

#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "dns/dns.h"

#include <stdlib.h>

struct name { char *text; size_t place; };

static int by_text_then_place(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	int order = strcmp(a->text, b->text);

	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int by_place(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	return (a->place > b->place) - (a->place < b->place);
}

/* The first of several that are the same stays. */
static void drop_doubles(struct text_list *list)
{
	struct name *all = mem_alloc((list->count + 1) * sizeof *all);
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		all[i] = (struct name){ list->items[i], i };
	qsort(all, list->count, sizeof *all, by_text_then_place);
	for (size_t i = 0; i < list->count; i++) {
		if (kept > 0 && strcmp(all[kept - 1].text, all[i].text) == 0)
			free(all[i].text);
		else
			all[kept++] = all[i];
	}
	qsort(all, kept, sizeof *all, by_place);
	for (size_t i = 0; i < kept; i++)
		list->items[i] = all[i].text;
	list->count = kept;
	free(all);
}

/* In lower case and ASCII. False: it is none. */
static bool read_name(struct span word, struct buf *out)
{
	struct buf ascii = { 0 };
	struct fault ignored;
	bool sound = idn_domain(word, &ascii, &ignored) == 0 && domain_normalise(buf_span(&ascii), out) == 0 && dns_name_is_valid(buf_text(out));

	buf_free(&ascii);
	return sound;
}

int domain_list_add(struct span word, struct text_list *out, struct fault *f)
{
	struct buf plain = { 0 };
	bool sound = read_name(domain_without_dot(word), &plain);

	if (sound)
		text_list_add(out, buf_span(&plain));
	else
		fault_set(f, FAULT_PERMANENT, "5.5.4", "\"%.*s\" is not a domain name", word.len < 80 ? (int)word.len : 80, word.at);
	buf_free(&plain);
	return sound ? 0 : -1;
}

int domain_list_read(const char *name, struct span text, struct text_list *out, struct fault *f)
{
	for (size_t number = 1; text.at; number++) {
		struct span line = span_cut(&text, '\n'), word = domain_without_dot(span_trim(span_cut(&line, '#')));
		struct buf plain = { 0 };
		if (word.len == 0)
			continue;
		bool sound = read_name(word, &plain);
		if (sound && out->count < DOMAIN_LIST_MAX)
			text_list_add(out, buf_span(&plain));
		else if (sound)
			fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s has more than %d domains: give them in several files", name, DOMAIN_LIST_MAX);
		else
			fault_set(f, FAULT_PERMANENT, "5.6.0", "line %zu of %.300s: \"%.*s\" is not a domain name; write one a line", number, name,
			          word.len < 80 ? (int)word.len : 80, word.at);
		bool added = sound && f->kind == FAULT_NONE;
		buf_free(&plain);
		if (!added)
			return -1;
	}
	drop_doubles(out);
	return 0;
}
