/* SPDX-License-Identifier: ISC */
/*
 * kept - the fields of a message's header section, and what becomes of each:
 * one table of those that differ from what their grammar (base/mail/field_form.h)
 * says. VT, FF, NUL, and CR that end no line, have become blanks, which is what
 * some readers take them for and others do not; and so have blanks that nobody
 * sees, in fields of addresses.
 *
 * Faults: 5.6.0 From twice, 5.4.6 a mail loop (RFC 5321 section 6.3).
 */
#ifndef RELAY_PICKUP_KEPT_H
#define RELAY_PICKUP_KEPT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/mail/address.h"
#include "base/mail/field_form.h"
#include "base/mail/message.h"

#include <stdint.h>

enum { KEPT_RECEIVED_MAX = 50 };

enum kept_action {
	KEPT_AS_IS,
	KEPT_NOT,
	KEPT_QUALIFIED,    /* an address list (base/mail/field_form.h) whose bare addresses get @domain */
	KEPT_REWRITTEN,    /* and whose addresses are the sender's */
};

/* Fields that more is known of than what to do: to see which are missing or there twice. */
enum kept_known {
	KEPT_FROM, KEPT_SENDER, KEPT_REPLY_TO, KEPT_TO, KEPT_CC, KEPT_DATE, KEPT_MESSAGE_ID, KEPT_SUBJECT,
	KEPT_IN_REPLY_TO, KEPT_REFERENCES, KEPT_RECEIVED, KEPT_LIST, KEPT_UNSUBSCRIBE, KEPT_PRECEDENCE, KEPT_TLS_REQUIRED,
	KEPT_MIME_VERSION, KEPT_CONTENT_TYPE, KEPT_TRANSFER_ENCODING, KEPT_OTHER, KEPT_KNOWN_COUNT,
};

/* What becomes of a second one; relay/pickup/repeated.h does it. */
enum kept_again {
	KEPT_ANY_NUMBER,
	KEPT_JOINED,       /* its addresses, ids or URLs go to those of the first */
	KEPT_ASIDE,        /* as X-Original-... */
	KEPT_ONCE,         /* the same, but not when it says what the first does */
};

#define KEPT_NO_FIELD SIZE_MAX

struct kept_field {
	struct field field;      /* into the header, its value perhaps into `said` */
	char *said;              /* what the encoded words of an address field stand for, where they hold its addresses; owned */
	enum kept_known known;
	enum kept_action action;
	enum kept_again again;
	enum field_grammar grammar;
	size_t joined;           /* the next field whose addresses, ids or URLs go to this one, or KEPT_NO_FIELD */
	bool aside;
	uint8_t resent_missing;  /* RESENT_ bits (relay/pickup/resending.h): before this one, which begins a block */
};

struct kept {
	struct buf header;
	struct kept_field *fields;
	size_t count;
	size_t seen[KEPT_KNOWN_COUNT];
	bool from_is_broken;     /* there is none with an address in it */
};

bool kept_has_addresses(const struct kept_field *kept);
enum address_separators kept_separators(const struct kept_field *kept);

/* Of a field of ids: one without its brackets, and nothing else; servers refuse it (RFC 5322 section 3.6.4). */
bool kept_is_bare_id(const struct kept_field *kept);

/* Somebody can write to it: its domain, where it has one, can be one, and it is UTF-8. */
bool kept_is_writable(const struct address *a);

/* out is zeroed; header becomes its own, also with a fault. mbox lines in front are skipped. */
int kept_read(struct buf header, struct kept *out, struct fault *f);
void kept_free(struct kept *k);

/* What it holds in memory, about. */
size_t kept_held_bytes(const struct kept *k);

#endif
