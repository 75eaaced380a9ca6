/* SPDX-License-Identifier: ISC */
#include "trust/blocklist_kept.h"

#include "dns/target.h"

#include <inttypes.h>
#include <stdlib.h>

#define FIRST_LINE "signet-blocklists 1"

enum { NAME_MAX_BYTES = 253, CODES_MAX = 16 };

static void answer_free(struct blocklist_answer *a)
{
	free(a->name);
	free(a->reason);
	text_list_free(&a->codes);
}

void blocklist_kept_free(struct blocklist_kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		answer_free(&k->items[i]);
	free(k->items);
	*k = (struct blocklist_kept){ 0 };
}

static bool counts(const struct blocklist_answer *a, int64_t now_s)
{
	return a->asked_s <= now_s && now_s - a->asked_s < BLOCKLIST_KEPT_S;
}

const struct blocklist_answer *blocklist_kept_find(const struct blocklist_kept *k, const char *name, int64_t now_s)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->items[i].name, name) == 0 && counts(&k->items[i], now_s))
			return &k->items[i];
	return NULL;
}

static char *plain_reason(const char *reason)
{
	size_t len = strnlen(reason, BLOCKLIST_REASON_MAX);
	char *text = mem_text_span((struct span){ reason, len });

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	return text;
}

void blocklist_kept_put(struct blocklist_kept *k, const char *name, int64_t asked_s, const struct text_list *codes, const char *reason)
{
	struct blocklist_answer answer = { .name = mem_text(name), .asked_s = asked_s, .reason = plain_reason(reason) };

	for (size_t i = 0; i < codes->count && i < CODES_MAX; i++)
		text_list_add(&answer.codes, span_of(codes->items[i]));
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->items[i].name, name) == 0) {
			answer_free(&k->items[i]);
			k->items[i] = answer;
			return;
		}
	k->items = mem_resize(k->items, k->count + 1, sizeof *k->items);
	k->items[k->count++] = answer;
}

static int newest_first(const void *a, const void *b)
{
	int64_t one = (*(const struct blocklist_answer *const *)a)->asked_s, other = (*(const struct blocklist_answer *const *)b)->asked_s;

	return one > other ? -1 : one < other;
}

/* NAME SECONDS CODE,CODE or "-", and the reason to the line's end. */
void blocklist_kept_print(const struct blocklist_kept *k, int64_t now_s, struct buf *out)
{
	const struct blocklist_answer **order = mem_resize(NULL, k->count + 1, sizeof *order);
	size_t count = 0;

	for (size_t i = 0; i < k->count; i++)
		if (counts(&k->items[i], now_s))
			order[count++] = &k->items[i];
	qsort(order, count, sizeof *order, newest_first);
	buf_add_text(out, FIRST_LINE "\n");
	for (size_t i = 0; i < count && i < BLOCKLIST_KEPT_MAX; i++) {
		const struct blocklist_answer *a = order[i];
		buf_printf(out, "%s %" PRId64 " ", a->name, a->asked_s);
		for (size_t c = 0; c < a->codes.count; c++)
			buf_printf(out, "%s%s", c ? "," : "", a->codes.items[c]);
		buf_printf(out, "%s %s\n", a->codes.count ? "" : "-", a->reason);
	}
	free(order);
}

/* True for the codes of one line: addresses, or none. */
static bool read_codes(struct span text, struct text_list *out)
{
	struct ip_address address;

	if (span_eq(text, SPAN("-")))
		return true;
	do {
		struct span code = span_cut(&text, ',');
		if (out->count == CODES_MAX || !ip_address_parse(code, &address))
			return false;
		text_list_add(out, code);
	} while (text.at);
	return true;
}

static bool read_line(struct span line, struct blocklist_kept *out)
{
	struct span name = span_cut(&line, ' '), asked = span_cut(&line, ' '), codes = span_cut(&line, ' ');
	unsigned long long asked_s;
	struct text_list list = { 0 };
	bool fine = line.at && name.len > 0 && name.len <= NAME_MAX_BYTES && span_number(asked, INT64_MAX, &asked_s) && read_codes(codes, &list) &&
	            line.len <= BLOCKLIST_REASON_MAX && memchr(name.at, '\0', name.len) == NULL && memchr(line.at, '\0', line.len) == NULL;

	if (fine) {
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = (struct blocklist_answer){ mem_text_span(name), (int64_t)asked_s, list, mem_text_span(line) };
	} else {
		text_list_free(&list);
	}
	return fine;
}

bool blocklist_kept_read(struct span text, struct blocklist_kept *out)
{
	bool fine = text.len == 0 || (span_eq(span_cut(&text, '\n'), SPAN(FIRST_LINE)) && text.at);

	*out = (struct blocklist_kept){ 0 };
	while (fine && text.len > 0) {
		struct span line = span_cut(&text, '\n');
		fine = text.at && out->count < BLOCKLIST_KEPT_MAX && read_line(line, out);   /* the last line's end is there too */
	}
	if (!fine)
		blocklist_kept_free(out);
	return fine;
}
