/*
 * normal - the normal form of a message: the one place where its bytes
 * change. Takes it as the caller gave it, cut anywhere, and yields what the
 * queue keeps, the signer signs and the wire carries.
 *
 * Lines end in CRLF, whatever they ended in: LF, CRLF, a bare CR, or up to a
 * thousand CR before an LF (CRLF converted once too often). A leading mbox
 * "From " line goes. Of the header section (RFC 5322 section 3.6) Bcc,
 * Resent-Bcc and Return-Path go, blanks before a colon go, VT, FF and NUL
 * become blanks, bare addresses get @domain, From and Sender of mail that
 * leaves are rewritten (relay/pickup/rewrite.h), missing From, Date, Message-ID
 * and To are added, and a Received field without uid, pid or program stands in
 * front. Of fields that may be there once, several To, Cc and Reply-To become
 * one, and of Subject, Sender, Date, Message-ID, In-Reply-To and References the
 * later ones are set aside as X-Original-NAME. The body only gets its line ends;
 * NUL and bytes above 0x7f pass. One of nothing but blanks and line ends keeps
 * these alone.
 *
 * Faults: 5.6.0 From twice, 5.4.6 a mail loop (RFC 5321 section 6.3), 5.3.4
 * header section over NORMAL_HEADER_MAX. State is O(1) in the size of the
 * body; the header section is kept.
 */
#ifndef RELAY_PICKUP_NORMAL_H
#define RELAY_PICKUP_NORMAL_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/record.h"
#include "base/settings.h"

enum { NORMAL_HEADER_MAX = 1024 * 1024, NORMAL_RECEIVED_MAX = 50 };

struct normal_options {
	const struct settings *settings;      /* borrowed, as all of these */
	const uint8_t *record_id;             /* RECORD_ID_BYTES; makes a missing Message-ID */
	const char *author;                   /* address for a missing From */
	const char *full_name;                /* and the name in it, or "" */
	int64_t now_ms;                       /* wall */
};

struct normal;

struct normal *normal_new(const struct normal_options *o);

/* Appends to body what is known to be body, from behind the empty line on. */
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
	bool utf8;               /* bytes above 0x7f that are UTF-8: SMTPUTF8 (RFC 6531) */
};

/* leaving: as seen elsewhere, with the senders rewritten. Only when normal_has_header. */
void normal_make_header(const struct normal *n, bool leaving, struct normal_header *out);
void normal_header_free(struct normal_header *h);

/* After finish: any byte above 0x7f, in the header section too. */
bool normal_eight_bit(const struct normal *n);

#endif
