/* SPDX-License-Identifier: ISC */
/*
 * store_message - messages and their recipients as rows: accepting them, and
 * finding what is due. Texts in rows are owned; each row type has its free
 * function.
 */
#ifndef RELAY_QUEUE_STORE_MESSAGE_H
#define RELAY_QUEUE_STORE_MESSAGE_H

#include "relay/protocol.h"
#include "relay/queue/store.h"

/*
 * One part of a submission. Sets *known when (uid, id, part) is there already,
 * and then *id is that of the message there. *id is chosen here otherwise.
 */
void store_put_message(struct store *s, const struct submission *m, int64_t now_ms, uint64_t *id, bool *known);

enum recipient_state {
	RECIPIENT_WAITING, RECIPIENT_DELIVERED,
	RECIPIENT_REPORT,         /* failed, and the sender is still to be told */
	RECIPIENT_FAILED,
	RECIPIENT_DELETED,        /* by the owner */
	RECIPIENT_RELAYED,        /* delivered, and the sender is still to be told */
};

struct store_recipient {
	uint64_t id, message, destination;
	uint64_t lane;            /* relay/queue/lane.h */
	char *address, *original, *orcpt;
	uint8_t notify;
	enum recipient_state state;
	unsigned failures;
	int64_t due_ms, expires_ms;
	int64_t notice_ms;        /* when to tell that it is late; STORE_NEVER: not (any more); 0: it is being told */
	int64_t tried_ms;         /* when an attempt was last over; 0 never */
	struct reply reply;       /* the last */
	char *earlier;            /* what an earlier next hop said before it; "" (or NULL) */
};

void store_recipient_free(struct store_recipient *r);
void store_put_recipient(struct store *s, const struct store_recipient *r);   /* id is ignored */

/* After the recipients: how many wait, and when failures are to be reported (STORE_NEVER). */
void store_put_waiting(struct store *s, uint64_t message, unsigned waiting, int64_t report_ms);

struct store_message {
	uint64_t id;
	uint32_t uid;
	char *sender, *envid, *from_domain, *message_id, *body_file;
	char *unit, *container;          /* "": not known */
	enum dsn_ret ret;
	bool eight_bit, utf8, require_tls, tls_optional, no_data, redirected;
	int64_t arrival_ms;
	uint64_t size_bytes, checksum;   /* of the body file; 0: not known */
	unsigned waiting;
};

void store_message_free(struct store_message *m);
bool store_load_message(struct store *s, uint64_t id, struct store_message *out);
void store_load_body(struct store *s, uint64_t id, struct buf *out);

/* The next lane of a destination above that one (-1 first) with mail waiting; -1: none. */
int64_t store_next_lane(struct store *s, uint64_t destination, int64_t after);
int64_t store_first_due(struct store *s, uint64_t destination, uint64_t lane);   /* STORE_NEVER: none */

/* Where a walk through a lane's waiting recipients stands: in the order of due time and id. */
struct store_cursor { int64_t due_ms; uint64_t id; };

/* The next recipients of one message that are due, at most max; moves the cursor. */
size_t store_next_recipients(struct store *s, uint64_t destination, uint64_t lane, int64_t now_ms,
                             struct store_cursor *cursor, struct store_recipient *out, size_t max);

/* Recipients that wait at the destination and whose time is over, or of which a notice is due; at most max. */
size_t store_overdue(struct store *s, uint64_t destination, int64_t now_ms, struct store_recipient *out, size_t max);

#endif
