/* SPDX-License-Identifier: ISC */
#include "relay/queue/timers.h"

#include "base/buf.h"

#include <stdlib.h>

/* ---- the heap ---- */

static bool is_before(const struct timer *a, const struct timer *b)
{
	if (a->boot_ms != b->boot_ms)
		return a->boot_ms < b->boot_ms;
	return a->kind != b->kind ? a->kind < b->kind : a->id < b->id;
}

static void put_at(struct timers *t, size_t at, struct timer *x)
{
	t->heap[at] = x;
	x->at = at;
}

static void move_up(struct timers *t, struct timer *x)
{
	size_t at = x->at;

	for (; at > 0 && is_before(x, t->heap[(at - 1) / 2]); at = (at - 1) / 2)
		put_at(t, at, t->heap[(at - 1) / 2]);
	put_at(t, at, x);
}

static void move_down(struct timers *t, struct timer *x)
{
	size_t at = x->at;

	for (size_t child; (child = 2 * at + 1) < t->count; at = child) {
		child += child + 1 < t->count && is_before(t->heap[child + 1], t->heap[child]);
		if (!is_before(t->heap[child], x))
			break;
		put_at(t, at, t->heap[child]);
	}
	put_at(t, at, x);
}

static void move(struct timers *t, struct timer *x, int64_t boot_ms)
{
	bool up = boot_ms < x->boot_ms;

	x->boot_ms = boot_ms;
	if (up)
		move_up(t, x);
	else
		move_down(t, x);
}

/* ---- by name ---- */

/* 0 is not a key of a table, and is the id where a kind has one timer alone. */
static uint64_t key_of(uint64_t id)
{
	return id + 1;
}

static struct timer *find(const struct timers *t, enum timer_kind kind, uint64_t id)
{
	return table_get(&t->of[kind], key_of(id));
}

static void drop(struct timers *t, struct timer *x)
{
	struct timer *last = t->heap[--t->count];

	table_remove(&t->of[x->kind], key_of(x->id));
	if (last != x) {
		put_at(t, x->at, last);
		move_up(t, last);
		move_down(t, last);
	}
	free(x);
}

static int64_t boot_of(const struct timers *t, int64_t wall_ms)
{
	return t->boot_ms + (wall_ms - t->wall_ms);
}

static void set(struct timers *t, enum timer_kind kind, uint64_t id, int64_t boot_ms, int64_t wall_ms)
{
	struct timer *x = find(t, kind, id);

	if (x == NULL) {
		x = mem_alloc(sizeof *x);
		*x = (struct timer){ .kind = kind, .id = id, .boot_ms = INT64_MAX };
		if (t->count == t->room)
			t->heap = mem_resize(t->heap, t->room = t->room ? 2 * t->room : 64, sizeof *t->heap);
		put_at(t, t->count++, x);
		table_put(&t->of[kind], key_of(id), x);
	}
	x->wall_ms = wall_ms;
	if (x->boot_ms != boot_ms)
		move(t, x, boot_ms);
}

void timers_set(struct timers *t, enum timer_kind kind, uint64_t id, int64_t boot_ms)
{
	if (boot_ms == INT64_MAX)
		timers_drop(t, kind, id);
	else
		set(t, kind, id, boot_ms, 0);
}

void timers_set_wall(struct timers *t, enum timer_kind kind, uint64_t id, int64_t wall_ms)
{
	if (wall_ms == INT64_MAX)
		timers_drop(t, kind, id);
	else
		set(t, kind, id, boot_of(t, wall_ms), wall_ms);
}

void timers_drop(struct timers *t, enum timer_kind kind, uint64_t id)
{
	struct timer *x = find(t, kind, id);

	if (x)
		drop(t, x);
}

int64_t timers_when(const struct timers *t, enum timer_kind kind, uint64_t id)
{
	const struct timer *x = find(t, kind, id);

	return x ? x->boot_ms : INT64_MAX;
}

/* ---- time ---- */

void timers_now(struct timers *t, int64_t wall_ms, int64_t boot_ms, bool was_set)
{
	t->wall_ms = wall_ms;
	t->boot_ms = boot_ms;
	for (size_t i = 0; was_set && i < t->count; i++)
		if (t->heap[i]->wall_ms)
			t->heap[i]->boot_ms = boot_of(t, t->heap[i]->wall_ms);
	for (size_t i = was_set ? t->count / 2 : 0; i-- > 0;)
		move_down(t, t->heap[i]);
}

int64_t timers_next_ms(const struct timers *t)
{
	return t->count > 0 ? t->heap[0]->boot_ms : INT64_MAX;
}

/* The clocks drift apart: a wall time may be a little further away than when it was set. */
bool timers_take(struct timers *t, struct timer *due)
{
	while (t->count > 0 && t->heap[0]->boot_ms <= t->boot_ms) {
		struct timer *x = t->heap[0];
		if (x->wall_ms > t->wall_ms) {
			move(t, x, boot_of(t, x->wall_ms));
			continue;
		}
		*due = *x;
		drop(t, x);
		return true;
	}
	return false;
}

void timers_free(struct timers *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->heap[i]);
	free(t->heap);
	for (size_t i = 0; i < TIMER_COUNT; i++)
		table_free(&t->of[i]);
	*t = (struct timers){ 0 };
}
