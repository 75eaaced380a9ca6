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
	struct buf domain;    /* "" where the hops are smarthosts only: one state for all domains */
	struct via via;
	struct fault held;    /* why, when held */
};

/* sender: "" is the null sender. */
void place_find(const struct routes *r, struct span address, struct span sender, struct place *out);
void place_free(struct place *p);

/*
 * Where mail for the address goes by the owner's choice, next hops between
 * commas. False: the configuration does not have them all.
 */
bool place_chosen(const struct settings *s, struct span address, struct span hops, struct place *out);

/* Of a report to that sender, whose address may be root's to read. */
void place_of_report(const struct routes *r, const char *sender, struct place *out);

/* The setting encode_8bit is for a report to that sender. */
bool place_encodes_report(const struct routes *r, const char *sender);

/* The hops of a destination with that via. False: the configuration does not have them any more. */
bool place_hops(const struct routes *r, const char *domain, const struct via *via, const struct text_list *mx_hosts,
                struct text_list *hops, struct hop_rules *rules);

#endif
