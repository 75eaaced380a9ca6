/* SPDX-License-Identifier: ISC */
/*
 * table - from a number to a pointer: what the queue holds in memory, found
 * by id or ticket. 0 is not a key. Owns nothing it points to.
 */
#ifndef RELAY_QUEUE_TABLE_H
#define RELAY_QUEUE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table {              /* zeroed is empty */
	struct table_slot { uint64_t key; void *value; } *slots;
	size_t room, count;
};

void table_put(struct table *t, uint64_t key, void *value);
void *table_get(const struct table *t, uint64_t key);   /* NULL: not there */
void table_remove(struct table *t, uint64_t key);
void table_free(struct table *t);

#endif
