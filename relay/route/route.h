/* SPDX-License-Identifier: ISC */
/*
 * route - which way mail goes: the first rule of the configuration that matches
 * its recipient's domain and its sender. It asks nobody.
 *
 * A rule's recipients are patterns or a table (relay/route/route_table.h). A
 * pattern is an exact name, ".name" for every name below it but not itself
 * (as in Postfix's transport(5)), "mx:" and one of those for the receiver's MX
 * hosts, or "*". A rule with senders is for them alone: "me@example.org",
 * "example.org" or "@example.org", ".example.org", "*" for every sender but
 * the null one, and "<>" for that: our own bounces and notices, which no
 * other sender's rule concerns. Letters' case does not matter. Where no rule
 * matches: settings.default_via.
 */
#ifndef RELAY_ROUTE_ROUTE_H
#define RELAY_ROUTE_ROUTE_H

#include "base/conf/settings.h"
#include "relay/route/hop.h"

/* ---- the rules and their tables ---- */

struct routes;

/* Reads the tables. NULL: each fault of theirs is a line of faults, with file and line. Borrows s. */
struct routes *routes_read(const struct settings *s, struct buf *faults);

/* With the tables that another process has read: its routes_image, borrowed; -1 for none. NULL: it is not an image. */
struct routes *routes_open(const struct settings *s, int image);
void routes_free(struct routes *r);

int routes_image(const struct routes *r);              /* a read-only descriptor; -1 where no rule has a table */
uint64_t routes_fingerprint(const struct routes *r);   /* of what the tables say; 0 without */
const struct settings *routes_settings(const struct routes *r);

/* ---- this host's own name ---- */

/*
 * Mail for hostname stays here, unless the name has an MX elsewhere. Only the
 * DNS knows, so who may ask it says what it said; until then the question is
 * open, and route_find says ROUTE_NEEDS_MX. Nobody who must not wait asks.
 */
enum hostname_mx { HOSTNAME_UNKNOWN, HOSTNAME_HERE, HOSTNAME_ELSEWHERE };
void routes_set_hostname_mx(struct routes *r, enum hostname_mx mx);
enum hostname_mx routes_hostname_mx(const struct routes *r);

/*
 * What the DNS said about domain: trouble is FAULT_NONE, or of which kind; elsewhere: its MX are other
 * hosts. True where domain is hostname and that settles it.
 */
bool routes_learn_hostname_mx(struct routes *r, struct span domain, enum fault_kind trouble, bool elsewhere);

/* Mail for the address stays on this host, as far as is known. */
bool routes_is_local(const struct routes *r, struct span address);

/*
 * The setting root in place of an address that stays, where it is set; else the address. Borrowed, and may stay as well.
 * routes_settled_of leaves out what pickup has decided already, by the aliases: all but mail for hostname.
 */
const char *routes_reader_of(const struct routes *r, const char *address);
const char *routes_settled_of(const struct routes *r, const char *address);

/* Whom mail for such an address goes to: itself; *reader is root where nothing is delivered here. -1: it is held, as local_mail_reader says. */
int routes_reader(const struct routes *r, struct span address, struct span *reader, struct fault *f);

/* ---- finding ---- */

enum route_answer {
	ROUTE_FOUND,
	ROUTE_NEEDS_MX,     /* a "mx:" rule stands before any other match, or it is hostname: ask again with the MX names */
	ROUTE_NONE,         /* nothing matches: the message is held, with the reason */
	ROUTE_HOLDS,        /* what matches holds mail until the owner releases it: via is HOLD_HOP */
};

struct route_question {
	struct span domain;                 /* the recipient's */
	struct span sender;                 /* the whole address, "<>" for the null one; "" fits no rule with senders */
	const struct text_list *mx_hosts;   /* NULL: not looked up yet */
	bool released;                      /* rules that hold do not count */
};

struct route {
	size_t rule;                  /* index into settings.routes; SIZE_MAX for default_via */
	unsigned line;                /* of the rule's table; 0 without */
	const struct text_list *via;  /* borrowed; at least one */
	unsigned fallback_on;
	int64_t fallback_after_ms, fallback_for_ms;
};

/* The way to the mailbox of an address that stays. False: it does not stay. */
bool routes_to_mailbox(const struct routes *r, struct span address, struct route *out);

enum route_answer route_find(const struct routes *r, const struct route_question *q, struct route *out);

/*
 * True when mail for q's domain may go through a smarthost: at once, by falling back, or by a rule that waits for the MX
 * names, which are not asked here.
 */
bool route_may_pass_smarthost(const struct routes *r, const struct route_question *q);

/* True when mail for q's domain goes without bytes above 0x7f in its body: the setting encode_8bit. */
bool route_encodes_8bit(const struct routes *r, const struct route_question *q);

/* True when some rule is for that sender in particular. */
bool route_minds_sender(const struct routes *r, struct span sender);

/*
 * The rule behind mail for domain that goes by via, whoever sent it: how it
 * falls back. domain may be "". False: no rule leads there any more.
 */
bool route_by_via(const struct routes *r, struct span domain, const struct text_list *via, struct route *out);

/* Mail goes on from that hop (0 the first) at once when it distrusts this host's address: fallback_on = ["blocked"]. */
bool route_passes_blocked(const struct route *r, size_t hop);

/* One line for a person: `rule 2: "*" via mx, isp`. */
void route_describe(const struct settings *s, const struct route *r, struct buf *out);

#endif
