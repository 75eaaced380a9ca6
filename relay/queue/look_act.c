/* SPDX-License-Identifier: ISC */
/*
 * Orders, of the owner or of who sent the mail: what is done to each recipient that waits and fits,
 * a page of a message at a time. What is on its way in a session, or came
 * back from one and is not written yet, is left alone and counted: its outcome
 * is not known. What was only picked for a session is taken back first.
 */
#include "relay/queue/look_state.h"

#include "base/log.h"
#include "base/pack.h"
#include "base/view/control.h"
#include "relay/queue/accept.h"
#include "relay/queue/destination.h"
#include "relay/queue/job.h"
#include "relay/queue/mail.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/outcome.h"
#include "relay/queue/runaway.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_outcome.h"
#include "relay/queue/strikes.h"
#include "relay/queue_id.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 50 };

struct act {
	const char *verb;            /* "held": said in the log and the closing sentence */
	bool may_be_in_delivery;     /* nothing is changed that an outcome could contradict */
	bool logs_each;              /* a line for each recipient, as the history of one that ends here */
	bool (*applies)(const struct store_waiting *w);   /* NULL: to all */
	void (*apply)(struct queue *q, struct look *l, const struct store_waiting *w);
	void (*page_done)(struct queue *q, struct look *l, struct act_done *done);   /* NULL: nothing */
};

/* What is left to be done for a page of a message once it is committed. */
struct act_done {
	uint64_t message;
	unsigned recipients;
	bool report;                 /* the sender is to be told */
	bool finished;               /* nothing of the message waits */
	char *body_file;             /* NULL: none to be removed */
	struct buf log;              /* whole lines, each ended by NUL */
	struct act_done *next;
};

/* Who orders it: a user is known from the kernel, whatever he says. */
static const char *who(const struct look *l, char out[100])
{
	if (l->uid < 0)
		snprintf(out, 100, "the owner (%s)", l->selection.by ? l->selection.by : "unnamed");
	else
		snprintf(out, 100, "uid %lld", (long long)l->uid);
	return out;
}

static void order_says(const struct look *l, const char *what, enum fault_kind kind, const char *status,
                       struct reply *r)
{
	char by[100];

	reply_set(r, kind, status, STEP_NONE, "", "%s by %s", what, who(l, by));
}

/* ---- what is on its way ---- */

static bool is_in_delivery(const struct queue *q, uint64_t message, uint64_t recipient)
{
	bool held = mail_is_pinned(q, message);

	for (const struct smtp_session *x = q->sessions; x && held; x = x->next)
		if (job_list_has(&x->sent, recipient))
			return true;
	return outcome_has(q, message, recipient);
}

/* ---- orders ---- */

/* When there is something to do at the place it left must be found again. */
static void left(struct queue *q, const struct store_waiting *w)
{
	struct destination *d = destination_find(q, w->destination);

	if (d)
		d->touched = true;
}

static void came(struct queue *q, const struct store_waiting *w, uint64_t destination, int64_t wake_ms)
{
	if (destination)
		destination_mail_came(q, destination, wake_ms, w->lane);
}

static bool is_not_held(const struct store_waiting *w)
{
	return w->next_ms != STORE_NEVER;
}

static bool is_held(const struct store_waiting *w)
{
	return !is_not_held(w);
}

static bool is_not_held_by_owner(const struct store_waiting *w)
{
	return !w->via.held_by_owner;
}

static void flush(struct queue *q, struct look *l, const struct store_waiting *w)
{
	bool at_once = l->selection.now && l->only_uid < 0;
	int64_t at_ms = at_once ? q->wall_ms : schedule_hurried(&q->rules, w->tried_ms, q->wall_ms);

	store_hurry_recipient(q->store, w->id, at_ms);
	int64_t destination_ms = destination_hurry(q, w->destination, at_once);
	l->not_yet |= at_ms > q->wall_ms || destination_ms > q->wall_ms;
}

static void hold(struct queue *q, struct look *l, const struct store_waiting *w)
{
	struct reply r;

	order_says(l, "held", FAULT_TEMPORARY, "4.3.0", &r);
	store_move_recipient(q->store, w->id, w->address, store_held_id(q->store, true), q->wall_ms, &r);
	left(q, w);
}

/*
 * By the routes as they are now, which may hold it again for want of one; not because one of them holds. What an order held
 * had its reader, by the aliases; what waited for the configuration had none.
 */
static void release(struct queue *q, struct look *l, const struct store_waiting *w)
{
	struct place place = { 0 };
	struct placed to;

	accept_place(q, w->address, !w->via.held_by_owner, l->message.sender, &place, &to);
	if (place.by_route) {
		place_find_released(q->routes, span_of(to.address), span_of(l->message.sender), &place);
		to.destination = store_destination_id(q->store, buf_text(&place.domain), &place.via, &to.wake_ms);
	}
	struct reply reason = reply_of_fault(&place.held, STEP_NONE, "");
	store_move_recipient(q->store, w->id, to.address, to.destination, q->wall_ms, &reason);
	if (place.held.kind == FAULT_NONE)
		came(q, w, to.destination, to.wake_ms);
	strikes_forget(q, l->message.id);
	runaway_released(q, &l->message);
	place_free(&place);
}

static void move(struct queue *q, struct look *l, const struct store_waiting *w)
{
	struct place place = { 0 };
	struct reply none = { 0 };
	int64_t wake_ms;

	place_chosen(q->settings, span_of(w->address), span_of(l->selection.via), &place);
	uint64_t to = store_destination_id(q->store, buf_text(&place.domain), &place.via, &wake_ms);
	store_move_recipient(q->store, w->id, w->address, to, q->wall_ms, &none);
	left(q, w);
	came(q, w, to, wake_ms);
	place_free(&place);
}

static void delete(struct queue *q, struct look *l, const struct store_waiting *w)
{
	bool null_sender = l->message.sender[0] == '\0';
	bool report = l->selection.bounce && outcome_wants_report(null_sender, w->notify, NOTIFY_FAILURE);
	struct reply r;

	order_says(l, "deleted from the queue", FAULT_PERMANENT, "5.7.0", &r);
	store_recipient_done(q->store, w->id, report ? RECIPIENT_REPORT : RECIPIENT_DELETED, q->wall_ms, &r, "");
	l->page->report |= report;
	left(q, w);
}

static void page_deleted(struct queue *q, struct look *l, struct act_done *done)
{
	int64_t report_ms = done->report ? q->wall_ms : STORE_NEVER;

	store_progress(q->store, l->message.id, done->recipients, report_ms, q->wall_ms, &done->finished, &done->body_file);
	if (report_ms < q->next_report_ms)
		q->next_report_ms = report_ms;
}

static const struct act flushed = { "tried now", true, false, is_not_held, flush, NULL };
static const struct act held = { "held", false, false, is_not_held_by_owner, hold, NULL };
static const struct act released = { "released", false, false, is_held, release, NULL };
static const struct act deleted = { "deleted", false, true, NULL, delete, page_deleted };
static const struct act moved = { "moved", false, false, NULL, move, NULL };

/* ---- a page ---- */

static void log_each(struct act_done *done, const struct look *l, const struct queue *q, const struct store_waiting *w)
{
	char queue_id[QUEUE_ID_TEXT];
	char by[100];
	struct delays delays = delays_of(l->message.arrival_ms, q->wall_ms, q->wall_ms, 0, 0);

	queue_id_print(l->message.id, queue_id);
	buf_printf(&done->log, "%s: to=<%s>, relay=none, ", queue_id, w->address);
	delays_print(&delays, &done->log);
	buf_printf(&done->log, ", dsn=5.7.0, status=%s (by %s)", l->kind->act->verb, who(l, by));
	buf_add_byte(&done->log, '\0');
}

/* 1 done, or it would be; 0 not concerned; -1 in delivery. */
static int act_on(struct queue *q, struct look *l, const struct store_waiting *w)
{
	const struct act *act = l->kind->act;

	if (!look_fits_recipient(q, l, w) || (act->applies && !act->applies(w)))
		return 0;
	if (!act->may_be_in_delivery && is_in_delivery(q, l->message.id, w->id))
		return -1;
	if (l->selection.dry_run)
		return 1;
	if (!act->may_be_in_delivery && mail_is_pinned(q, l->message.id))
		site_take_out(q, w->id);
	act->apply(q, l, w);
	if (act->logs_each)
		log_each(l->page, l, q, w);
	return 1;
}

static void end_page(struct queue *q, struct look *l, unsigned in_delivery)
{
	const struct act *act = l->kind->act;
	const char *via = l->selection.via;
	struct act_done *done = l->page;
	char queue_id[QUEUE_ID_TEXT], by[100];
	struct buf row = { 0 };

	queue_id_print(l->message.id, queue_id);
	if (done->recipients + in_delivery > 0) {
		l->messages += !l->counted && done->recipients > 0;
		l->counted |= done->recipients > 0;
		l->recipients += done->recipients;
		l->in_delivery += in_delivery;
		control_act_encode(&(struct control_act){ queue_id, done->recipients, in_delivery }, &row);
		pack_span(&l->rows, buf_span(&row));
		buf_free(&row);
	}
	if (done->recipients == 0 || l->selection.dry_run)
		return;
	if (act->page_done)
		act->page_done(q, l, done);
	if (act->logs_each || act->may_be_in_delivery)
		return;
	buf_printf(&done->log, "%s: %u recipient%s %s by %s%s%s", queue_id, done->recipients, done->recipients == 1 ? "" : "s",
	           act->verb, who(l, by), via ? " via " : "", via ? via : "");
	buf_add_byte(&done->log, '\0');
}

static bool visit(struct queue *q, struct look *l, unsigned *cost)
{
	struct store_waiting rows[PAGE];
	struct act_done *done = mem_alloc(sizeof *done);
	unsigned in_delivery = 0;

	done->message = l->message.id;
	*(l->done ? l->done_end : &l->done) = done;
	l->done_end = &done->next;
	l->page = done;
	if (!l->selection.dry_run)
		store_begin(q->store);
	size_t n = store_waiting(q->store, l->message.id, &l->after, rows, PAGE);
	for (size_t i = 0; i < n; i++) {
		int what = act_on(q, l, &rows[i]);
		done->recipients += what > 0;
		in_delivery += what < 0;
		store_waiting_free(&rows[i]);
	}
	end_page(q, l, in_delivery);
	*cost += (unsigned)n;
	return n < PAGE;
}

/* ---- the commit ---- */

bool look_act_waits(const struct look *l)
{
	return l->done != NULL;
}

static void forget_done(struct look *l)
{
	while (l->done) {
		struct act_done *done = l->done;
		l->done = done->next;
		free(done->body_file);
		buf_free(&done->log);
		free(done);
	}
	buf_clear(&l->rows);
}

static void say_rows(struct queue *q, struct look *l)
{
	struct unpack u = unpack_from(buf_span(&l->rows));

	while (l->selection.spoken && !u.bad && u.at < u.end)
		look_sink_row(q, &l->sink, unpack_span(&u));
	forget_done(l);
}

void look_act_committed(struct queue *q, const struct committed *c, struct look *l)
{
	char queue_id[QUEUE_ID_TEXT];
	struct log_about about = { .queue_id = queue_id, .status = l->kind->act ? l->kind->act->verb : NULL };

	for (const struct act_done *done = l->done; done; done = done->next) {
		queue_id_print(done->message, queue_id);
		for (size_t at = 0; at < done->log.len; at += strlen(done->log.at + at) + 1)
			log_about(LOG_LEVEL_INFO, &about, "%s", done->log.at + at);
		if (done->finished)
			mail_finished(q, c, done->message, done->body_file);
	}
	say_rows(q, l);
}

void look_act_refused(struct look *l)
{
	forget_done(l);
}

/* ---- the kinds ---- */

static bool step(struct queue *q, struct look *l)
{
	bool through = look_walk(q, l, visit);

	/* Nothing is to be committed for what is only said. */
	if (l->selection.dry_run)
		say_rows(q, l);
	return through;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void end_flush(const struct look *l, struct buf *text)
{
	if (l->messages == 0)
		buf_add_text(text, l->selection.ids.count > 0 ? "no such message waits to be tried (signet queue release lets go what is held)"
		                                              : "nothing waits");
	else
		buf_printf(text, "%llu message%s will be tried now%s", (unsigned long long)l->messages, plural(l->messages),
		           l->not_yet ? "; what was tried a moment ago, within a minute (--now: at once)" : "");
}

static void end(const struct look *l, struct buf *text)
{
	buf_printf(text, "%llu recipient%s of %llu message%s %s%s", (unsigned long long)l->recipients,
	           plural(l->recipients), (unsigned long long)l->messages, plural(l->messages),
	           l->selection.dry_run ? "would be " : "", l->kind->act->verb);
	if (l->in_delivery > 0)
		buf_printf(text, "; %llu in delivery now and left alone: try again in a moment",
		           (unsigned long long)l->in_delivery);
}

static int begin_flush(struct queue *q, struct look *l, struct fault *f)
{
	(void)f;
	if (l->only_uid < 0 && !l->selection.dry_run)
		site_forgive(q, l->selection.now);
	return 0;
}

static int begin_move(struct queue *q, struct look *l, struct fault *f)
{
	struct place place = { 0 };
	const char *via = l->selection.via;

	if (via == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "move needs --via and the name of a smarthost, or mx");
	bool known = place_chosen(q->settings, SPAN("somebody@example.org"), span_of(via), &place);
	place_free(&place);
	if (!known)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "the configuration has no next hop \"%s\": name mx or a smarthost, "
		                 "or several between commas", via);
	return 0;
}

const struct look_kind look_flush = {
	.operation = SUBMIT_FLUSH, .reach = REACH_SEEN, .writes = true,
	.begin = begin_flush, .step = step, .end = end_flush, .act = &flushed,
};
const struct look_kind look_hold = {
	.operation = CONTROL_HOLD, .writes = true, .wants_selection = true,
	.step = step, .end = end, .act = &held,
};
const struct look_kind look_release = {
	.operation = CONTROL_RELEASE, .writes = true, .wants_selection = true,
	.step = step, .end = end, .act = &released,
};
const struct look_kind look_delete = {
	.operation = SUBMIT_DELETE, .reach = REACH_OWN, .writes = true, .wants_selection = true,
	.step = step, .end = end, .act = &deleted,
};
const struct look_kind look_move = {
	.operation = CONTROL_MOVE, .writes = true, .wants_selection = true,
	.begin = begin_move, .step = step, .end = end, .act = &moved,
};
