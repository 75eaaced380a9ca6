/* SPDX-License-Identifier: ISC */
#include "relay/queue/watch.h"

#include "base/buf.h"

#include <stdlib.h>

struct watch {
	uint64_t destination, message;
	bool over;
	struct watch_event *events, **end;
	struct watch *next;
};

static struct watch *find(const struct queue *q, uint64_t destination)
{
	for (struct watch *w = q->watches; w && destination; w = w->next)
		if (w->destination == destination)
			return w;
	return NULL;
}

/* NULL where there is nothing to tell any more. */
static struct watch *find_open(const struct queue *q, uint64_t destination)
{
	struct watch *w = find(q, destination);

	return w && !w->over ? w : NULL;
}

void watch_begin(struct queue *q, uint64_t destination, uint64_t message)
{
	struct watch *w = mem_alloc(sizeof *w);

	*w = (struct watch){ .destination = destination, .message = message, .end = &w->events, .next = q->watches };
	q->watches = w;
}

void watch_end(struct queue *q, uint64_t destination)
{
	struct watch_event *e;

	for (struct watch **at = &q->watches; *at; at = &(*at)->next) {
		struct watch *w = *at;
		if (w->destination != destination)
			continue;
		while ((e = watch_fetch(q, destination)) != NULL)
			watch_event_free(e);
		*at = w->next;
		free(w);
		return;
	}
}

bool watch_is_on(const struct queue *q, uint64_t destination)
{
	return find_open(q, destination) != NULL;
}

/* Takes text over. */
static void keep(struct watch *w, int64_t boot_ms, enum control_side side, char *text)
{
	struct watch_event *e = mem_alloc(sizeof *e);

	*e = (struct watch_event){ .boot_ms = boot_ms, .side = side, .text = text };
	*w->end = e;
	w->end = &e->next;
}

void watch_note(struct queue *q, uint64_t destination, const char *format, ...)
{
	struct watch *w = find_open(q, destination);
	struct buf text = { 0 };
	va_list ap;

	if (w == NULL)
		return;
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	keep(w, q->boot_ms, CONTROL_NOTE, buf_take(&text));
}

void watch_transcript(struct queue *q, uint64_t destination, struct span payload)
{
	static const enum control_side sides[] = {
		[TRANSCRIPT_NOTE] = CONTROL_NOTE, [TRANSCRIPT_OURS] = CONTROL_OURS, [TRANSCRIPT_THEIRS] = CONTROL_THEIRS,
	};
	struct watch *w = find_open(q, destination);
	struct transcript_line line;

	if (w == NULL || transcript_line_decode(payload, &line) < 0)
		return;
	keep(w, line.boot_ms, sides[line.side], mem_text(line.text));
	transcript_line_free(&line);
}

static void close_with(struct queue *q, struct watch *w, const char *word, const struct reply *r)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s %s ", word, r->status[0] ? r->status : "-");
	reply_print(r, &text);
	keep(w, q->boot_ms, CONTROL_NOTE, buf_take(&text));
	w->over = true;
}

void watch_put_off(struct queue *q, uint64_t destination, const struct reply *r)
{
	struct watch *w = find_open(q, destination);

	if (w)
		close_with(q, w, "deferred", r);
}

void watch_outcome(struct queue *q, uint64_t message, enum verdict verdict, const struct reply *r)
{
	static const char *const words[] = {
		[VERDICT_DELIVERED] = "delivered", [VERDICT_RETRY] = "deferred", [VERDICT_FAILED] = "bounced",
		[VERDICT_EXPIRED] = "bounced", [VERDICT_HELD] = "deferred",
	};
	static const char *const answers[] = {
		[FAULT_NONE] = "accepted", [FAULT_TEMPORARY] = "deferred", [FAULT_PERMANENT] = "refused", [FAULT_POLICY] = "refused",
	};

	for (struct watch *w = q->watches; w; w = w->next)
		if (w->message == message && !w->over)
			close_with(q, w, verdict == VERDICT_ASKED ? answers[r->kind] : words[verdict], r);
}

struct watch_event *watch_fetch(struct queue *q, uint64_t destination)
{
	struct watch *w = find(q, destination);
	struct watch_event *e = w ? w->events : NULL;

	if (e == NULL)
		return NULL;
	w->events = e->next;
	if (w->events == NULL)
		w->end = &w->events;
	e->last = w->over && w->events == NULL;
	return e;
}

void watch_event_free(struct watch_event *e)
{
	free(e->text);
	free(e);
}
