/* SPDX-License-Identifier: ISC */
/*
 * submit - the dialogue on the world-connectable submission socket.
 *
 * A client sends either one record (base/mail/record.h) or one query. A query is
 *
 *   8 bytes   "SIGNETQ" and the version
 *   u32       length of what follows
 *   packed    u8 operation, span argument
 *
 * The server answers with replies, each a u32 length and packed: u8 kind,
 * then what struct submit_reply holds. A record gets exactly one reply; a
 * list gets rows and then one that is not a row. The caller is known from the
 * kernel (SO_PEERCRED), never from the bytes.
 */
#ifndef BASE_MAIL_SUBMIT_H
#define BASE_MAIL_SUBMIT_H

#include "base/fault.h"
#include "base/shape.h"

#include <stdint.h>
#include <sys/types.h>

enum { SUBMIT_VERSION = 1, SUBMIT_QUERY_MAX = 16 * 1024, SUBMIT_REPLY_MAX = 1024 * 1024 };

/*
 * Of the caller's own messages; root and mailq_users may see all, and have them
 * tried, but only root may delete those of others. A message that the caller
 * may not see is as one that is not there. The argument is a selection
 * (base/view/selection.h).
 */
enum submit_operation {
	SUBMIT_LIST = 1,    /* rows: base/view/listing.h */
	SUBMIT_FLUSH,       /* try them now; rows as for SUBMIT_DELETE where the argument has lines */
	SUBMIT_SHOW,        /* ids, queued or past; rows: base/view/trace.h, with the header section of one's own */
	SUBMIT_TRACE,       /* ids, or "text"; "newer" bounds the walk back; rows: base/view/trace.h, newest first */
	SUBMIT_DELETE,      /* must say something; with "bounce" the sender is told. Rows: struct control_act (base/view/control.h) */
};

struct submit_query {
	enum submit_operation operation;
	struct span argument;
};

enum submit_reply_kind {
	SUBMIT_ACCEPTED = 1,  /* text: the queue id; it is on stable storage */
	SUBMIT_REFUSED,       /* final; fault says why */
	SUBMIT_BUSY,          /* nothing stored; try again */
	SUBMIT_ROW,           /* text: one packed row, as the operation has it */
	SUBMIT_END,           /* text: a closing sentence for a person, may be empty */
};

struct submit_reply {
	enum submit_reply_kind kind;
	struct fault fault;   /* REFUSED and BUSY */
	struct span text;     /* the others; borrowed */
};

extern const struct shape submit_query_shape, submit_reply_shape;   /* of what is packed */
void submit_encode_query(const struct submit_query *q, struct buf *out);
void submit_encode_reply(const struct submit_reply *r, struct buf *out);

/* Both: bytes taken from the front of in, 0 for more needed, -1 for malformed. */
ssize_t submit_decode_query(struct span in, struct submit_query *out, struct fault *f);
ssize_t submit_decode_reply(struct span in, struct submit_reply *out, struct fault *f);

#endif
