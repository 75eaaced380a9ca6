/*
 * refusal_shapes - what a refusal is about where no row of the table has the
 * reply: words, and which of them together mean what. For base/refusal.c.
 *
 * A word belongs to one or more groups (what it speaks of); a shape asks for
 * groups and forbids others. The first shape that fits decides.
 */
#ifndef BASE_REFUSAL_SHAPES_H
#define BASE_REFUSAL_SHAPES_H

#include "base/refusal_text.h"

/* Of what the words speak, as a set of bits. */
enum {
	OUR_HOST       = 1 << 0,   /* the connecting host */
	LIST           = 1 << 1,   /* a list of addresses, by name or kind */
	LISTED         = 1 << 2,   /* being on one, or known for bad things */
	DENIED         = 1 << 3,
	REPUTATION     = 1 << 4,
	DYNAMIC        = 1 << 5,
	COUNTRY        = 1 << 6,
	PTR            = 1 << 7,
	NOT_OURS       = 1 << 8,   /* another's address, or words that are quoted */
	AUTHENTICATION = 1 << 9,   /* SPF, DKIM, DMARC */
	SENDER         = 1 << 10,
	NOT_FOUND      = 1 << 11,  /* not in the DNS */
	CONTENT        = 1 << 12,
	SPAM           = 1 << 13,  /* the mail is spam, not: the host sends spam */
	VIRUS          = 1 << 14,
	LINK           = 1 << 15,
	RELAY          = 1 << 16,
	LOGIN          = 1 << 17,
	MAILBOX        = 1 << 18,  /* there is none */
	CLOSED         = 1 << 19,
	FULL           = 1 << 20,
	TOO_LARGE      = 1 << 21,
	LOOP           = 1 << 22,
	RECIPIENTS     = 1 << 23,
	RATE           = 1 << 24,
	GREYLISTING    = 1 << 25,
	LOOKUP         = 1 << 26,  /* a list's page about our address */
	TLS            = 1 << 27,
	HELO           = 1 << 28,
	SYNTAX         = 1 << 29,
	LATER          = 1 << 30,  /* says that it is temporary */
};

unsigned refusal_words_in(const struct refusal_text *t);

/* The shapes that are asked before the table, and those behind it; the name of a reason, or NULL. */
const char *refusal_shape_first(unsigned words, const struct refusal_heard *heard, const struct refusal_text *t);
const char *refusal_shape(unsigned words, const struct refusal_heard *heard, const struct refusal_text *t);

/* What the enhanced status says by itself, then the code; the name of a reason, or NULL. */
const char *refusal_status_says(const char *status, unsigned code);

#endif
