/* SPDX-License-Identifier: ISC */
#include "signet/queue/queue_summary.h"

#include "base/escape.h"
#include "signet/talk/say.h"

#include <stdlib.h>

enum { REASON_SHOWN_MAX = 160 };

static bool has_digit(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] >= '0' && word.at[i] <= '9')
			return true;
	return false;
}

/* The next word without a digit in it; empty at the end. */
static struct span next_word(struct span *rest)
{
	struct span word = { 0 };

	while (rest->at && rest->len > 0 && (word.len == 0 || has_digit(word)))
		word = span_cut(rest, ' ');
	return has_digit(word) ? (struct span){ 0 } : word;
}

static bool same_reason(const char *a, const char *b)
{
	struct span x = span_of(a), y = span_of(b);

	for (;;) {
		struct span left = next_word(&x), right = next_word(&y);
		if (left.len == 0 || right.len == 0)
			return left.len == right.len;
		if (!span_eq(left, right))
			return false;
	}
}

static void add_reason(struct queue_summary *s, enum listing_state state, const char *text, uint64_t recipients)
{
	for (size_t i = 0; i < s->reason_count; i++)
		if (s->reasons[i].state == state && same_reason(s->reasons[i].text, text)) {
			s->reasons[i].recipients += recipients;
			return;
		}
	if (s->reason_count == QUEUE_SUMMARY_REASONS)
		s->other_reasons += recipients;
	else
		s->reasons[s->reason_count++] = (struct queue_reason){ mem_text(text), state, recipients };
}

void queue_summary_add(struct queue_summary *s, const struct listing_entry *e)
{
	uint64_t unnamed = e->waiting > e->recipient_count ? e->waiting - e->recipient_count : 0;

	s->messages[e->state]++;
	s->recipients += e->waiting;
	s->bytes += e->size_bytes;
	if (s->oldest_ms == 0 || e->arrival_ms < s->oldest_ms)
		s->oldest_ms = e->arrival_ms;
	if (e->next_try_ms > 0 && (s->next_try_ms == 0 || e->next_try_ms < s->next_try_ms))
		s->next_try_ms = e->next_try_ms;
	for (size_t i = 0; i < e->recipient_count; i++)
		if (e->recipients[i].reason[0])
			add_reason(s, e->state, e->recipients[i].reason, 1 + (i + 1 == e->recipient_count ? unnamed : 0));
}

void queue_summary_free(struct queue_summary *s)
{
	for (size_t i = 0; i < s->reason_count; i++)
		free(s->reasons[i].text);
	*s = (struct queue_summary){ 0 };
}

void queue_summary_print_totals(const struct queue_summary *s, struct buf *out)
{
	char when[SAY_TIME_BYTES];

	buf_printf(out, "%llu waiting, %llu held, %llu in delivery, for %llu recipient%s",
	           (unsigned long long)s->messages[LISTING_DEFERRED], (unsigned long long)s->messages[LISTING_HELD],
	           (unsigned long long)s->messages[LISTING_ACTIVE], (unsigned long long)s->recipients, s->recipients == 1 ? "" : "s");
	if (s->oldest_ms)
		buf_printf(out, "; the oldest since %s", say_time(s->oldest_ms / 1000, when));
	if (s->next_try_ms)
		buf_printf(out, "; next try %s", say_time(s->next_try_ms / 1000, when));
}

static const struct queue_reason *next_frequent(const struct queue_summary *s, bool said[QUEUE_SUMMARY_REASONS])
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < s->reason_count; i++)
		if (!said[i] && (best == SIZE_MAX || s->reasons[i].recipients > s->reasons[best].recipients))
			best = i;
	if (best == SIZE_MAX)
		return NULL;
	said[best] = true;
	return &s->reasons[best];
}

void queue_summary_print_reasons(const struct queue_summary *s, struct buf *out)
{
	bool said[QUEUE_SUMMARY_REASONS] = { false };
	const struct queue_reason *r;

	while ((r = next_frequent(s, said)) != NULL) {
		struct span text = span_of(r->text);
		bool cut = text.len > REASON_SHOWN_MAX;
		buf_printf(out, "%8llu %s: ", (unsigned long long)r->recipients, r->state == LISTING_HELD ? "held" : "waiting");
		escape_for_terminal(out, (struct span){ text.at, cut ? REASON_SHOWN_MAX : text.len });
		buf_add_text(out, cut ? " ...\n" : "\n");
	}
	if (s->other_reasons)
		buf_printf(out, "%8llu for other reasons: signet queue list\n", (unsigned long long)s->other_reasons);
}
