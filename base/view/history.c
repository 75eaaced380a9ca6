/* SPDX-License-Identifier: ISC */
#include "base/view/history.h"

#include "base/view/control.h"

#include <stdlib.h>

static const struct shape_field history_count_fields[] = {
	FIELD(history_count, hour_ms),
	FIELD(history_count, sender_domain),
	FIELD(history_count, from_domain),
	FIELD(history_count, domain),
	FIELD_BELOW(history_count, result, HISTORY_DELETED + 1),
	FIELD(history_count, recipients),
	FIELD(history_count, bytes),
	FIELD(history_count, last_ms),
	FIELD(history_count, queue_id),
	FIELD_VALUE(history_count, reply, reply),
};
const struct shape history_count_shape = SHAPE_OF(history_count, history_count_fields);

void history_add(struct history *h, struct history_count *item)
{
	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : 16;
		h->items = mem_resize(h->items, h->room, sizeof *h->items);
	}
	h->items[h->count++] = *item;
	*item = (struct history_count){ 0 };
}

static int by_key(const void *left, const void *right)
{
	const struct history_count *a = left, *b = right;
	int order = (a->hour_ms > b->hour_ms) - (a->hour_ms < b->hour_ms);

	order = order ? order : strcmp(a->sender_domain, b->sender_domain);
	order = order ? order : strcmp(a->from_domain, b->from_domain);
	order = order ? order : strcmp(a->domain, b->domain);
	return order ? order : (int)a->result - (int)b->result;
}

static void take_in(struct history_count *to, struct history_count *more)
{
	to->recipients += more->recipients;
	to->bytes += more->bytes;
	if (more->last_ms > to->last_ms) {
		char *queue_id = to->queue_id;
		to->last_ms = more->last_ms;
		to->queue_id = more->queue_id;
		more->queue_id = queue_id;
		to->reply = more->reply;
	}
	history_count_free(more);
}

void history_merge(struct history *h)
{
	size_t kept = 0;

	if (h->count == 0)
		return;
	qsort(h->items, h->count, sizeof *h->items, by_key);
	for (size_t i = 1; i < h->count; i++) {
		if (by_key(&h->items[kept], &h->items[i]) == 0)
			take_in(&h->items[kept], &h->items[i]);
		else if (++kept != i)
			h->items[kept] = h->items[i];
	}
	h->count = kept + 1;
}

void history_free(struct history *h)
{
	for (size_t i = 0; i < h->count; i++)
		history_count_free(&h->items[i]);
	free(h->items);
	*h = (struct history){ 0 };
}

/* ---- asking ---- */

enum { MERGE_AT = 20000 };     /* so that memory stays in proportion to the rows that differ */

struct asking {
	struct history *history;
	size_t merge_at;
	bool unread;           /* a row could not be read */
};

static int take_row(void *context, struct span text)
{
	struct asking *a = context;
	struct history_count item;

	a->unread = history_count_decode(text, &item) < 0;
	if (a->unread)
		return -1;
	history_add(a->history, &item);
	if (a->history->count >= a->merge_at) {
		history_merge(a->history);
		a->merge_at = 2 * a->history->count + MERGE_AT;
	}
	return 0;
}

int history_ask(const char *control_socket, int64_t age_ms, struct history *out, struct fault *f)
{
	struct asking asking = { .history = out, .merge_at = MERGE_AT };
	struct buf question = { 0 };

	*out = (struct history){ 0 };
	if (age_ms > 0)
		buf_printf(&question, "newer %lldms\n", (long long)age_ms);
	int result = control_ask(control_socket, (struct submit_query){ (enum submit_operation)CONTROL_HISTORY,
	    buf_span(&question) }, take_row, &asking, NULL, f);
	buf_free(&question);
	if (asking.unread)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.5", "an answer of signetd could not be read; are signet and signetd of one version?");
	history_merge(out);
	if (result < 0)
		history_free(out);
	return result;
}
