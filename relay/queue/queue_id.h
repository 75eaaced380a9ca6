/*
 * queue_id - the number of a message in this spool, and how people see it.
 *
 * 64 bits: milliseconds since 1970 in the upper 52, a counter in the lower
 * 12. A spool never gives one twice, whatever the clock does: each is above
 * all before it. Shown in base 32 (Crockford's alphabet), 11 characters today.
 */
#ifndef RELAY_QUEUE_QUEUE_ID_H
#define RELAY_QUEUE_QUEUE_ID_H

#include "base/span.h"

#include <stdint.h>

enum { QUEUE_ID_TEXT = 16 };

/* The next after `last`, at least that of the wall clock. */
uint64_t queue_id_next(uint64_t last, int64_t wall_ms);

/* The first id of that moment, for "older than". */
uint64_t queue_id_at(int64_t wall_ms);

void queue_id_print(uint64_t id, char out[QUEUE_ID_TEXT]);
bool queue_id_parse(struct span text, uint64_t *out);

#endif
