/* SPDX-License-Identifier: ISC */
/*
 * queue_id - the number of a message in this spool, and how people see it.
 *
 * 64 bits: milliseconds since 1970 in the upper 52, then who made it in 7 and
 * a counter in 5. It is made where a message gets its Received field, which
 * names it: by a pickup, or by the queue for what it makes itself. Two makers
 * never make the same one. One maker's are each above all before them, whatever
 * the clock does; the queue, which knows what it stores, gives another in place of
 * one that it has already. Shown in base 32 (Crockford's alphabet), 11 characters today.
 */
#ifndef RELAY_QUEUE_ID_H
#define RELAY_QUEUE_ID_H

#include "base/span.h"

#include <stdint.h>

enum { QUEUE_ID_TEXT = 16 };

/* Makers: the queue, and pickups by their instance. */
enum { QUEUE_ID_QUEUE = 0, QUEUE_ID_PICKUP = 1, QUEUE_ID_MAKERS = 128 };

/* That maker's next, above `last` and at least that of the wall clock. */
uint64_t queue_id_next(uint64_t last, unsigned maker, int64_t wall_ms);

/* The first id of that moment, for "older than". */
uint64_t queue_id_at(int64_t wall_ms);

void queue_id_print(uint64_t id, char out[QUEUE_ID_TEXT]);
bool queue_id_parse(struct span text, uint64_t *out);

#endif
