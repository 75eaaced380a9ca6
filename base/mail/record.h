/* SPDX-License-Identifier: ISC */
/*
 * record - the submission record: one message as a caller gave it, and its
 * envelope. The same bytes travel over the socket and are in the drop folder.
 *
 *   8 bytes   "SIGNETR" and the version (RECORD_VERSION)
 *   u32       length of the envelope
 *   envelope  packed (base/shape.h): what was added last comes last
 *   u64       length of the message
 *   message   exactly as the caller gave it: any line ends, any bytes
 *
 * The lengths make a cut record detectable. A reader of this version reads
 * this version and older, and refuses newer.
 */
#ifndef BASE_MAIL_RECORD_H
#define BASE_MAIL_RECORD_H

#include "base/fault.h"
#include "base/shape.h"

#include <stdint.h>
#include <sys/types.h>

enum {
	RECORD_VERSION = 2,
	RECORD_ID_BYTES = 16,
	RECORD_MAGIC_BYTES = 8,
	RECORD_ENVELOPE_MAX = 32 * 1024 * 1024,
	RECORD_RECIPIENTS_MAX = 50000,
};

/* RFC 3461 section 4.1; 0 means the parameter was not given. */
enum { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4, NOTIFY_DELAY = 8 };

enum dsn_ret { DSN_RET_UNSET, DSN_RET_FULL, DSN_RET_HEADERS };
enum body_type { BODY_UNSET, BODY_7BIT, BODY_8BITMIME };

struct record_recipient {
	char *address;    /* as given: may be bare, not yet rewritten */
	uint8_t notify;   /* NOTIFY_ bits */
	char *orcpt;      /* RFC 3461 4.2 "type;xtext", or "" */
};

#define RECORD_PROGRAM_OURS "signet"      /* the program of what pickup itself writes; no SMTP client is called so */

struct record {
	uint8_t id[RECORD_ID_BYTES];      /* random; the store keeps one per (uid, id) */
	char *program;                    /* advisory: argv[0] or its caller's name */
	char *sender;                     /* -f; "" is the null sender */
	bool sender_given;                /* false: pickup makes it from the uid */
	char *full_name;                  /* -F, or "" */
	char *envid;                      /* -V, or "" */
	enum dsn_ret ret;                 /* -R */
	enum body_type body_type;         /* -B */
	bool headers_gave_recipients;     /* -t was used */
	bool require_tls;                 /* -O RequireTLS; since version 2 */
	struct record_recipient *recipients;
	size_t recipient_count;
	uint64_t message_bytes;
};

extern const struct shape record_shape;   /* of the envelope */
void record_free(struct record *r);

/* To a record that is being made; what was decoded has no room for more. */
void record_add_recipient(struct record *r, struct span address, uint8_t notify, struct span orcpt);

/* Everything before the message; the caller then sends message_bytes bytes. */
void record_encode_head(const struct record *r, struct buf *out);

/*
 * Reads the head at the front of in. Returns the bytes it took, 0 when more
 * are needed, -1 with a fault (5.6.0 malformed, 4.3.0 newer version). On > 0
 * out is owned by the caller.
 */
ssize_t record_decode_head(struct span in, struct record *out, struct fault *f);

#endif
