/* SPDX-License-Identifier: ISC */
/*
 * store_history - messages as they are looked back at: those in the queue and
 * those that are finished, which keep their rows until they are forgotten.
 *
 * Only ids and relations have an index. What is known by a message-id or an
 * address is found by walking back from the newest recipient, a page at a
 * time: an index on texts would cost every message that is accepted more than
 * the few that are ever asked for.
 */
#ifndef RELAY_QUEUE_STORE_HISTORY_H
#define RELAY_QUEUE_STORE_HISTORY_H

#include "base/view/history.h"
#include "relay/queue/store_message.h"
#include "relay/queue/via.h"

struct store_past {
	uint64_t id, about;       /* about: the message that this is a report on; 0: none */
	uint32_t uid;
	char *sender, *envid, *message_id, *program, *body_file, *unit, *container;
	int64_t arrival_ms, finished_ms;   /* finished_ms 0: in the queue */
	uint64_t size_bytes;
};
bool store_load_past(struct store *s, uint64_t id, struct store_past *out);
void store_past_free(struct store_past *p);

struct store_past_recipient {
	uint64_t id;
	char *address, *original;
	struct via via;           /* zeroed where the destination is forgotten */
	struct reply reply;       /* its own last, or else its destination's while it waits */
	char *earlier;            /* what an earlier next hop said; "" */
	enum recipient_state state;
	unsigned failures;
	int64_t next_ms;          /* as in struct store_waiting; STORE_NEVER when it waits no longer */
	int64_t done_ms;          /* 0: it waits */
};
void store_past_recipient_free(struct store_past_recipient *r);

/* In the order of id after *after, which moves on. */
size_t store_past_recipients(struct store *s, uint64_t message, uint64_t *after, struct store_past_recipient *out,
                             size_t max);

/* Relations, each at most max: reports on it; the other entries of its submission. */
size_t store_reports_on(struct store *s, uint64_t message, uint64_t *out, size_t max);
size_t store_sent_with(struct store *s, uint64_t message, uint64_t *out, size_t max);
void store_set_about(struct store *s, uint64_t report, uint64_t message);

/*
 * The newest message before *before (a recipient's id; INT64_MAX to begin)
 * that has this message-id, or this address as sender or recipient, case
 * ignored. Reads at most *rows, and leaves in it how many may still be read; 0
 * and *rows 0: go on later. 0 and *rows not 0: there is none back to `floor`.
 */
uint64_t store_find_past(struct store *s, const char *text, uint64_t floor, uint64_t *before, unsigned *rows);

/*
 * Recipients from the newest back: those before *before (INT64_MAX to begin), which moves on, until one of a message
 * that arrived before since_ms. Each is handed over as a count of one, its domain as it was given. The number read; less
 * than max: there are no more.
 */
size_t store_walk_history(struct store *s, uint64_t *before, int64_t since_ms, struct history_count *out, size_t max);

/* The first recipient of what arrived from that message id on: the floor of such a walk. */
uint64_t store_first_recipient(struct store *s, uint64_t message);

#endif
