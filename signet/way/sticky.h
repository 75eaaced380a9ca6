/* SPDX-License-Identifier: ISC */
/*
 * sticky - what keeps mail off the way that its route says, as signetd knows
 * it: the blocked sites, which distrust this host's address, and the detours of
 * all that would go straight (on_address_change). signet route --sticky, and what
 * signet route says of a hop.
 */
#ifndef SIGNET_WAY_STICKY_H
#define SIGNET_WAY_STICKY_H

#include "base/view/control.h"
#include "dns/target.h"

struct sticky_list {
	bool known;                   /* else: why not */
	struct fault fault;
	struct control_sticky *items;
	size_t count;
	struct control_detour detours[2];
	size_t detour_count;
};

/* Asks at the owner's socket. */
void sticky_ask(const char *control, struct sticky_list *out);
void sticky_list_free(struct sticky_list *l);

/* What mail to a domain does at a hop that refuses an address of ours. */
enum sticky_way {
	STICKY_NOT,              /* it refuses none */
	STICKY_OTHER_ADDRESS,    /* goes there from another one */
	STICKY_PASSED_BY,        /* goes on to the next hop */
	STICKY_WAITS,            /* is tried there all the same, and waits: there is no other way */
};

struct sticky_hop {
	enum sticky_way way;
	const struct control_sticky *block;   /* of the list; NULL with STICKY_NOT */
};

/* The hop is that smarthost, or (NULL) those MX hosts; passes: mail goes on from it where it refuses all of ours. */
struct sticky_hop sticky_of_hop(const struct sticky_list *l, const char *smarthost, const struct target *targets,
                                size_t count, struct span domain, bool passes);

/*
 * The detour that mail for those MX hosts takes, by a family of their addresses; NULL for none. *straight: what does not
 * take it goes straight, by the other family.
 */
const struct control_detour *sticky_detour(const struct sticky_list *l, const struct target *targets, size_t count, bool *straight);

/* signet route --sticky [--json] [--clear SITE|all]: the exit status. */
int sticky_show(const char *control, bool json);
int sticky_clear(const char *control, const char *which);

#endif
