/* SPDX-License-Identifier: ISC */
#include "relay/queue/detour.h"

#include "base/log.h"
#include "base/view/control.h"
#include "relay/queue/blocked.h"
#include "relay/queue/destination.h"
#include "relay/queue/store_detour.h"

#include <stdlib.h>
#include <string.h>

enum { FAMILIES = 2 };

struct detours {
	struct detour_row rows[FAMILIES];
	struct detour_row stored[FAMILIES];   /* as the store has them */
	bool dirty[FAMILIES];
	bool changed;                 /* some began or ended: flow is to know, */
	bool hurries;                 /* and what waits is due with the next commit */
	uint64_t changed_ticket;
	struct text_list news;        /* for the log, with the next commit */
};

static bool is_on(const struct detour_row *r)
{
	return r->address[0] != '\0';
}

static void print_via(const struct queue *q, struct buf *out)
{
	const struct text_list *via = &q->settings->on_address_change;

	buf_clear(out);
	for (size_t i = 0; i < via->count; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", via->items[i]);
}

/* It has begun or ended, or what was said of that is taken back. */
static void note_change(struct queue *q)
{
	q->detours->changed = true;
	q->detours->changed_ticket = queue_ticket(q);
	q->all_sites_changed = true;    /* their sessions may not be of use any more */
}

static void change(struct queue *q, struct detour_row *r)
{
	q->detours->dirty[r == &q->detours->rows[1]] = true;
	q->detours->hurries = true;
	note_change(q);
}

static void copy_row(const struct detour_row *from, struct detour_row *to)
{
	detour_row_free(to);
	*to = (struct detour_row){ from->family, mem_text(from->settled), mem_text(from->address), from->since_ms, mem_text(from->why) };
}

/* Mail goes straight from that address now. What others had against the old one is over. */
static void forget_blocks(struct queue *q, const struct detour_row *r, const char *settled_before)
{
	if (settled_before[0] && strcmp(settled_before, r->settled) != 0)
		blocked_forget_family(q, r->family == 6 ? FAMILY_IPV6 : FAMILY_IPV4);
}

static void say_end(struct queue *q, const struct detour_row *r, const char *why)
{
	struct buf text = { 0 };

	buf_printf(&text, "IPv%u: mail goes straight again, from our address %s: %s", (unsigned)r->family, r->settled, why);
	text_list_add(&q->detours->news, buf_span(&text));
	buf_free(&text);
}

static void say_begin(struct queue *q, const struct detour_row *r)
{
	struct buf text = { 0 }, via = { 0 };

	print_via(q, &via);
	buf_printf(&text, "IPv%u: our address was %s and is %s, which is not trusted (%s): mail that would go straight by "
	           "IPv%u goes via %s until signet check finds that it is (signet route --sticky --clear " CONTROL_STRAIGHT " ends "
	           "that by hand)", (unsigned)r->family, r->settled, r->address, r->why, (unsigned)r->family, buf_text(&via));
	text_list_add(&q->detours->news, buf_span(&text));
	buf_free(&text);
	buf_free(&via);
}

static void end(struct queue *q, struct detour_row *r, const char *why)
{
	char *before = mem_text(r->settled);
	bool was_on = detour_end(r);

	if (was_on) {
		forget_blocks(q, r, before);
		change(q, r);
		say_end(q, r, why);
	}
	free(before);
}

static void end_without_setting(struct queue *q)
{
	for (size_t i = 0; i < FAMILIES && q->settings->on_address_change.count == 0; i++)
		end(q, &q->detours->rows[i], "on_address_change is not set any more");
}

void detour_begin(struct queue *q)
{
	q->detours = mem_alloc(sizeof *q->detours);
	for (size_t i = 0; i < FAMILIES; i++) {
		store_load_detour(q->store, i ? 6 : 4, &q->detours->rows[i]);
		copy_row(&q->detours->rows[i], &q->detours->stored[i]);
	}
	end_without_setting(q);
}

void detour_heard(struct queue *q, const struct control_standing *said)
{
	struct detour_row *r = &q->detours->rows[said->family == 6];
	char *before;

	if (q->settings->on_address_change.count == 0 || said->address[0] == '\0')
		return;
	before = mem_text(r->settled);
	enum detour_step step = detour_hear(r, said, q->wall_ms);
	forget_blocks(q, r, before);
	free(before);
	switch (step) {
	case DETOUR_STAYS:
		break;
	case DETOUR_NOTED:
		q->detours->dirty[said->family == 6] = true;
		break;
	case DETOUR_BEGINS:
		change(q, r);
		say_begin(q, r);
		break;
	case DETOUR_ENDS:
		change(q, r);
		say_end(q, r, "signet check finds it trusted");
		break;
	}
}

unsigned detour_clear(struct queue *q)
{
	unsigned n = 0;

	for (size_t i = 0; i < FAMILIES; i++) {
		n += is_on(&q->detours->rows[i]);
		end(q, &q->detours->rows[i], "the owner says so");
	}
	return n;
}

unsigned detour_families(const struct queue *q)
{
	return (is_on(&q->detours->rows[0]) ? FAMILY_IPV4 : 0U) | (is_on(&q->detours->rows[1]) ? FAMILY_IPV6 : 0U);
}

bool detour_next(const struct queue *q, size_t *next, struct buf *via, struct control_detour *out)
{
	while (*next < FAMILIES) {
		const struct detour_row *r = &q->detours->rows[(*next)++];
		if (!is_on(r))
			continue;
		print_via(q, via);
		*out = (struct control_detour){ .family = r->family, .address = r->address, .before = r->settled, .via = via->at,
		                                .since_ms = r->since_ms, .why = r->why };
		return true;
	}
	return false;
}

void detour_reply(const struct queue *q, struct reply *out)
{
	const struct detour_row *r = &q->detours->rows[!is_on(&q->detours->rows[0])];

	reply_set(out, FAULT_TEMPORARY, "4.7.0", STEP_NONE, "", "our address was %s and is %s, which is not trusted yet", r->settled, r->address);
}

bool detour_take_change(struct queue *q)
{
	bool changed = q->detours->changed;

	q->detours->changed = false;
	return changed;
}

bool detour_outdates(const struct queue *q, uint64_t ticket)
{
	return ticket < q->detours->changed_ticket;
}

/* ---- the commit ---- */

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)c;
	(void)what;
	for (size_t i = 0; i < FAMILIES; i++)
		if (q->detours->dirty[i])
			copy_row(&q->detours->rows[i], &q->detours->stored[i]);
	q->detours->dirty[0] = q->detours->dirty[1] = q->detours->hurries = false;
	for (size_t i = 0; i < q->detours->news.count; i++)
		log_line(LOG_LEVEL_WARNING, "%s", q->detours->news.items[i]);
	text_list_free(&q->detours->news);
	q->look_for_due = true;
}

/*
 * Whoever ordered it was told that it is not done: it is as the store has it. What a check has found, the next one says
 * again; what has no setting any more ends again.
 */
static void refused(struct queue *q, const struct fault *f, void *what)
{
	struct detours *all = q->detours;

	(void)f;
	(void)what;
	for (size_t i = 0; i < FAMILIES; i++) {
		if (!all->dirty[i])
			continue;
		if (strcmp(all->rows[i].address, all->stored[i].address) != 0)
			note_change(q);
		copy_row(&all->stored[i], &all->rows[i]);
		all->dirty[i] = false;
	}
	all->hurries = false;
	text_list_free(&all->news);
	end_without_setting(q);
}

/* What is in memory follows what the store was told. */
static void hurry(struct queue *q)
{
	store_hurry_straight(q->store, q->wall_ms);
	for (struct destination *d = q->destinations; d; d = d->next) {
		if (d->hop_rules.detour == 0 || d->row.hops.undecided_ms > q->wall_ms)
			continue;
		d->row.hops.backoff_ms = 0;
		d->dirty = true;
	}
}

void detour_write(struct queue *q)
{
	struct detours *all = q->detours;

	if (!all->dirty[0] && !all->dirty[1] && !all->hurries)
		return;
	store_begin(q->store);
	turn_after(q, written, refused, NULL);
	for (size_t i = 0; i < FAMILIES; i++)
		if (all->dirty[i])
			store_save_detour(q->store, &all->rows[i]);
	if (all->hurries)
		hurry(q);
}
