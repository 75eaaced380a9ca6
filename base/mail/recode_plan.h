/* SPDX-License-Identifier: ISC */
/*
 * recode_plan - which pieces of a message base/mail/recode.h has to change, and how:
 * the walk through its MIME structure. Pure.
 */
#ifndef BASE_MAIL_RECODE_PLAN_H
#define BASE_MAIL_RECODE_PLAN_H

#include "base/mail/recode.h"

enum recode_change_kind {
	RECODE_HEADER,          /* the header section from..body: at, to = body */
	RECODE_PART,            /* the header section from..body and the content body..to */
	RECODE_LINES,           /* from..to: lines to break */
	RECODE_CUT,             /* from..to goes */
};

struct recode_change {
	enum recode_change_kind kind;
	size_t from, body, to;             /* offsets into the message */
	enum recode_encoding was, becomes; /* of a PART's content */
	bool says_encoding;                /* the header's Content-Transfer-Encoding becomes `becomes` */
	bool adds_version;                 /* MIME-Version */
	const char *charset;               /* of the Content-Type to be set, text/plain; NULL: it stays */
	bool separated;                    /* an empty line belongs after the header section */
	bool eight_bit_too;                /* LINES */
};

struct recode_changes {
	struct recode_change *items;       /* in the message's order, apart from each other */
	size_t count;
};

/* out is zeroed, and to be freed also after -1. */
int recode_find_changes(struct span message, bool eight_bit_too, struct recode_changes *out, struct fault *f);
void recode_changes_free(struct recode_changes *c);

#endif
