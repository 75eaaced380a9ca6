/* SPDX-License-Identifier: ISC */
/*
 * trace - one message with all that is known of it, in the queue or past,
 * packed for the owner's socket and printed by "signet queue show" and "signet
 * trace" alike.
 *
 * A message with many recipients comes in several rows, TRACE_RECIPIENTS_MAX
 * in each; all repeat what is known of the message but its header section.
 */
#ifndef BASE_VIEW_TRACE_H
#define BASE_VIEW_TRACE_H

#include "base/json.h"
#include "base/shape.h"

#include <stdint.h>

enum { TRACE_RECIPIENTS_MAX = 50 };

/* For how long, and of how many messages, the queue knows what became of them. */
#define TRACE_HISTORY_DAYS 30
#define TRACE_HISTORY_MAX 500000
#define TRACE_TEXT(number) #number
#define TRACE_TEXT_OF(number) TRACE_TEXT(number)
#define TRACE_HISTORY TRACE_TEXT_OF(TRACE_HISTORY_DAYS) " days"

enum trace_state {
	TRACE_ACTIVE, TRACE_DEFERRED, TRACE_HELD,        /* waits */
	TRACE_DELIVERED, TRACE_BOUNCED, TRACE_DELETED,
};

struct trace_recipient {
	char *address;
	char *original;         /* as submitted; "" or the same where nothing was rewritten */
	char *via;              /* next hops between commas; "" when held or the MX must be known first */
	char *relay;            /* who was last spoken with, or "" */
	char *status;           /* RFC 3463, or "" */
	char *reply;            /* what was last said, or "" */
	char *reason;           /* why, by its name (base/mail/refusal.h); "" where nothing was refused, or it is not known */
	enum trace_state state;
	uint32_t tries;
	int64_t next_try_ms;    /* wall; 0 where there is none */
	int64_t done_ms;        /* wall; 0 while it waits */
};

struct trace_entry {
	char *queue_id;
	char *sender;           /* "" is the null sender */
	char *message_id;       /* without angle brackets */
	char *program;          /* who submitted it, as it said; may be "" */
	char *unit, *container; /* of who submitted it; "" where not known */
	char *envid;
	char *about;            /* the message that this is a report on, or "" */
	char *reports;          /* reports on it, blanks between them */
	char *parts;            /* other entries of the same submission, blanks between them */
	uint32_t uid;
	int64_t arrival_ms;
	int64_t finished_ms;    /* 0: in the queue */
	uint64_t size_bytes;
	char *header;           /* CRLF lines; "" where it was not asked for, is gone, or in a later row */
	struct trace_recipient *recipients;
	size_t recipient_count;
};

extern const struct shape trace_entry_shape;
void trace_encode(const struct trace_entry *e, struct buf *out);
int trace_decode(struct span in, struct trace_entry *out);   /* -1: malformed */
void trace_entry_free(struct trace_entry *e);

/*
 * For people: what is known of the message, then of its recipients, so that
 * those of further rows can follow. Foreign bytes are escaped.
 */
void trace_print_message(struct buf *out, const struct trace_entry *e);
void trace_print_recipients(struct buf *out, const struct trace_entry *e);
void trace_print_header(struct buf *out, const struct trace_entry *e);

/*
 * For programs: one object a line. In three pieces: the message, each row's
 * recipients, the end.
 */
void trace_json_message(struct json *j, const struct trace_entry *e);
void trace_json_recipients(struct json *j, const struct trace_entry *e);
void trace_json_end(struct json *j);

#endif
