/* SPDX-License-Identifier: ISC */
#include "relay/queue/reroute.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/pack.h"
#include "relay/queue/accept.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_look.h"
#include "relay/queue/store_message.h"

#include <stdlib.h>

enum { BATCH = 250 };   /* some milliseconds: whoever asks meanwhile waits for two turns */

/* How far it has come, as numbers of the store: placed by which settings, up to which recipient; all by which. */
#define BY "placing"
#define LAST "placed_to"
#define DONE_BY "settings"

struct reroute {
	uint64_t by;                  /* fingerprint of the settings that all is placed by again; 0 done */
	uint64_t to;                  /* the last recipient that was */
	bool all;                     /* once this turn is committed */
};

bool reroute_goes_on(const struct queue *q)
{
	return q->reroute->by != 0;
}

/* Of the packed settings and of what the tables say, never 0. */
static uint64_t fingerprint(const struct routes *r)
{
	struct buf packed = { 0 };

	settings_pack(routes_settings(r), &packed);
	pack_u64(&packed, routes_fingerprint(r));
	uint64_t hash = hash_span(HASH_BEGIN, buf_span(&packed));
	buf_free(&packed);
	return hash >> 1 | 1;
}

/* How far it has come, by what is in the store. */
static void find_progress(struct queue *q)
{
	bool begun = store_number(q->store, BY) == q->reroute->by;

	q->reroute->to = begun ? store_number(q->store, LAST) : 0;
	q->reroute->all = false;
}

void reroute_begin(struct queue *q)
{
	uint64_t now = fingerprint(q->routes);

	q->reroute = mem_alloc(sizeof *q->reroute);
	if (store_number(q->store, DONE_BY) == now)
		return;
	q->reroute->by = now;
	find_progress(q);
	if (store_counts(q->store).open > BATCH)
		log_line(LOG_LEVEL_INFO, "the configuration has changed: %llu messages are routed again before any goes out",
		         (unsigned long long)store_counts(q->store).open);
}

/* Whatever the last start placed. */
static void begin_all(struct queue *q)
{
	q->hostname_is_here = false;
	if (q->reroute->by)
		return;
	q->reroute->by = fingerprint(q->routes);
	q->reroute->to = 0;
	q->reroute->all = false;
}

struct rerouting {
	struct place place;
	uint64_t held;           /* what waits for a configuration */
	uint64_t looked_at;      /* a destination */
	bool stays;              /* what waits there */
	uint64_t message;        /* whose sender this is; recipients of one message stand together */
	char *sender;
};

static bool has_rule_for_senders(const struct settings *s)
{
	for (size_t i = 0; i < s->route_count; i++)
		if (s->routes[i].from.count > 0)
			return true;
	return false;
}

/* "" where no rule asks for it. */
static const char *sender_of(struct queue *q, struct rerouting *w, uint64_t message)
{
	struct store_message row;

	if (w->sender && w->message == message)
		return w->sender;
	free(w->sender);
	w->message = message;
	w->sender = NULL;
	if (has_rule_for_senders(q->settings) && store_load_message(q->store, message, &row)) {
		w->sender = mem_text(row.sender);
		store_message_free(&row);
	}
	return w->sender ? w->sender : "";
}

/* What the owner decided of the recipients there still holds. */
static bool owner_decided(struct queue *q, uint64_t destination)
{
	struct store_destination d;
	struct text_list hops = { 0 };
	struct hop_rules rules;
	bool stays = false;

	if (!store_load_destination(q->store, destination, &d))
		return false;
	if (d.via.kind == VIA_HELD)
		stays = d.via.held_by_owner;
	else if (d.via.kind == VIA_CHOSEN || d.via.alone)
		stays = place_hops(q->routes, d.domain, &d.via, NULL, &hops, &rules);
	text_list_free(&hops);
	store_destination_free(&d);
	return stays;
}

static void route_again(struct queue *q, struct store_recipient *r, struct rerouting *w)
{
	bool too_far = schedule_too_far(&q->rules, r->due_ms, q->wall_ms);
	struct placed to;

	if (w->looked_at != r->destination) {
		w->looked_at = r->destination;
		w->stays = owner_decided(q, r->destination);
	}
	if (w->stays)
		return;
	bool was_held = r->destination == w->held;
	accept_place(q, r->address, was_held, sender_of(q, w, r->message), &w->place, &to);
	if ((to.destination == r->destination && !too_far) || to.destination == 0)
		return;
	const struct fault *held = &w->place.held;
	struct reply reason = was_held ? (struct reply){ 0 } : r->reply;
	if (held->kind != FAULT_NONE)
		reason = reply_of_fault(held, STEP_NONE, "");
	store_move_recipient(q->store, r->id, to.address, to.destination, was_held || too_far ? q->wall_ms : r->due_ms,
	                     &reason);
	if (to.destination != w->held && to.wake_ms > q->wall_ms)
		store_wake(q->store, to.destination, q->wall_ms);
}

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)c;
	(void)what;
	if (!q->reroute->all)
		return;
	q->reroute->by = 0;
	q->reroute->all = false;
	q->look_for_due = true;
}

/* The step is to be done again. */
static void taken_back(struct queue *q, const struct fault *f, void *what)
{
	(void)f;
	(void)what;
	find_progress(q);
}

void reroute_step(struct queue *q)
{
	static struct store_recipient rows[BATCH];
	struct rerouting w = { 0 };

	if (q->hostname_is_here)
		begin_all(q);
	if (q->reroute->by == 0 || q->store_bad)
		return;
	store_begin(q->store);
	turn_after(q, written, taken_back, NULL);
	w.held = store_held_id(q->store, false);
	size_t n = store_walk_recipients(q->store, &q->reroute->to, rows, BATCH);
	for (size_t i = 0; i < n; i++) {
		route_again(q, &rows[i], &w);
		store_recipient_free(&rows[i]);
	}
	place_free(&w.place);
	free(w.sender);
	q->reroute->all = n < BATCH;
	store_set_number(q->store, BY, q->reroute->all ? 0 : q->reroute->by);
	store_set_number(q->store, LAST, q->reroute->to);
	if (q->reroute->all)
		store_set_number(q->store, DONE_BY, q->reroute->by);
}
