/* SPDX-License-Identifier: ISC */
/*
 * place - which destination a recipient belongs to, by the routing table, and
 * the next hops of a destination. Pure.
 */
#ifndef RELAY_QUEUE_PLACE_H
#define RELAY_QUEUE_PLACE_H

#include "base/buf.h"
#include "relay/queue/schedule.h"
#include "relay/queue/via.h"
#include "relay/route/route.h"

struct place {
	struct buf domain;    /* "" if all hops are smarthosts: they have one state for all domains; the user, for a mailbox */
	struct via via;
	struct fault held;    /* why it is held, if it is, */
	bool by_route;        /* and a route says so, not the want of one */
};

/* sender: "" is the null sender. */
void place_find(const struct routes *r, struct span address, struct span sender, struct place *out);
void place_free(struct place *p);

/* The same for what the owner has released from a route that holds: by the routes that do not, and there it stays. */
void place_find_released(const struct routes *r, struct span address, struct span sender, struct place *out);

/*
 * Where mail for the address goes if the owner chooses these next hops, separated by commas. A program of the aliases is
 * run here, whatever they are. False: one of them is not in the configuration.
 */
bool place_chosen(const struct settings *s, struct span address, struct span hops, struct place *out);

/* Where a report to that sender goes; if the sender is local, to the reader of local mail. */
void place_of_report(const struct routes *r, const char *sender, struct place *out);

/* Reports to that sender are encoded (the setting encode_8bit). */
bool place_encodes_report(const struct routes *r, const char *sender);

/*
 * The hops of a destination with that via and, behind those of a route that has "mx", the hops of its detour
 * (on_address_change); what the owner chose has none. False: one of them is no longer in the configuration.
 */
bool place_hops(const struct routes *r, const char *domain, const struct via *via, const struct text_list *mx_hosts,
                struct text_list *hops, struct hop_rules *rules);

#endif
