/* SPDX-License-Identifier: ISC */
/*
 * answers - what the DNS has said so far, and what is still to be asked.
 *
 * The evaluators of this room (trust/spf.h, trust/dmarc.h) are functions of
 * these answers. What they need and is not here becomes a question; they then
 * return "not yet", and are called again from the beginning once their caller
 * has had it answered:
 *
 *	while (!spf_check(&question, &answers, &verdict))
 *		answers_ask(&answers, dns, patience_ms);
 *
 * So they keep no state and wait for nobody; tests answer from a zone in
 * memory; and any number of evaluations go on side by side over the same
 * answers: call each, then have all that is open answered at once. Doing a step
 * again costs little, for RFC 7208 bounds the look-ups of an evaluation.
 *
 * A name is the same in either case and with a final dot. CNAMEs have been
 * followed. What was answered stays as it is: for a newer answer begin with
 * other answers.
 */
#ifndef TRUST_ANSWERS_H
#define TRUST_ANSWERS_H

#include "dns/dns.h"

enum answer_state {
	ANSWER_OPEN,         /* nobody has answered yet */
	ANSWER_FOUND,        /* there is at least one record */
	ANSWER_NO_DATA,      /* the name exists, and has no record of this type */
	ANSWER_NO_NAME,      /* NXDOMAIN; or a name that cannot be in the DNS */
	ANSWER_TROUBLE,      /* SERVFAIL, time-out, bogus: nothing is known */
};

struct answer {
	char *name;          /* lower case, no final dot */
	enum dns_type type;
	enum answer_state state;
	struct buf *records; /* TXT: its strings joined, any bytes; A, AAAA: 4 or 16 bytes; MX (by preference), PTR, CNAME, NS: a name,
	                        lower case, "" for the root */
	size_t count;
	uint32_t ttl_s;      /* of what was found */
	char *trouble;       /* with ANSWER_TROUBLE: a sentence; else NULL */
};

struct answers {         /* a zeroed one is empty */
	struct answer **items;
	uint64_t *hashes;    /* of name and type, one an item */
	size_t count, open;
};

void answers_free(struct answers *a);

/* NULL: it is open now. It stays where it is as long as the answers do. */
const struct answer *answers_get(struct answers *a, const char *name, enum dns_type type);

/* The open question after the index (0 at first), which is moved behind it; NULL: no more. */
struct answer *answers_next_open(struct answers *a, size_t *index);

/*
 * Answers a question, whether it has been asked or not. Records are added after; a name as text, an address as its 4
 * or 16 bytes. The first one makes it ANSWER_FOUND.
 */
struct answer *answers_put(struct answers *a, const char *name, enum dns_type type, enum answer_state state);
void answer_add(struct answer *r, struct span record);

/*
 * Asks the DNS all open questions side by side, and waits; none is open afterwards. patience_ms *
 * settings.time_scale for all of them.
 */
void answers_ask(struct answers *a, struct dns *d, int64_t patience_ms);

#endif
