/* SPDX-License-Identifier: ISC */
/*
 * planner - the resolver's desk: PLAN frames in, PLANNED frames out, many at
 * a time and in any order. A plan is the hosts to try (dns/mx.h) and what
 * binds each (policy.h).
 *
 * Jobs for the same name share one look-up. At most PLANNER_JOBS_MAX are under
 * way; the rest wait in the channel, which slows the asker down.
 */
#ifndef RELAY_RESOLVER_PLANNER_H
#define RELAY_RESOLVER_PLANNER_H

#include "dns/mx.h"
#include "relay/channel.h"

enum { PLANNER_JOBS_MAX = 1000, PLANNER_UNSENT_MAX = 4 * 1024 * 1024 };

struct planner;

/* Borrows all three; answers are put on the channel, which the caller flushes. */
struct planner *planner_new(struct dns *dns, const struct settings *settings, struct channel *channel);

/* After dns_free, which ends what is under way. */
void planner_free(struct planner *p);

/* Takes the frames that were read, as many as there is room for. -1: the asker sent what is not a job. */
int planner_take(struct planner *p);

bool planner_has_room(const struct planner *p);
bool planner_is_idle(const struct planner *p);

#endif
