/* SPDX-License-Identifier: ISC */
/*
 * event - tells a program what becomes of mail, once that is on stable storage:
 * a JSON object as one datagram to the Unix socket of the setting on_event, and
 * as a frame to the role that runs event_command (relay/event).
 *
 * Its keys are those of "signet trace --json" for a recipient, with event and
 * time, in seconds, before them:
 *
 *   {"event": "delivered", "time": 1700000000, "queue_id": "1A2B", "address": "b@example.net", "original": "",
 *    "relay": "mx.example.net[192.0.2.1]:25", "status": "2.0.0", "reply": "250 2.0.0 Ok"}
 *
 * event is delivered, bounced or held; address is "" where a whole message is
 * held. Nobody waits for the program: what it does not take at once is lost, and
 * the log says so once until it takes something again. An event may be told
 * twice, or not at all, where this process or the host stops between the
 * commit and the datagram: it is news, and the queue is the record.
 */
#ifndef RELAY_QUEUE_EVENT_H
#define RELAY_QUEUE_EVENT_H

#include "base/mail/reply.h"
#include "relay/queue/turn.h"

enum event_kind { EVENT_DELIVERED, EVENT_BOUNCED, EVENT_HELD };

struct event {
	enum event_kind kind;
	const char *queue_id;
	const char *address, *original;   /* "" for none */
	const struct reply *reply;
};

/* Before confine(). path: "" for none; it is borrowed. Who listens there may come and go. command: "" for none. */
void event_open(const char *path, const char *command);

/* The role that runs the program. */
struct peer_channel;
void event_program_came(struct peer_channel *p);
void event_program_lost(const struct peer_channel *p);

void event_tell(const struct committed *c, const struct event *e);
void event_print(const struct event *e, int64_t now_ms, struct buf *out);

#endif
