/* SPDX-License-Identifier: ISC */
/*
 * detour_rule - when mail that would go straight takes the smarthosts of
 * on_address_change, and when it comes back: a pure function of what is
 * remembered of one family of this host's addresses, and of what "signet check"
 * has found out.
 *
 * It is judged by the state and not by the event: what a check could not find
 * out, or could not tell since signetd did not run, the next one tells. An
 * address that mail goes straight from is settled: the first that was heard of,
 * one that the world trusts, and one for which the owner has ended the detour.
 * Another one begins a detour once the world is known to distrust it, and ends
 * it once it is known to trust it. What is not known does neither.
 */
#ifndef RELAY_QUEUE_DETOUR_RULE_H
#define RELAY_QUEUE_DETOUR_RULE_H

#include "base/view/control.h"

struct detour_row {           /* stored; texts are owned */
	uint32_t family;          /* 4 or 6 */
	char *settled;            /* "": no address was heard of yet */
	char *address;            /* the detour is for it; "": there is none */
	int64_t since_ms;         /* wall: when it began */
	char *why;                /* what the world has against the address, for a person */
};

void detour_row_free(struct detour_row *r);

enum detour_step {
	DETOUR_STAYS,             /* nothing has changed */
	DETOUR_NOTED,             /* row has, and mail goes as before */
	DETOUR_BEGINS,
	DETOUR_ENDS,
};

enum detour_step detour_hear(struct detour_row *r, const struct control_standing *said, int64_t now_ms);

/* By the owner's word. False: there is none. */
bool detour_end(struct detour_row *r);

#endif
