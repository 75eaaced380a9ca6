/* SPDX-License-Identifier: ISC */
/*
 * via - which way the mail of a destination goes, as a value; and how the
 * store writes it down, which nobody else knows.
 *
 * In the store it is two columns. via has the names of the next hops between
 * commas; with "=" before them where the owner chose them; "?" and maybe a
 * sender where the MX hosts decide; "" for what is held. "#", a number in hex
 * and a blank come before that of one message alone. What the owner holds has
 * "!" in place of its domain.
 */
#ifndef RELAY_QUEUE_VIA_H
#define RELAY_QUEUE_VIA_H

#include "base/buf.h"
#include "base/text_list.h"

#include <stdint.h>

enum via_kind {
	VIA_HELD,                /* waits for the owner */
	VIA_BY_MX,               /* the MX hosts decide which route it is: they are resolved first */
	VIA_NAMES,               /* next hops of a route */
	VIA_CHOSEN,              /* next hops that the owner chose, and no rule */
};

/* A zeroed one is VIA_HELD, by the configuration. */
struct via {
	enum via_kind kind;
	bool held_by_owner;      /* VIA_HELD: by an order, which stands whatever the configuration says */
	bool alone;              /* of one message that has its sessions to itself (signet test), */
	uint64_t number;         /* and is told by this from others that are alone */
	char *sender;            /* VIA_BY_MX: whose rules they are, "<>" the null sender's, "" anybody's */
	struct text_list names;  /* VIA_NAMES, VIA_CHOSEN: "mx" or smarthosts, without commas and blanks; at least one */
};

void via_free(struct via *v);
bool via_eq(const struct via *a, const struct via *b);

/* The names between commas, "" where there are none: for people. Appends. */
void via_names_text(const struct via *v, struct buf *out);

/* The column via of the store, appended; and its column domain, for a destination of that domain. */
void via_print(const struct via *v, struct buf *out);
const char *via_print_domain(const struct via *v, const char *domain);

/*
 * Reads both columns. -1: malformed, and *out has the text as its only name,
 * which is nobody's: such mail waits, and its owner sees why.
 */
int via_read(struct span text, struct span domain, struct via *out);

/* In statements of the store: its mail is not held. */
#define VIA_IS_NOT_HELD_SQL(column) column "<>''"

/* The same: "mx" is among the hops of its route, or may be. Not what the owner chose. */
#define VIA_MAY_GO_STRAIGHT_SQL(column) "(" column " LIKE '?%' OR (" column " NOT LIKE '=%' AND ','||" column "||',' LIKE '%,mx,%'))"

#endif
