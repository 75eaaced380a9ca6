/* SPDX-License-Identifier: ISC */
/*
 * aside - what is in the drop folder and is not a record that can be read:
 * NAME.bad (NAME.2.bad … where that is taken, so that none is overwritten),
 * for a person to look at. It is kept until it is ASIDE_LIFE_DAYS old and then removed. The
 * owner is told of both by mail: at once, then once an hour at most.
 */
#ifndef RELAY_PICKUP_ASIDE_H
#define RELAY_PICKUP_ASIDE_H

#include "relay/pickup/pickup.h"

enum { ASIDE_LIFE_DAYS = 30 };

struct aside;

struct aside *aside_new(struct pickup *p, int folder);

bool aside_is_name(const char *name);

/* Renames; bare is the name that it came with. Appends the new name to kept; -1 when it cannot be renamed. */
int aside_put(struct aside *a, const char *name, struct span bare, struct buf *kept);

/* One more line for the owner. who: "uid 1000" */
void aside_tell(struct aside *a, const char *kept, const char *who, const char *why);

/* Found in the folder: removed when it is old enough, which is told too. */
void aside_found(struct aside *a, const char *name);

/* Boot time of the next notice; INT64_MAX when there is nothing to tell. */
int64_t aside_deadline_ms(const struct aside *a);

/* Hands the notice to the queue, as a message to root. */
void aside_send(struct aside *a);

/* False when the ticket is not of a notice. */
bool aside_submitted(struct aside *a, const struct submitted *answer);

#endif
