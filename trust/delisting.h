/* SPDX-License-Identifier: ISC */
/*
 * delisting - where a request to a receiver stands, that it trusts an address of
 * ours again: what is to be done next. Pure.
 */
#ifndef TRUST_DELISTING_H
#define TRUST_DELISTING_H

#include "base/text_list.h"

#include <stdint.h>

enum delisting {
	DELISTING_NO_NEED,       /* nothing shows that it refuses any of our addresses */
	DELISTING_ASK,           /* it does, and was not asked */
	DELISTING_ASK_ADDRESS,   /* it was asked, but for another address than we have now */
	DELISTING_ASK_LATE,      /* it was asked long ago, and refuses still */
	DELISTING_WAIT,          /* it was asked a while ago */
	DELISTING_DONE,          /* it was asked, and has refused nothing since */
};

/* A second request before that annoys more than it helps. */
enum { DELISTING_PATIENCE_S = 7 * 24 * 60 * 60, DELISTING_QUIET_S = 24 * 60 * 60 };

struct delisting_facts {
	int64_t asked_s;         /* wall; 0: never */
	const struct text_list *asked_for;   /* addresses */
	const struct text_list *ours;        /* addresses that mail goes out from now; may be empty: not known */
	int64_t refused_s;       /* when it last refused one of them; 0: never, as far as is known */
	bool blocked;            /* signetd passes it by at this moment */
	int64_t now_s;
};

/* new_address: with DELISTING_ASK_ADDRESS, the first of ours that was not asked for; borrowed. */
enum delisting delisting_next(const struct delisting_facts *f, const char **new_address);

#endif
