/* SPDX-License-Identifier: ISC */
/*
 * dmarc - what a domain asks receivers to do with mail that is not its own
 * (RFC 9989): the tree walk, alignment, the verdict on a message, and who may
 * get its reports (RFC 9990). Functions of a question and of DNS answers
 * (trust/answers.h), false while some of these are open.
 *
 * A walk asks for the domain's own record first, and then for all the others
 * it may need at once; eight in all. A name of more than seven labels goes on at
 * its last seven.
 */
#ifndef TRUST_DMARC_H
#define TRUST_DMARC_H

#include "trust/answers.h"
#include "trust/dmarc_record.h"

enum { DMARC_QUERIES_MAX = 8 };

/* ---- the tree walk (section 4.10) ---- */

struct dmarc_hit {
	char *domain;                /* whose record it is: published at _dmarc.DOMAIN */
	size_t labels;
	struct dmarc_record record;
};

struct dmarc_walk {
	struct dmarc_hit hits[DMARC_QUERIES_MAX];   /* from the longest name to the shortest */
	size_t count;
	const struct dmarc_hit *policy;             /* the record that applies to mail from the domain; NULL: there is none */
	char *organizational;        /* domain */
	char *several;               /* the first name that has more than one record, all of which count for nothing; NULL: none */
	char *trouble;               /* a sentence: some answer is not known, and so is all the rest; NULL: none */
};

bool dmarc_walk(struct answers *answers, const char *domain, struct dmarc_walk *out);
void dmarc_walk_free(struct dmarc_walk *w);

/* ---- a message ---- */

enum dmarc_result { DMARC_RESULT_NONE, DMARC_RESULT_PASS, DMARC_RESULT_FAIL, DMARC_RESULT_TEMPERROR, DMARC_RESULT_PERMERROR };

const char *dmarc_result_name(enum dmarc_result r);   /* the words of RFC 8601 */

enum dmarc_evidence { DMARC_EVIDENCE_FAIL, DMARC_EVIDENCE_PASS, DMARC_EVIDENCE_TEMPORARY };

struct dmarc_identifier {        /* that SPF (of MAIL FROM) or a DKIM signature vouches for */
	const char *domain;
	enum dmarc_evidence evidence;
};

struct dmarc_question {
	const char *author;          /* the domain of From, A-labels; NULL or "": there is not one alone */
	struct dmarc_identifier spf; /* domain NULL: not known */
	const struct dmarc_identifier *dkim;
	size_t dkim_count;
};

struct dmarc_verdict {
	enum dmarc_result result;
	bool spf_aligned, dkim_aligned;   /* and passed */
	enum dmarc_policy policy;    /* that the domain asks for, whatever the result; DMARC_ABSENT with none */
	const char *tag;             /* "p", "sp" or "np": where it stands */
	enum dmarc_policy applied;   /* with fail: that policy, one step weaker with t=y; else DMARC_NONE */
	char *record_domain;         /* NULL: there is no record */
	char *organizational;        /* domain of the author; NULL as above */
	char *reason;                /* a sentence without its end; holds foreign bytes */
};

bool dmarc_check(const struct dmarc_question *q, struct answers *answers, struct dmarc_verdict *out);
void dmarc_verdict_free(struct dmarc_verdict *v);

/* ---- reports (RFC 9990 section 4) ---- */

enum dmarc_consent {
	DMARC_CONSENT_OWN,           /* of the same organizational domain: needs none */
	DMARC_CONSENT_GIVEN,
	DMARC_CONSENT_MISSING,       /* no reports are sent there */
	DMARC_CONSENT_UNKNOWN,       /* DNS trouble, or a URI that is not mailto: */
};

/* Does the domain of a rua or ruf URI take reports for the domain? name: where it has to say so, with a record "v=DMARC1". */
bool dmarc_consent(struct answers *answers, const char *domain, const char *uri, enum dmarc_consent *out, struct buf *name);

#endif
