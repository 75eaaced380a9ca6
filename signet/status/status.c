/* SPDX-License-Identifier: ISC */
#include "signet/status/status.h"

#include <stdlib.h>
#include <sys/stat.h>

/* ---- the history, added up ---- */

static void add_to(struct status_sum *sum, const struct history_count *c)
{
	if (c->result == HISTORY_DELIVERED)
		sum->delivered += c->recipients;
	else if (c->result == HISTORY_BOUNCED)
		sum->bounced += c->recipients;
}

static int by_domain(const void *left, const void *right)
{
	const struct status_receiver *a = left, *b = right;

	return strcmp(a->domain, b->domain);
}

static uint64_t recipients_of(const struct status_receiver *r)
{
	return r->sum.delivered + r->sum.bounced + r->waits;
}

static int by_recipients(const void *left, const void *right)
{
	uint64_t a = recipients_of(left), b = recipients_of(right);

	return a == b ? by_domain(left, right) : a < b ? 1 : -1;
}

/* One of a single count. */
static struct status_receiver receiver_of(const struct history_count *c)
{
	bool failed = c->result == HISTORY_BOUNCED || (c->result == HISTORY_WAITS && c->reply.kind != FAULT_NONE);
	struct status_receiver r = { .domain = c->domain, .waits = c->result == HISTORY_WAITS ? c->recipients : 0 };

	add_to(&r.sum, c);
	if (failed) {
		r.fault_ms = c->last_ms;
		r.fault = c->reply;
	}
	return r;
}

static void add_up_receivers(struct status *st)
{
	struct status_receiver *all = mem_resize(NULL, st->history.count + 1, sizeof *all);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < st->history.count; i++)
		if (st->history.items[i].result != HISTORY_DELETED)
			all[n++] = receiver_of(&st->history.items[i]);
	qsort(all, n, sizeof *all, by_domain);
	for (size_t i = 0; i < n; i++) {
		struct status_receiver *last = kept > 0 ? &all[kept - 1] : NULL;
		if (last == NULL || by_domain(last, &all[i]) != 0) {
			all[kept++] = all[i];
			continue;
		}
		last->sum.delivered += all[i].sum.delivered;
		last->sum.bounced += all[i].sum.bounced;
		last->waits += all[i].waits;
		if (all[i].fault_ms > last->fault_ms) {
			last->fault_ms = all[i].fault_ms;
			last->fault = all[i].fault;
		}
	}
	qsort(all, kept, sizeof *all, by_recipients);
	for (size_t i = 0; i < kept; i++) {
		if (i < STATUS_RECEIVERS) {
			st->receivers[st->receiver_count++] = all[i];
			continue;
		}
		st->others.delivered += all[i].sum.delivered;
		st->others.bounced += all[i].sum.bounced;
		st->others_waiting += all[i].waits;
		st->other_count++;
	}
	free(all);
}

void status_add_up(struct status *st)
{
	int64_t bar_ms = (int64_t)STATUS_BAR_HOURS * HISTORY_HOUR_MS, hour_ms = st->now_ms - st->now_ms % HISTORY_HOUR_MS;
	int64_t begin_ms = st->now_ms - st->now_ms % bar_ms - (STATUS_BARS - 1) * bar_ms;

	for (int i = 0; i < STATUS_BARS; i++)
		st->bars[i].from_ms = begin_ms + i * bar_ms;
	for (size_t i = 0; i < st->history.count; i++) {
		const struct history_count *c = &st->history.items[i];
		add_to(&st->days, c);
		if (c->hour_ms >= hour_ms - HISTORY_HOUR_MS && c->hour_ms < hour_ms)
			add_to(&st->hour, c);
		if (c->hour_ms >= hour_ms - 24 * HISTORY_HOUR_MS && c->hour_ms < hour_ms)
			add_to(&st->day, c);
		if (c->hour_ms >= begin_ms && c->hour_ms < begin_ms + STATUS_BARS * bar_ms)
			add_to(&st->bars[(c->hour_ms - begin_ms) / bar_ms].sum, c);
	}
	add_up_receivers(st);
}

/* ---- asking ---- */

void status_ask(const struct settings *s, const struct keyset *keys, int64_t now_ms, struct status *out)
{
	*out = (struct status){ .now_ms = now_ms, .hostname = s->hostname };
	out->answers = queue_status_ask(s, &out->queue, &out->fault) == 0 &&
		history_ask(s->control, (int64_t)STATUS_DAYS * 24 * HISTORY_HOUR_MS, &out->history, &out->fault) == 0;
	status_add_up(out);
	last_run_read(s, LAST_RUN_SEEN, &out->check_text);
	out->checked = last_run_sum_up(buf_span(&out->check_text), &out->check);
	out->keys = mem_resize(NULL, keys->count + 1, sizeof *out->keys);
	for (; out->key_count < keys->count; out->key_count++) {
		const struct keyset_key *k = &keys->items[out->key_count];
		struct stat st;
		out->keys[out->key_count] = (struct status_key){ k, stat(k->file, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : 0 };
	}
}

void status_free(struct status *st)
{
	queue_status_free(&st->queue);
	history_free(&st->history);
	free(st->keys);
	buf_free(&st->check_text);
	*st = (struct status){ 0 };
}
