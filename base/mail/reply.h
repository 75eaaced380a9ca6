/* SPDX-License-Identifier: ISC */
/*
 * reply - what became of an attempt to hand a message on, as a value: what a
 * server said, or what we found ourselves. It is made once, where it was heard
 * or found, and everything after carries it: the outcome, the queue, the
 * store, the report to the sender. Nothing parses its text again.
 *
 * A server's reply (code not 0) is judged when it is made (base/mail/refusal.h).
 * Our own words (code 0) are never taken for a reply, whatever they say.
 *
 * A plain value of fixed size: copied by assignment; zeroed it says that
 * nothing was tried. Texts are cut where they are longer, and may hold foreign
 * bytes.
 */
#ifndef BASE_MAIL_REPLY_H
#define BASE_MAIL_REPLY_H

#include "base/fault.h"
#include "base/mail/refusal.h"
#include "base/shape.h"

enum { REPLY_RELAY_MAX = 320, REPLY_TEXT_MAX = FAULT_TEXT_MAX, REPLY_SOURCE_MAX = 46 };

struct reply {
	enum fault_kind kind;           /* what it means for the mail; NONE: taken */
	unsigned code;                  /* 200 to 599, as the server said it; 0: our own words */
	char status[FAULT_STATUS_MAX];  /* RFC 3463; "" for none */
	bool status_made;               /* the server gave none that fits: made from the code, and explains nothing */
	bool contradicts;               /* a 5xx whose words say that it is temporary */
	bool expired;                   /* it was the last word when the message's time was over */
	enum smtp_step step;            /* it was said in reply to, or happened at */
	const struct refusal_reason *reason;   /* of a static table; NULL for 2xx, and for our own words unless they are of a
	                                          limit that the server said */
	enum refusal_reach reach;       /* of REFUSAL_ADDRESS */
	char source[REPLY_SOURCE_MAX];  /* this end's address, "192.0.2.1"; "" not known */
	char relay[REPLY_RELAY_MAX];    /* the other end, "mx.example.org[192.0.2.1]:25"; "" for none */
	char text[REPLY_TEXT_MAX];      /* after the code, lines joined by LF; or our own sentence */
};

/* Our own words. r may be NULL. Returns -1, so that "return reply_set(...)" reads well. */
int reply_set(struct reply *r, enum fault_kind kind, const char *status, enum smtp_step step, const char *relay,
              const char *format, ...) __attribute__((format(printf, 6, 7)));
struct reply reply_of_fault(const struct fault *f, enum smtp_step step, const char *relay);
int reply_prefix(struct reply *r, const char *format, ...) __attribute__((format(printf, 2, 3)));   /* own words; -1 */
void reply_append(struct reply *r, const char *words);

/* REFUSAL_UNKNOWN where it has no reason. */
enum refusal reply_about(const struct reply *r);

/* Nothing in it is final: kind and status; what the server said stays. */
void reply_make_temporary(struct reply *r);

/* The message's time is over: it ends as undeliverable with status 5.4.7, and this was the last word. */
void reply_expire(struct reply *r);

/*
 * One line for the log and for lists: "RELAY said: 550 5.1.1 no such user (in
 * reply to RCPT TO)", "250 2.0.0 Ok" of what was taken, or our own words.
 */
void reply_print(const struct reply *r, struct buf *out);

/* What was said and nothing beside it, in one line: "550 5.1.1 no such user", or our own words. */
void reply_print_words(const struct reply *r, struct buf *out);

/* status_made, contradicts and expired in one byte, for what keeps them. False: some bits have no meaning here. */
uint8_t reply_flags(const struct reply *r);
bool reply_set_flags(struct reply *r, uint8_t flags);

extern const struct shape reply_shape;

#endif
