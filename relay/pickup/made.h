/* SPDX-License-Identifier: ISC */
/*
 * made - the fields that pickup makes: Received, and what was missing of From,
 * To, Date and Message-ID (RFC 5322 section 3.6), or of those of a resending.
 * Each appends a whole field to out, unless it says else. Pure but for the
 * local time zone.
 */
#ifndef RELAY_PICKUP_MADE_H
#define RELAY_PICKUP_MADE_H

#include "base/buf.h"
#include "relay/protocol.h"

/* Without uid, pid or program. heard: of an SMTP client; else NULL. */
void made_received(const char *hostname, const struct caller *heard, uint64_t queue_id, int64_t now_ms, struct buf *out);

/*
 * Appends the value of a From: the address, and full_name, unless it is "", as
 * a phrase or a quoted string with any bytes (base/mail/field_form.h encodes them).
 */
void made_author(const char *author, const char *full_name, struct buf *out);

/* Appends a display name: a phrase of atoms, or a quoted string. Control bytes are left out. */
void made_name(const char *name, struct buf *out);

void made_to(struct buf *out);

/* X-Original-To, with what is not ASCII in the address escaped: no server has to know SMTPUTF8 for its sake. */
void made_original_to(const char *address, struct buf *out);

/* name: of the field. */
void made_date(const char *name, int64_t now_ms, struct buf *out);

/* number: 0, or which one more of this message it is. */
void made_message_id(const char *name, const uint8_t id[RECORD_ID_BYTES], size_t number, const char *domain,
                     struct buf *out);

#endif
