/* SPDX-License-Identifier: ISC */
/*
 * watch - what is seen of a message that somebody watches on its way (signet
 * test), kept until it is fetched. The message has a destination for itself;
 * that names it here.
 */
#ifndef RELAY_QUEUE_WATCH_H
#define RELAY_QUEUE_WATCH_H

#include "base/view/control.h"
#include "relay/queue/queue.h"

struct watch_event {
	int64_t boot_ms;
	enum control_side side;
	bool last;                    /* text is the closing sentence */
	char *text;
	struct watch_event *next;
};

void watch_begin(struct queue *q, uint64_t destination, uint64_t message);
void watch_end(struct queue *q, uint64_t destination);
bool watch_is_on(const struct queue *q, uint64_t destination);

/* Told by those who deal with the message. Nothing is kept where nobody watches, and nothing after the last. */
void watch_note(struct queue *q, uint64_t destination, const char *format, ...) __attribute__((format(printf, 3, 4)));
void watch_transcript(struct queue *q, uint64_t destination, struct span payload);   /* FRAME_TRANSCRIPT */
void watch_put_off(struct queue *q, uint64_t destination, const struct reply *r);    /* the round failed as a whole: the last */
void watch_outcome(struct queue *q, uint64_t message, enum verdict verdict, const struct reply *r);     /* the last */

/* The first that has not been fetched, for the caller to free; NULL: none yet. */
struct watch_event *watch_fetch(struct queue *q, uint64_t destination);
void watch_event_free(struct watch_event *e);

#endif
