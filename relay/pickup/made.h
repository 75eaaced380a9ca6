/*
 * made - the fields that pickup makes: Received, and what was missing of From,
 * To, Date and Message-ID (RFC 5322 section 3.6). Each appends a whole field
 * to out. Pure but for the local time zone.
 */
#ifndef RELAY_PICKUP_MADE_H
#define RELAY_PICKUP_MADE_H

#include "base/buf.h"
#include "base/record.h"

/* Without uid, pid or program. */
void made_received(const char *hostname, const uint8_t id[RECORD_ID_BYTES], int64_t now_ms, struct buf *out);

/* full_name becomes a phrase, a quoted string or encoded words (RFC 2047); NULL or "" leaves it out. */
void made_from(const char *author, const char *full_name, struct buf *out);

void made_to(struct buf *out);
void made_date(int64_t now_ms, struct buf *out);

/* Returns the id without angle brackets, owned by the caller. */
char *made_message_id(const uint8_t id[RECORD_ID_BYTES], const char *domain, struct buf *out);

#endif
