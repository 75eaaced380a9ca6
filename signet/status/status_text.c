/* SPDX-License-Identifier: ISC */
/* The status for people, and for programs as one JSON object. */
#include "base/escape.h"
#include "base/json.h"
#include "signet/keys/key_kind.h"
#include "signet/status/status.h"
#include "signet/talk/say.h"

static const int64_t day_ms = 24 * (int64_t)HISTORY_HOUR_MS;

/* ---- for people ---- */

static void print_receivers(const struct status *st, struct buf *out)
{
	if (st->receiver_count == 0)
		return;
	buf_printf(out, "\n  %-32s %10s %8s %8s\n", "RECEIVER", "DELIVERED", "BOUNCED", "WAITING");
	for (size_t i = 0; i < st->receiver_count; i++) {
		const struct status_receiver *r = &st->receivers[i];
		char when[SAY_TIME_BYTES];
		struct buf name = { 0 }, said = { 0 };
		escape_for_terminal(&name, span_of(r->domain[0] ? r->domain : "(this host)"));
		buf_printf(out, "  %-32s %10llu %8llu %8llu\n", buf_text(&name), (unsigned long long)r->sum.delivered,
		           (unsigned long long)r->sum.bounced, (unsigned long long)r->waits);
		if (r->fault_ms > 0) {
			reply_print(&r->fault, &said);
			buf_printf(out, "    %s: ", say_time(r->fault_ms / 1000, when));
			escape_for_terminal(out, buf_span(&said));
			buf_add_byte(out, '\n');
		}
		buf_free(&name);
		buf_free(&said);
	}
	if (st->other_count > 0)
		buf_printf(out, "  %-32s %10llu %8llu %8llu\n", "others", (unsigned long long)st->others.delivered,
		           (unsigned long long)st->others.bounced, (unsigned long long)st->others_waiting);
}

static void print_sum(const char *of, const struct status_sum *sum, const char *end, struct buf *out)
{
	buf_printf(out, "%s %llu delivered, %llu bounced%s", of, (unsigned long long)sum->delivered,
	           (unsigned long long)sum->bounced, end);
}

/* "check     2026-11-30 06:20:11: fail (2 fail, 1 warn, 0 unknown, 30 pass), first spf.record of example.org" */
static void print_check(const struct status *st, struct buf *out)
{
	static const enum finding_state told[] = { FINDING_FAIL, FINDING_WARN, FINDING_UNKNOWN, FINDING_PASS };
	const struct last_run_summary *c = &st->check;
	char when[SAY_TIME_BYTES];

	if (!st->checked)
		return;
	buf_printf(out, "check     %s: %s (", say_time(c->time_s, when), finding_state_name(c->worst));
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		buf_printf(out, "%s%zu %s", i ? ", " : "", c->counts[told[i]], finding_state_name(told[i]));
	buf_add_text(out, c->first ? "), first " : ")");
	if (c->first)
		buf_add_text(out, c->first->id);
	if (c->first && c->domain.len > 0) {
		buf_add_text(out, " of ");
		escape_for_terminal(out, c->domain);
	}
	if (c->first && c->family)
		buf_printf(out, " (IPv%u)", c->family);
	buf_add_text(out, c->first ? ": signet check says how to fix it\n" : "\n");
}

void status_print_text(const struct status *st, const struct settings *s, struct buf *out)
{
	if (st->answers) {
		queue_status_print(&st->queue, s, out);
		print_sum("mail      last hour", &st->hour, "; ", out);
		print_sum("last day", &st->day, "; ", out);
		print_sum("last 7 days", &st->days, "\n", out);
	}
	print_check(st, out);
	if (st->answers)
		print_receivers(st, out);
	if (st->key_count > 0)
		buf_printf(out, "\n  %-32s %-16s %-10s %s\n", "KEY OF", "SELECTOR", "SCHEME", "KIND");
	for (size_t i = 0; i < st->key_count; i++) {
		const struct status_key *t = &st->keys[i];
		const struct keyset_key *k = t->key;
		buf_printf(out, "  %-32s %-16s %-10s", k->entry->domain, k->selector, key_scheme_word(k->scheme));
		if (k->key)
			buf_printf(out, " %s %u", key_type_word(sign_key_type(k->key)), sign_key_bits(k->key));
		if (t->made_ms > 0)
			buf_printf(out, ", %lld days old", (long long)((st->now_ms - t->made_ms) / day_ms));
		if (k->state == KEYSET_UNUSABLE || k->state == KEYSET_UNSEEN) {
			buf_add_text(out, k->state == KEYSET_UNUSABLE ? ", cannot be used: " : ", not looked at: ");
			escape_for_terminal(out, span_of(k->fault.text));
		}
		buf_add_byte(out, '\n');
	}
}

/* ---- for programs ---- */

static void add_sum(struct json *j, const char *key, const struct status_sum *sum)
{
	json_object(j, key);
	json_count(j, "delivered", sum->delivered);
	json_count(j, "bounced", sum->bounced);
	json_end(j);
}

static void add_queue(struct json *j, const struct queue_status *q)
{
	json_object(j, "signetd");
	json_span(j, "version", queue_status_text(q, "version"));
	json_count(j, "uptime", queue_status_number(q, "uptime_s"));
	json_count(j, "sessions", queue_status_number(q, "sessions"));
	json_span(j, "store", queue_status_text(q, "store"));
	json_end(j);
	json_object(j, "queue");
	json_count(j, "in_delivery", q->waits.messages[LISTING_ACTIVE]);
	json_count(j, "deferred", q->waits.messages[LISTING_DEFERRED]);
	json_count(j, "held", q->waits.messages[LISTING_HELD]);
	json_count(j, "recipients", q->waits.recipients);
	json_count(j, "bytes", q->waits.bytes);
	json_number(j, "oldest", q->waits.oldest_ms / 1000);
	json_end(j);
	json_object(j, "drop");
	json_count(j, "waiting", queue_status_number(q, "drop_waiting"));
	json_count(j, "unreadable", queue_status_number(q, "drop_bad"));
	json_end(j);
	json_array(j, "blocks");
	for (size_t i = 0; i < q->blocks.count; i++) {
		const struct control_sticky *b = &q->blocks.items[i];
		struct buf said = { 0 };
		reply_print(&b->reply, &said);
		json_object(j, NULL);
		json_text(j, "site", b->site);
		json_text(j, "domain", b->domain);
		json_text(j, "address", b->address);
		json_number(j, "since", b->since_ms / 1000);
		json_number(j, "until", b->until_ms / 1000);
		json_text(j, "reply", buf_text(&said));
		json_end(j);
		buf_free(&said);
	}
	json_end(j);
}

static void add_detours(struct json *j, const struct sticky_list *l)
{
	json_array(j, "detours");
	for (size_t i = 0; i < l->detour_count; i++) {
		const struct control_detour *d = &l->detours[i];
		json_object(j, NULL);
		json_count(j, "family", d->family);
		json_text(j, "address", d->address);
		json_text(j, "before", d->before);
		json_text(j, "via", d->via);
		json_number(j, "since", d->since_ms / 1000);
		json_text(j, "why", d->why);
		json_end(j);
	}
	json_end(j);
}

static void add_receiver(struct json *j, const struct status_receiver *r)
{
	struct buf said = { 0 };

	json_object(j, NULL);
	json_text(j, "domain", r->domain);
	json_count(j, "delivered", r->sum.delivered);
	json_count(j, "bounced", r->sum.bounced);
	json_count(j, "waiting", r->waits);
	if (r->fault_ms > 0) {
		reply_print(&r->fault, &said);
		json_object(j, "last_fault");
		json_number(j, "time", r->fault_ms / 1000);
		json_text(j, "status", r->fault.status);
		json_text(j, "reply", buf_text(&said));
		json_end(j);
	}
	json_end(j);
	buf_free(&said);
}

static void add_key(struct json *j, const struct status *st, const struct status_key *t)
{
	const struct keyset_key *k = t->key;

	json_object(j, NULL);
	json_text(j, "domain", k->entry->domain);
	json_text(j, "selector", k->selector);
	json_text(j, "scheme", key_scheme_word(k->scheme));
	if (k->state == KEYSET_UNSEEN)
		json_null(j, "usable");
	else
		json_flag(j, "usable", k->state == KEYSET_USABLE);
	if (t->made_ms > 0)
		json_number(j, "age_days", (st->now_ms - t->made_ms) / day_ms);
	json_end(j);
}

static void add_check(struct json *j, const struct status *st)
{
	const struct last_run_summary *c = &st->check;

	if (!st->checked)
		return;
	json_object(j, "check");
	json_number(j, "time", c->time_s);
	json_text(j, "worst", finding_state_name(c->worst));
	if (c->first) {
		json_object(j, "first");
		json_text(j, "id", c->first->id);
		json_span(j, "domain", c->domain);
		if (c->family)
			json_count(j, "family", c->family);
		else
			json_null(j, "family");
		json_end(j);
	} else {
		json_null(j, "first");
	}
	json_object(j, "findings");
	for (int state = FINDING_FAIL; state >= FINDING_PASS; state--)
		json_count(j, finding_state_name((enum finding_state)state), c->counts[state]);
	json_end(j);
	json_end(j);
}

void status_print_json(const struct status *st, struct buf *out)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_count(&j, "version", 1);
	json_number(&j, "time", st->now_ms / 1000);
	json_text(&j, "host", st->hostname);
	json_flag(&j, "answers", st->answers);
	if (st->answers) {
		add_queue(&j, &st->queue);
		add_detours(&j, &st->queue.blocks);
		json_object(&j, "mail");
		add_sum(&j, "hour", &st->hour);
		add_sum(&j, "day", &st->day);
		add_sum(&j, "week", &st->days);
		json_end(&j);
		json_array(&j, "receivers");
		for (size_t i = 0; i < st->receiver_count; i++)
			add_receiver(&j, &st->receivers[i]);
		json_end(&j);
		json_count(&j, "other_receivers", st->other_count);
	} else {
		json_text(&j, "fault", st->fault.text);
	}
	json_array(&j, "keys");
	for (size_t i = 0; i < st->key_count; i++)
		add_key(&j, st, &st->keys[i]);
	json_end(&j);
	add_check(&j, st);
	json_end(&j);
	buf_add_byte(out, '\n');
}
