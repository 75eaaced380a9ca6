/* SPDX-License-Identifier: ISC */
/*
 * intake - one submission record on its way in, from the socket or the drop
 * folder: bytes cut anywhere go in, a packed FRAME_SUBMIT comes out.
 *
 * Limits are applied as soon as they can be: to recipients and size when the
 * head of the record is there, before the message has come. Large messages
 * are in files that are synced before intake_finish returns, and are removed
 * by intake_free unless the queue has taken them. A message that SMTP cannot
 * carry as it is, or that encode_8bit is for, is made fit at its end
 * (base/mail/recode.h).
 */
#ifndef RELAY_PICKUP_INTAKE_H
#define RELAY_PICKUP_INTAKE_H

#include "relay/pickup/submitter.h"
#include "relay/protocol.h"
#include "relay/route/aliases.h"
#include "relay/route/route.h"

struct intake;

struct intake_place {
	const struct settings *settings;   /* borrowed, outlives the intakes */
	const struct routes *routes;       /* the same */
	struct login_file logins;
	struct aliases *aliases;           /* NULL: none */
	bool tells_aliases;                /* logs what is wrong with them when that is news: one pickup does */
	struct buf told_of_aliases;        /* what it logged last */
	int body_folder;                   /* -1: there is no spool, and large messages stay in unnamed files */
	unsigned maker;                    /* of queue ids (relay/queue_id.h); two intakes of one maker share last_id */
	uint64_t last_id;
};

struct intake *intake_new(struct intake_place *place, const struct submitter *who);

/* Before the first byte, once: an SMTP client has said it, which the Received field tells. */
void intake_heard_from(struct intake *in, const struct caller *c);

/*
 * Takes from the front of piece. 1: the record is whole (what is left in
 * piece is not part of it), 0: more is needed, -1: the fault.
 */
int intake_feed(struct intake *in, struct span *piece, struct fault *f);

/* Appends the packed struct submit; arrival is now. */
int intake_finish(struct intake *in, uint64_t ticket, struct buf *out, struct fault *f);

/* Without a spool, after intake_finish: the file of that part, borrowed; -1: its message is in the submission. */
int intake_body(const struct intake *in, size_t part);

/* taken: the queue stored it, and the body files are the queue's. */
void intake_free(struct intake *in, bool taken);

/* Bytes of memory it holds. */
size_t intake_held_bytes(const struct intake *in);

/* Sees whether the aliases have changed; each record that comes does the same. */
void intake_refresh_aliases(struct intake_place *place);

/* What goes into log lines and SMTP commands as it is: cut to what those take, or left out. */
void intake_bound_texts(struct record *r);

/* For log lines: "uid 1000, record 0123456789abcdef". Borrowed until the next call. */
const char *intake_describe(struct intake *in);

#endif
