/*
 * route - which way mail for a recipient domain goes: the first rule of the
 * table that matches. Pure: it asks no one.
 */
#ifndef RELAY_ROUTE_H
#define RELAY_ROUTE_H

#include "base/settings.h"

enum route_answer {
	ROUTE_FOUND,
	ROUTE_NEEDS_MX,     /* a "mx:" rule stands before any other match: ask again with the MX names */
	ROUTE_NONE,         /* nothing matches: the message is held, with the reason */
};

struct route {
	size_t rule;                  /* index into settings.routes; SIZE_MAX for default_via */
	const struct text_list *via;  /* borrowed from settings; at least one */
	unsigned fallback_on;
	int64_t fallback_for_ms;
};

/*
 * A pattern is an exact name, ".name" for every name below it but not itself
 * (as in Postfix's transport(5)), "mx:" and one of those for the receiver's MX
 * hosts, or "*". mx_hosts is NULL when the MX of domain has not been looked
 * up. Where no rule matches: settings.default_via, else ROUTE_NONE.
 */
enum route_answer route_find(const struct settings *s, struct span domain, const struct text_list *mx_hosts,
                             struct route *out);

/* One line for a person: `rule 2: "*" via mx, isp`. */
void route_describe(const struct settings *s, const struct route *r, struct buf *out);

#endif
