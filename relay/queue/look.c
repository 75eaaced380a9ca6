/* SPDX-License-Identifier: ISC */
#include "relay/queue/look_state.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/view/control.h"
#include "relay/queue/drop_count.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"
#include "relay/queue/report.h"
#include "relay/queue_id.h"

#include <stdlib.h>
#include <unistd.h>

enum { LOOKS_MAX = 64 };

/* ---- going on ---- */

static const struct look_kind *const kinds[] = {
	&look_list, &look_show, &look_trace, &look_export, &look_test, &look_destinations, &look_history,
	&look_flush, &look_hold, &look_release, &look_delete, &look_move, &look_suppressed, &look_suppress_remove,
	&look_sticky, &look_sticky_clear, &look_detours, &look_standing, &look_policy,
};

static void free_look(struct queue *q, struct look *l)
{
	look_test_left(q, l);
	look_act_refused(l);
	buf_free(&l->rows);
	buf_free(&l->told);
	free(l->message_name);
	free(l->domain);
	buf_free(&l->body);
	io_close(&l->body_fd);
	store_message_free(&l->message);
	selection_free(&l->selection);
	free(l);
}

/* What it has changed is in the open transaction, or in the next one. */
static bool waits(const struct look *l)
{
	return look_act_waits(l) || l->forgets || l->ordered;
}

/* All was said that can be said now. */
static void end_if_through(struct queue *q, struct look *l)
{
	struct buf text = { 0 };

	if (!l->through || l->over || waits(l))
		return;
	if (l->kind->end)
		l->kind->end(l, &text);
	look_sink_end(q, &l->sink, buf_text(&text));
	buf_free(&text);
	l->over = true;
}

static void committed(struct queue *q, const struct committed *c, void *what)
{
	struct look *l = what;

	look_act_committed(q, c, l);
	look_test_committed(q, c, l);
	l->forgets = l->ordered = false;
	end_if_through(q, l);
}

static void refused(struct queue *q, const struct fault *f, void *what)
{
	struct look *l = what;

	look_act_refused(l);
	look_sink_refuse(q, &l->sink, f);
	l->over = true;
}

/* True when it could go on at once. */
static bool go_on(struct queue *q, struct look *l)
{
	bool only_looks = !l->kind->writes || l->selection.dry_run;

	/* What an order has changed meanwhile is seen when it is committed. */
	if (waits(l) || l->uncommitted || (only_looks && store_is_open(q->store)))
		return true;
	if (!look_sink_is_there(q, &l->sink))
		l->over = true;
	if (l->destination && !l->over)
		look_test_tell(q, l);
	if (l->over || l->destination || (q->store_bad && l->kind->writes))
		return false;
	l->through = l->kind->step(q, l);
	if (waits(l))
		turn_after(q, committed, refused, l);
	end_if_through(q, l);
	return !l->over && look_sink_has_room(q, &l->sink);
}

/* Those that had their turn wait behind the others, so that all get theirs, however many there are. */
bool look_pump(struct queue *q)
{
	int64_t until_ms = clock_boot_ms() + LOOK_STEP_MS;
	struct look *served = NULL, **served_end = &served;
	bool more = false;

	while (q->looks && clock_boot_ms() < until_ms) {
		struct look *l = q->looks;
		q->looks = l->next;
		more |= go_on(q, l);
		l->next = NULL;
		if (l->over) {
			free_look(q, l);
		} else {
			*served_end = l;
			served_end = &l->next;
		}
	}
	more |= q->looks != NULL;
	struct look **end = &q->looks;
	while (*end)
		end = &(*end)->next;
	*end = served;
	return more;
}

/* ---- status ---- */

static void status(struct queue *q, const struct look_sink *to, struct span argument)
{
	(void)argument;
	struct store_counts counts = store_counts(q->store);
	struct drop_count drop = drop_count(q->settings->drop);
	struct buf text = { 0 };

	buf_printf(&text, "version %s\n", VERSION);
	buf_printf(&text, "pid %d\n", (int)getpid());   /* another one after each start */
	buf_printf(&text, "messages %llu\n", (unsigned long long)counts.open);
	buf_printf(&text, "history %llu\n", (unsigned long long)counts.history);
	buf_printf(&text, "destinations_active %zu\n", q->destination_count);
	buf_printf(&text, "sessions %u\n", q->session_count);
	buf_printf(&text, "jobs %zu\n", q->job_count);
	buf_printf(&text, "reports %u\n", report_count(q));
	buf_printf(&text, "drop_waiting %zu\n", drop.waiting);
	buf_printf(&text, "drop_unfinished %zu\n", drop.unfinished);
	buf_printf(&text, "drop_bad %zu\n", drop.bad);
	buf_printf(&text, "draining %s\n", q->draining ? "yes" : "no");
	buf_printf(&text, "uptime_s %lld\n", (long long)((q->boot_ms - q->started_boot_ms) / 1000));
	if (q->resolved_ms > 0)
		buf_printf(&text, "dns_answered_s %lld\n", (long long)((q->wall_ms - q->resolved_ms) / 1000));
	else
		buf_add_text(&text, "dns_answered_s never\n");
	buf_printf(&text, "store %s\n", q->store_bad ? store_trouble(q->store)->text : "good");
	look_sink_end(q, to, buf_text(&text));
	buf_free(&text);
}

static void reload(struct queue *q, const struct look_sink *to, struct span argument)
{
	(void)argument;
	out_reload(q);
	look_sink_end(q, to, "signetd checks the configuration and restarts with it; its log says how it went");
}

/* ---- asking ---- */

static int check_ids(const struct text_list *ids, struct fault *f)
{
	uint64_t id;

	for (size_t i = 0; i < ids->count; i++)
		if (!queue_id_parse(span_of(ids->items[i]), &id))
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "\"%.40s\" is not a queue id", ids->items[i]);
	return 0;
}

static int prepare(struct queue *q, struct look *l, struct span argument, struct fault *f)
{
	unsigned others = 0;

	for (const struct look *other = q->looks; other; other = other->next)
		others++;
	if (others >= LOOKS_MAX)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "too many questions at once; try again");
	if (l->kind->hear)
		return l->kind->hear(q, l, argument, f);
	if (selection_parse(argument, &l->selection, f) < 0 || check_ids(&l->selection.ids, f) < 0 ||
	    check_ids(&l->selection.not_ids, f) < 0)
		return -1;
	if (l->kind->wants_selection && selection_is_empty(&l->selection))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "nothing was chosen: name queue ids or a filter, or say all");
	return l->kind->begin ? l->kind->begin(q, l, f) : 0;
}

static void begin(struct queue *q, const struct look_sink *to, const struct look_kind *kind, int64_t uid, bool all,
                  struct span argument)
{
	struct look *l = mem_alloc(sizeof *l);
	struct fault f;

	*l = (struct look){ .sink = *to, .kind = kind, .uid = uid, .only_uid = -1, .at = { .uid = -1 }, .body_fd = -1 };
	if (!look_is_by_root(l) && !(all && kind->reach == REACH_SEEN))
		l->only_uid = uid;
	if (prepare(q, l, argument, &f) < 0) {
		look_sink_refuse(q, to, &f);
		free_look(q, l);
		return;
	}
	if (l->uncommitted || waits(l))
		turn_after(q, committed, refused, l);
	l->next = q->looks;
	q->looks = l;
}

/* What is answered at once, and to the owner only. */
static const struct {
	unsigned operation;
	void (*answer)(struct queue *q, const struct look_sink *to, struct span argument);
} answers[] = {
	{ CONTROL_STATUS, status }, { CONTROL_RELOAD, reload },
};

void look_begin(struct queue *q, const struct look_sink *to, unsigned operation, int64_t uid, bool all,
                struct span argument)
{
	bool owner = to->client != NULL;
	struct fault unknown;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i]->operation == operation && (owner || kinds[i]->reach != REACH_NONE)) {
			begin(q, to, kinds[i], uid, all, argument);
			return;
		}
	for (size_t i = 0; owner && i < sizeof answers / sizeof answers[0]; i++)
		if (answers[i].operation == operation) {
			answers[i].answer(q, to, argument);
			return;
		}
	fault_set(&unknown, FAULT_PERMANENT, "5.5.4", "this signetd does not know that question, or does not answer it here");
	look_sink_refuse(q, to, &unknown);
}

void look_frame(struct queue *q, struct peer_channel *from, struct span payload)
{
	struct query query;

	if (query_decode(payload, &query) < 0) {
		peers_close(q, from);
		return;
	}
	struct look_sink to = { .peer = from->serial, .ticket = query.ticket };
	look_begin(q, &to, query.operation, query.uid, query.all, span_of(query.argument));
	query_free(&query);
}

/* What it has changed is still to be finished. */
void look_client_lost(struct queue *q, const struct control_client *client)
{
	for (struct look *l = q->looks; l; l = l->next)
		if (l->sink.client == client) {
			l->sink.client = NULL;
			look_test_left(q, l);
		}
}
