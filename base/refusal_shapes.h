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

#include <stdint.h>

/* Of what the words speak, as a set of bits. */
#define OUR_HOST        (1ull << 0)         /* the connecting host, without doubt */
#define OUR_MARK        (1ull << 1)         /* its address somewhere, or an IP address of whomever */
#define LIST            (1ull << 2)         /* a list of addresses, by name or kind */
#define LISTED          (1ull << 3)         /* being on one, or known for bad things */
#define DENIED          (1ull << 4)
#define REPUTATION      (1ull << 5)
#define DYNAMIC         (1ull << 6)
#define COUNTRY         (1ull << 7)
#define PTR             (1ull << 8)
#define NOT_OURS        (1ull << 9)         /* another's address, or words that are quoted */
#define AUTHENTICATION  (1ull << 10)        /* SPF, DKIM, DMARC */
#define SENDER          (1ull << 11)
#define RECIPIENT       (1ull << 12)        /* the recipient, by that word */
#define NOT_FOUND       (1ull << 13)        /* not in the DNS */
#define CONTENT         (1ull << 14)
#define SPAM            (1ull << 15)        /* the mail is spam, not: the host sends spam */
#define VIRUS           (1ull << 16)
#define LINK            (1ull << 17)
#define RELAY           (1ull << 18)
#define LOGIN           (1ull << 19)
#define MAILBOX         (1ull << 20)        /* there is none */
#define CLOSED          (1ull << 21)
#define FULL            (1ull << 22)
#define TOO_LARGE       (1ull << 23)
#define LOOP            (1ull << 24)
#define RECIPIENTS      (1ull << 25)
#define RATE            (1ull << 26)
#define ALLOWANCE       (1ull << 33)   /* of this account or host, used up */
#define GREYLISTING     (1ull << 27)
#define LOOKUP          (1ull << 28)        /* a list's page about our address */
#define TLS             (1ull << 29)
#define HELO            (1ull << 30)
#define SYNTAX          (1ull << 31)
#define LATER           (1ull << 32)        /* says that it is temporary */

uint64_t refusal_words_in(const struct refusal_text *t);

/* The shapes that are asked before the table, and those behind it; the name of a reason, or NULL. */
const char *refusal_shape_first(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t);
const char *refusal_shape(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t);

/* What the enhanced status says by itself, then the code; the name of a reason, or NULL. */
const char *refusal_status_says(const char *status, unsigned code);

#endif
