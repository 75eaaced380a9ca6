#include "relay/queue/look.h"

#include "base/listing.h"
#include "base/log.h"
#include "base/pack.h"
#include "relay/control.h"
#include "relay/queue/control_server.h"
#include "relay/queue/destination.h"
#include "relay/queue/peers.h"
#include "relay/queue/site.h"
#include "relay/queue/store_look.h"

#include <stdlib.h>

enum {
	UNSENT_MAX = 256 * 1024,      /* bytes on their way to one asker */
	STEP = 100,                   /* messages a turn */
	LOOKS_MAX = 64,
	DESTINATIONS_MAX = 1000,      /* of one message, hurried by a flush */
};

struct look {
	struct look_sink sink;
	bool flush;
	int64_t only_uid;             /* -1: everybody */
	uint64_t only_id;             /* 0: all */
	struct store_place at;
	uint64_t found;
	struct look *next;
};

/* ---- the asker ---- */

static bool asker_is_there(struct queue *q, const struct look_sink *to)
{
	return to->client || peers_find(q, to->peer);
}

static size_t unsent(struct queue *q, const struct look_sink *to)
{
	struct peer_channel *p = peers_find(q, to->peer);

	if (to->client)
		return control_unsent_bytes(to->client);
	return p ? channel_unsent_bytes(p->channel) : 0;
}

static void answer(struct queue *q, const struct look_sink *to, bool row, struct span text)
{
	struct peer_channel *p = peers_find(q, to->peer);

	if (to->client) {
		control_reply(to->client, row ? SUBMIT_ROW : SUBMIT_END, text);
	} else if (p) {
		buf_clear(&q->scratch);
		pack_u64(&q->scratch, to->ticket);
		pack_span(&q->scratch, text);
		peers_put(p, row ? FRAME_ROW : FRAME_QUERY_END, &q->scratch, -1);
	}
}

static void answer_end(struct queue *q, const struct look_sink *to, const char *text)
{
	answer(q, to, false, span_of(text));
}

/* ---- one message as people see it ---- */

static char *hop_of(const struct store_waiting *w)
{
	struct span names = span_of(w->via), name = SPAN("");

	if (strcmp(w->via, VIA_HELD) == 0 || strcmp(w->via, VIA_BY_MX) == 0)
		return mem_text("");
	for (unsigned i = 0; i <= w->hop && names.at; i++)
		name = span_cut(&names, ',');
	return mem_text_span(name);
}

static enum listing_state state_of(const struct queue *q, int64_t next_ms)
{
	if (next_ms == STORE_NEVER)
		return LISTING_HELD;
	return next_ms <= q->wall_ms ? LISTING_ACTIVE : LISTING_DEFERRED;
}

/* Takes over the texts of w. */
static void show_recipient(struct listing_entry *e, struct store_waiting *w)
{
	struct listing_recipient *r = &e->recipients[e->recipient_count++];

	*r = (struct listing_recipient){ w->address, w->reason, w->status, hop_of(w) };
	w->address = w->reason = w->status = NULL;
	store_waiting_free(w);
}

static void add_row(struct queue *q, const struct look *l, struct store_message *m)
{
	struct store_waiting rows[LISTING_RECIPIENTS_MAX];
	struct listing_recipient shown[LISTING_RECIPIENTS_MAX];
	char queue_id[QUEUE_ID_TEXT];
	struct buf packed = { 0 };
	int64_t next_ms = STORE_NEVER;
	size_t n = store_waiting(q->store, m->id, rows, LISTING_RECIPIENTS_MAX);
	struct listing_entry e = {
		.queue_id = queue_id, .arrival_ms = m->arrival_ms, .size_bytes = m->size_bytes, .uid = m->uid,
		.sender = m->sender, .waiting = m->waiting, .recipients = shown,
	};

	queue_id_print(m->id, queue_id);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].next_ms < next_ms)
			next_ms = rows[i].next_ms;
		show_recipient(&e, &rows[i]);
	}
	/* Nothing waits but the report to the sender. */
	e.state = n == 0 ? LISTING_ACTIVE : state_of(q, next_ms);
	e.next_try_ms = e.state == LISTING_DEFERRED ? next_ms : 0;
	listing_encode(&e, &packed);
	answer(q, &l->sink, true, buf_span(&packed));
	buf_free(&packed);
	for (size_t i = 0; i < n; i++) {
		free(shown[i].address);
		free(shown[i].reason);
		free(shown[i].status);
		free(shown[i].next_hop);
	}
}

static void flush_message(struct queue *q, const struct store_message *m)
{
	static uint64_t ids[DESTINATIONS_MAX];

	store_begin(q->store);
	size_t n = store_hurry_message(q->store, m->id, q->wall_ms, ids, DESTINATIONS_MAX);
	for (size_t i = 0; i < n; i++)
		destination_hurry(q, ids[i]);
}

/* ---- walking ---- */

static void end_look(struct queue *q, const struct look *l)
{
	struct buf text = { 0 };

	if (l->flush && l->found == 0)
		buf_add_text(&text, l->only_id ? "no such message in the queue" : "nothing waits");
	else if (l->flush)
		buf_printf(&text, "%llu message%s will be tried now", (unsigned long long)l->found, l->found == 1 ? "" : "s");
	answer_end(q, &l->sink, buf_text(&text));
	buf_free(&text);
}

static void found(struct queue *q, struct look *l, struct store_message *m)
{
	l->found++;
	if (l->flush)
		flush_message(q, m);
	else
		add_row(q, l, m);
}

/* A message that was named needs no walk. */
static void look_at_one(struct queue *q, struct look *l)
{
	struct store_message m;

	if (!store_load_message(q->store, l->only_id, &m))
		return;
	if (m.waiting > 0 && (l->only_uid < 0 || l->only_uid == m.uid))
		found(q, l, &m);
	store_message_free(&m);
}

/* True when it is through. */
static bool walk(struct queue *q, struct look *l)
{
	struct store_message m;

	if (!asker_is_there(q, &l->sink))
		return true;
	if (l->only_id) {
		look_at_one(q, l);
		end_look(q, l);
		return true;
	}
	for (unsigned i = 0; i < STEP; i++) {
		if (unsent(q, &l->sink) > UNSENT_MAX)
			return false;
		if (!store_next_open(q->store, &l->at, l->only_uid, &m)) {
			end_look(q, l);
			return true;
		}
		found(q, l, &m);
		store_message_free(&m);
	}
	return false;
}

bool look_pump(struct queue *q)
{
	bool more = false;

	for (struct look **at = &q->looks; *at;) {
		struct look *l = *at;
		bool blocked = q->store_bad && l->flush;
		if (!blocked && walk(q, l)) {
			*at = l->next;
			free(l);
			continue;
		}
		more |= !blocked && unsent(q, &l->sink) <= UNSENT_MAX;
		at = &l->next;
	}
	return more;
}

static bool too_many(const struct queue *q)
{
	unsigned n = 0;

	for (const struct look *l = q->looks; l; l = l->next)
		n++;
	return n >= LOOKS_MAX;
}

static void begin_walk(struct queue *q, const struct look_sink *to, bool flush, int64_t uid, const char *argument)
{
	struct look *l = mem_alloc(sizeof *l);

	*l = (struct look){ .sink = *to, .flush = flush, .only_uid = uid, .at = { .uid = -1 } };
	if (argument[0] && !queue_id_parse(span_of(argument), &l->only_id)) {
		answer_end(q, to, "that is no queue id");
		free(l);
		return;
	}
	if (too_many(q)) {
		answer_end(q, to, "too many questions at once; try again");
		free(l);
		return;
	}
	if (flush && uid < 0)
		site_forgive(q);
	l->next = q->looks;
	q->looks = l;
	q->busy = true;
}

/* ---- status ---- */

static void status(struct queue *q, const struct look_sink *to)
{
	struct store_counts counts = store_counts(q->store);
	struct buf text = { 0 };

	buf_printf(&text, "version %s\n", VERSION);
	buf_printf(&text, "messages %llu\n", (unsigned long long)counts.open);
	buf_printf(&text, "history %llu\n", (unsigned long long)counts.history);
	buf_printf(&text, "destinations_active %zu\n", q->destination_count);
	buf_printf(&text, "sessions %u\n", q->session_count);
	buf_printf(&text, "jobs %zu\n", q->job_count);
	buf_printf(&text, "reports %u\n", q->report_count);
	buf_printf(&text, "draining %s\n", q->draining ? "yes" : "no");
	buf_printf(&text, "store %s\n", q->store_bad ? store_trouble(q->store)->text : "good");
	answer_end(q, to, buf_text(&text));
	buf_free(&text);
}

static void reload(struct queue *q, const struct look_sink *to)
{
	channel_put(q->parent, FRAME_RELOAD, SPAN(""), -1);
	answer_end(q, to, "signetd checks the configuration and starts anew with it; its log says how it went");
}

/* ---- asking ---- */

void look_begin(struct queue *q, const struct look_sink *to, unsigned operation, int64_t uid, bool all,
                const char *argument)
{
	bool owner = to->client != NULL;

	q->busy = true;
	if (operation == SUBMIT_LIST || operation == SUBMIT_FLUSH)
		begin_walk(q, to, operation == SUBMIT_FLUSH, all ? -1 : uid, argument);
	else if (operation == CONTROL_STATUS && owner)
		status(q, to);
	else if (operation == CONTROL_RELOAD && owner)
		reload(q, to);
	else
		answer_end(q, to, "this signetd does not know that question");
}

void look_frame(struct queue *q, struct peer_channel *from, struct span payload)
{
	struct query query;

	if (query_decode(payload, &query) < 0) {
		peers_close(q, from);
		return;
	}
	struct look_sink to = { .peer = from->serial, .ticket = query.ticket };
	look_begin(q, &to, query.operation, query.uid, query.all, query.argument);
	query_free(&query);
}

void look_client_lost(struct queue *q, const struct control_client *client)
{
	for (struct look **at = &q->looks; *at;) {
		struct look *l = *at;
		if (l->sink.client == client) {
			*at = l->next;
			free(l);
		} else {
			at = &l->next;
		}
	}
}
