/* SPDX-License-Identifier: ISC */
/*
 * What is known of ways for mail: sites that distrust this host, detours and
 * policies. Orders change what is in memory at once, and are answered when that is
 * committed. All of it is for the owner only.
 */
#include "relay/queue/look_state.h"

#include "base/view/control.h"
#include "relay/queue/blocked.h"
#include "relay/queue/detour.h"
#include "relay/queue/store_sts.h"

#include <stdlib.h>

/* ---- blocked sites ---- */

static bool list_blocked(struct queue *q, struct look *l)
{
	struct buf row = { 0 }, site = { 0 };

	for (const struct blocked *k = q->blocked; k; k = k->next) {
		if (k->gone)
			continue;
		buf_clear(&site);
		receiver_print(&k->row.receiver, &site);
		struct control_sticky s = {
			.site = site.at, .since_ms = k->row.block.since_ms, .until_ms = k->row.block.until_ms,
			.times = k->row.block.times, .trial = k->trial != 0, .reply = k->row.reply,
			.domain = k->row.domain, .address = k->row.address, .alone = k->row.alone,
		};
		buf_clear(&row);
		control_sticky_encode(&s, &row);
		look_sink_row(q, &l->sink, buf_span(&row));
	}
	buf_free(&row);
	buf_free(&site);
	return true;
}

static int clear_blocked(struct queue *q, struct look *l, struct span argument, struct fault *f)
{
	(void)f;
	l->sites = blocked_clear(q, argument);
	if (span_eq(argument, SPAN(CONTROL_STRAIGHT)) || span_eq(argument, SPAN("all")))
		l->families = detour_clear(q);
	l->ordered = true;
	return 0;
}

static bool is_done(struct queue *q, struct look *l)
{
	(void)q;
	(void)l;
	return true;
}

static void end_clear(const struct look *l, struct buf *text)
{
	if (l->families > 0)
		buf_printf(text, "mail goes straight again%s", l->sites > 0 ? "; " : "");
	if (l->sites + l->families == 0)
		buf_add_text(text, CONTROL_NO_SITE);
	else if (l->sites > 0)
		buf_printf(text, "%u site%s: mail goes there directly again", l->sites, l->sites == 1 ? "" : "s");
}

/* ---- detours ---- */

static bool list_detours(struct queue *q, struct look *l)
{
	struct buf row = { 0 }, via = { 0 };
	struct control_detour d;

	for (size_t at = 0; detour_next(q, &at, &via, &d);) {
		buf_clear(&row);
		control_detour_encode(&d, &row);
		look_sink_row(q, &l->sink, buf_span(&row));
	}
	buf_free(&row);
	buf_free(&via);
	return true;
}

static int hear_standing(struct queue *q, struct look *l, struct span argument, struct fault *f)
{
	struct control_standing said;

	if (control_standing_decode(argument, &said) < 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "what an address is worth cannot be read");
	detour_heard(q, &said);
	control_standing_free(&said);
	l->ordered = true;
	return 0;
}

/* ---- policies ---- */

static int hear_domain(struct queue *q, struct look *l, struct span argument, struct fault *f)
{
	(void)q;
	(void)f;
	l->domain = mem_text_span(argument);
	return 0;
}

static bool show_policy(struct queue *q, struct look *l)
{
	struct plan_job job = { 0 };
	struct store_sts row;
	struct buf packed = { 0 };

	if (store_load_sts(q->store, l->domain, &row)) {
		store_sts_known(&row, q->wall_ms, &job.sts);
		struct control_policy p = { job.sts.id, job.sts.policy, row.expires_ms, job.sts.barred_id };
		control_policy_encode(&p, &packed);
		look_sink_row(q, &l->sink, buf_span(&packed));
	}
	buf_free(&packed);
	store_sts_free(&row);
	plan_job_free(&job);
	return true;
}

/* What lists is no writer, though it may have given an order: it waits until no other's transaction is open. */
const struct look_kind look_sticky = { .operation = CONTROL_STICKY, .step = list_blocked };
const struct look_kind look_sticky_clear = {
	.operation = CONTROL_STICKY_CLEAR, .hear = clear_blocked, .step = is_done, .end = end_clear,
};
const struct look_kind look_detours = { .operation = CONTROL_DETOURS, .step = list_detours };
const struct look_kind look_standing = { .operation = CONTROL_STANDING, .hear = hear_standing, .step = list_detours };
const struct look_kind look_policy = { .operation = CONTROL_POLICY, .hear = hear_domain, .step = show_policy };
