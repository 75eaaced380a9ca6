/* SPDX-License-Identifier: ISC */
/*
 * spf - what a domain's SPF records say of a client (RFC 7208, check_host()), as a
 * pure function of a question and of what the DNS answered (trust/answers.h,
 * which says how it is called and why).
 *
 * Where the RFC leaves a choice: a mechanism's name that cannot be in the DNS
 * does not match (4.8). A look-up without records is void whichever term asks
 * it, the addresses of MX and PTR names too, but never TXT: this is how the
 * receivers count that we know the code of. %{p} costs no look-up of its own
 * beside that of its term. A record with a syntax error is permerror before
 * anything of it is evaluated (4.6).
 */
#ifndef TRUST_SPF_H
#define TRUST_SPF_H

#include "trust/answers.h"
#include "trust/spf_record.h"

enum { SPF_COUNT_MAX = 100 };

enum spf_identity { SPF_MAIL_FROM, SPF_HELO };

struct spf_question {
	enum spf_identity identity;
	struct ip_address client;    /* ::ffff:192.0.2.1 is 192.0.2.1 */
	const char *helo;
	const char *mail_from;       /* without angle brackets; "" or NULL is <>, which stands for postmaster@HELO */
	const char *receiver;        /* for %{r}; NULL: "unknown" */
	int64_t now_s;               /* for %{t} */
	bool count_all;              /* as if nothing matched and there were no limits: for lookups and voids, SPF_COUNT_MAX at most */
};

/* Where an evaluation came to its end: a term, and the terms that led to its record. */
struct spf_step {
	char *domain;                /* whose record it stands in */
	char *term;                  /* as written; "" where no term is to blame */
	size_t column;               /* in that record; of a syntax error, the error's; 0: none */
};

struct spf_verdict {
	enum spf_result result;
	char *domain;                /* of the identity, A-labels; "" where it has none */
	char *sender;                /* local@domain: what %{s} is */
	struct spf_step *steps;      /* from the identity's own record inwards, as include: and redirect= led */
	size_t step_count;           /* 0 with none, and where neutral is for want of a match */
	char *reason;                /* a sentence without its end, for a person; holds foreign bytes */
	char *explanation;           /* the domain's own words (exp=) with fail: foreign, never to be shown as ours; "" : none */
	unsigned lookups, voids;     /* counted until the end */
	size_t error_count;          /* of syntax, in the record that the last step names */
};

/* False: questions are open in answers, and nothing else has happened. */
bool spf_check(const struct spf_question *q, struct answers *answers, struct spf_verdict *out);
void spf_verdict_free(struct spf_verdict *v);

/*
 * The record of a domain among its TXT answer: the only one, or NULL. *count: how many there are, so that none and too
 * many can be told apart.
 */
const struct buf *spf_record_of(const struct answer *txt, size_t *count);

#endif
