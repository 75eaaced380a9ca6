/* SPDX-License-Identifier: ISC */
/*
 * alias_expand - whom mail for an address goes to: an address that leaves
 * stays as it is, a local name is looked for in the aliases. Pure.
 *
 * For a local name, bare or at a domain of this host, the first of these holds:
 *
 *   1. The alias of that name. For name+tag: that of "name+tag", then of
 *      "name+*", then of "name", whose tag goes on to the members that have
 *      none (not to those of a list that :include: names).
 *   2. The alias "*", then "default".
 *   3. The setting root; with local_map "domain" for root, postmaster and
 *      MAILER-DAEMON alone.
 *   4. With local_map "domain" it is a mailbox at the setting domain.
 *   5. It stays on this host.
 *
 * Members are looked for in the same way. A member that is the alias itself
 * ("al: al, al@example.org"), or that 2 would lead to again, is the mailbox of
 * that name: 5. What leads back to an alias further up adds nobody.
 *
 * A program that alias_programs allows stays on this host, as relay/route/local_mail.h writes it; not in a list that
 * :include: names, for that may be somebody else's. Other programs and files are refused by name, as are a member that is no address and a
 * list that cannot be read. An alias that leads to nobody is refused as a
 * whole: 5.4.6 for a loop, else 5.1.1. So is what is nested deeper than
 * ALIAS_DEPTH_MAX. Each alias is expanded once; the work is bounded by the size of the files.
 */
#ifndef RELAY_ROUTE_ALIAS_EXPAND_H
#define RELAY_ROUTE_ALIAS_EXPAND_H

#include "base/conf/settings.h"
#include "base/fault.h"
#include "base/mail/alias_file.h"

enum { ALIAS_DEPTH_MAX = 50, ALIAS_VISITS_MAX = 20000 };

/* Where an alias stands. */
struct alias_place {
	const char *file;
	const struct alias *alias;    /* NULL: there is none */
};

/* What is looked up. What it gives is valid as long as it is said there. */
struct alias_source {
	void *context;
	struct alias_place (*find)(void *context, struct span name);
	/* The list that the file at path holds. NULL: the fault. */
	const struct alias *(*list)(void *context, const char *path, struct fault *f);
};

struct alias_rules {
	const struct settings *settings;
	bool hostname_is_here;               /* as in relay/route/local_mail.h */
	const struct alias_source *source;   /* NULL: there are no aliases */
};

enum alias_verdict { ALIAS_LEAVES, ALIAS_STAYS, ALIAS_REFUSED };

struct alias_recipient {
	enum alias_verdict verdict;
	char *address;               /* LEAVES: complete, with A-labels; STAYS: as it was named; REFUSED: what stands there */
	struct alias_place place;    /* of the alias that names it */
	const char *file;            /* where it is named there: the same, or a list; NULL: in no alias */
	unsigned line;
	const struct alias *list;    /* the innermost alias around it that has an owner-; NULL: none */
	bool is_loop;                /* REFUSED: it leads back to itself, and to nobody else */
	char status[FAULT_STATUS_MAX];
	char *why;                   /* REFUSED, and STAYS where it is held; else "" */
};

struct alias_expansion {
	struct alias_recipient *items;
	size_t count;
};

/*
 * Appends whom mail for address, which has passed address_check, goes to: at least one. Stops soon after most are there.
 * What it borrows is the source's.
 */
void alias_expand(const struct alias_rules *rules, struct span address, size_t most, struct alias_expansion *out);
void alias_expansion_free(struct alias_expansion *e);

/*
 * Pickup cannot tell whether hostname is this host, so it does not look for its names in the aliases. When the DNS
 * has said that it is, one recipient has to stay one: appends the reader of address where an alias leads to
 * one alone. False: it is no name there, or has no such alias.
 */
bool alias_reader_at_hostname(const struct settings *s, const struct alias_source *source, struct span address,
                              struct alias_expansion *out);

/*
 * Who sends to a list: the address of owner-NAME where that is one address at the setting domain, else
 * owner-NAME itself, a bare name. Appended.
 */
void alias_owner(const struct alias_rules *rules, const struct alias *list, struct buf *out);

#endif
