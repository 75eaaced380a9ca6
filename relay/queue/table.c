/* SPDX-License-Identifier: ISC */
#include "relay/queue/table.h"

#include "base/buf.h"

#include <stdlib.h>

enum { LEAST_ROOM = 16 };

/* Room is a power of two; Fibonacci hashing spreads ids that count up. */
static size_t home(const struct table *t, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15U) >> 32) & (t->room - 1);
}

static size_t find(const struct table *t, uint64_t key)
{
	size_t i = home(t, key);

	while (t->slots[i].key != 0 && t->slots[i].key != key)
		i = (i + 1) & (t->room - 1);
	return i;
}

static void grow(struct table *t)
{
	struct table old = *t;

	t->room = old.room ? old.room * 2 : LEAST_ROOM;
	t->slots = mem_alloc(t->room * sizeof *t->slots);
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].key != 0)
			t->slots[find(t, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

void table_put(struct table *t, uint64_t key, void *value)
{
	if (key == 0)
		abort();
	if (t->count * 4 >= t->room * 3)
		grow(t);
	struct table_slot *slot = &t->slots[find(t, key)];
	if (slot->key == 0)
		t->count++;
	*slot = (struct table_slot){ key, value };
}

void *table_get(const struct table *t, uint64_t key)
{
	return t->room && key ? t->slots[find(t, key)].value : NULL;
}

/* Later keys of the run move up, so that no marker of what was removed is needed. */
void table_remove(struct table *t, uint64_t key)
{
	if (t->room == 0 || key == 0)
		return;
	size_t gap = find(t, key);
	if (t->slots[gap].key == 0)
		return;
	t->count--;
	for (size_t i = (gap + 1) & (t->room - 1); t->slots[i].key != 0; i = (i + 1) & (t->room - 1)) {
		size_t from_home = (i - home(t, t->slots[i].key)) & (t->room - 1);
		if (from_home >= ((i - gap) & (t->room - 1))) {
			t->slots[gap] = t->slots[i];
			gap = i;
		}
	}
	t->slots[gap] = (struct table_slot){ 0 };
}

void table_free(struct table *t)
{
	free(t->slots);
	*t = (struct table){ 0 };
}
