/* SPDX-License-Identifier: ISC */
/*
 * normal - the normal form of a message: the one place where its bytes
 * change. Takes it as the caller gave it, cut anywhere, and yields what the
 * queue keeps, the signer signs and the wire carries.
 *
 * Its parts: line ends, and where the header section ends (split.h, white.h);
 * which fields go, stay or change (kept.h), and those that are there too often
 * (repeated.h); what a resending lacks (resending.h); addresses (rewrite.h);
 * bytes above 0x7f and long lines (base/mail/field_form.h); fields that are added
 * (made.h). A leading mbox "From " line and blanks before a colon go. The body
 * only gets its line ends, unless it is white space alone; what SMTP does not
 * carry of it is for base/mail/recode.h.
 *
 * A message that was redirected has an X-Original-To for each recipient it was
 * for.
 *
 * Faults: those of split.h, kept.h and base/mail/field_form.h, and 5.3.4 for a header
 * section that is too large when it is made. State is O(1) in the size of the body;
 * the header section is kept.
 */
#ifndef RELAY_PICKUP_NORMAL_H
#define RELAY_PICKUP_NORMAL_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/fault.h"
#include "base/mail/record.h"
#include "relay/protocol.h"

struct normal_options {
	const struct settings *settings;      /* borrowed, as all of these */
	const uint8_t *record_id;             /* RECORD_ID_BYTES; makes a missing Message-ID */
	const char *author;                   /* address for a missing From */
	const char *full_name;                /* and the name in it, or "" */
	int64_t now_ms;                       /* wall */
	const struct text_list *redirected;   /* addresses for X-Original-To; NULL for none */
	const struct caller *heard;           /* an SMTP client; else NULL */
};

struct normal;

struct normal *normal_new(const struct normal_options *o);

/* Appends to body what is known to be body, which begins after the empty line. */
int normal_feed(struct normal *n, struct span piece, struct buf *body, struct fault *f);
int normal_finish(struct normal *n, struct buf *body, struct fault *f);
void normal_free(struct normal *n);

/* What it holds in memory, about. */
size_t normal_held_bytes(const struct normal *n);

/* From the moment body got its first byte, and after finish. */
bool normal_has_header(const struct normal *n);

struct normal_header {
	struct buf bytes;        /* with the empty line */
	char *from_domain;       /* lower case; "" when From names none */
	char *message_id;        /* without angle brackets */
	size_t grown_bytes;      /* by how much the fields that were given have grown */
	bool utf8;               /* an address in it needs SMTPUTF8 (RFC 6531) */
	bool tls_optional;       /* TLS-Required: No (RFC 8689) */
	bool bulk;               /* List-Id, List-Unsubscribe, or Precedence: bulk, list or junk */
};

/* leaving: as seen elsewhere, with the senders rewritten. queue_id: for Received. Only when normal_has_header. out is to be freed also after -1. */
int normal_make_header(const struct normal *n, bool leaving, uint64_t queue_id, struct normal_header *out, struct fault *f);
void normal_header_free(struct normal_header *h);

/* After finish: any byte above 0x7f in the body. */
bool normal_eight_bit(const struct normal *n);

#endif
