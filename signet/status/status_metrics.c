/* SPDX-License-Identifier: ISC */
/*
 * The status as gauges. What is counted over a window that moves is not a
 * counter: it falls, too. A value of a label is foreign text.
 */
#include "base/utf8.h"
#include "signet/keys/key_kind.h"
#include "signet/status/status.h"

/* Between quotes, as both formats want it; what is not UTF-8 becomes "?". */
static void add_label(const char *name, const char *value, struct buf *out)
{
	struct span rest = span_of(value);

	buf_printf(out, "%s=\"", name);
	while (rest.len > 0) {
		size_t n = utf8_length(rest);
		char c = rest.at[0];
		if (c == '\n')
			buf_add_text(out, "\\n");
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (n == 0 || (unsigned char)c < ' ')
			buf_add_byte(out, '?');
		else
			buf_add_span(out, (struct span){ rest.at, n });
		rest = (struct span){ rest.at + (n ? n : 1), rest.len - (n ? n : 1) };
	}
	buf_add_byte(out, '"');
}

static void begin(const char *name, const char *unit, const char *help, struct buf *out)
{
	buf_printf(out, "# TYPE %s gauge\n", name);
	if (unit)
		buf_printf(out, "# UNIT %s %s\n", name, unit);
	buf_printf(out, "# HELP %s %s\n", name, help);
}

static void add_plain(const char *name, const char *unit, const char *help, unsigned long long value, struct buf *out)
{
	begin(name, unit, help, out);
	buf_printf(out, "%s %llu\n", name, value);
}

static void add_sample(const char *name, const char *label, const char *value, const char *label2, const char *value2,
                       unsigned long long number, struct buf *out)
{
	buf_printf(out, "%s{", name);
	add_label(label, value, out);
	if (label2) {
		buf_add_byte(out, ',');
		add_label(label2, value2, out);
	}
	buf_printf(out, "} %llu\n", number);
}

static void add_queue(const struct status *st, struct buf *out)
{
	static const char *const states[] = {
		[LISTING_ACTIVE] = "in_delivery", [LISTING_DEFERRED] = "deferred", [LISTING_HELD] = "held",
	};
	const struct queue_status *q = &st->queue;
	int64_t oldest_ms = q->waits.oldest_ms;

	add_plain("signet_uptime_seconds", "seconds", "Since signetd began.", queue_status_number(q, "uptime_s"), out);
	add_plain("signet_sessions", NULL, "Connections with next hops that are open.", queue_status_number(q, "sessions"), out);
	add_plain("signet_store_good", NULL, "1 where the store can be written, else 0: nothing is accepted or delivered then.",
	          span_eq(queue_status_text(q, "store"), SPAN("good")), out);
	begin("signet_queue_messages", NULL, "Messages in the queue.", out);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		add_sample("signet_queue_messages", "state", states[i], NULL, NULL, q->waits.messages[i], out);
	add_plain("signet_queue_recipients", NULL, "Recipients of messages in the queue that are not done.", q->waits.recipients, out);
	add_plain("signet_queue_bytes", "bytes", "Size of the messages in the queue.", q->waits.bytes, out);
	add_plain("signet_queue_oldest_seconds", "seconds", "Age of the oldest message in the queue; 0 where it is empty.",
	          oldest_ms > 0 && st->now_ms > oldest_ms ? (unsigned long long)((st->now_ms - oldest_ms) / 1000) : 0, out);
	add_plain("signet_drop_records", NULL, "Messages in the drop folder that signetd is to take in.", queue_status_number(q, "drop_waiting"), out);
	add_plain("signet_drop_unreadable", NULL, "Files in the drop folder that cannot be read.", queue_status_number(q, "drop_bad"), out);
	add_plain("signet_blocked_receivers", NULL, "Receivers that distrust this host.", q->blocks.count, out);
	add_plain("signet_detours", NULL, "Address families by which mail does not go straight, since the address has changed.", q->blocks.detour_count, out);
}

static void add_results(const char *name, const char *help, const struct status_sum *sum, struct buf *out)
{
	begin(name, NULL, help, out);
	add_sample(name, "result", "delivered", NULL, NULL, sum->delivered, out);
	add_sample(name, "result", "bounced", NULL, NULL, sum->bounced, out);
}

static void add_receiver(const char *name, const char *receiver, const struct status_sum *sum, uint64_t waits, struct buf *out)
{
	add_sample(name, "receiver", receiver, "result", "delivered", sum->delivered, out);
	add_sample(name, "receiver", receiver, "result", "bounced", sum->bounced, out);
	add_sample(name, "receiver", receiver, "result", "waiting", waits, out);
}

static void add_key_samples(const char *name, const struct status *st, bool ages, struct buf *out)
{
	for (size_t i = 0; i < st->key_count; i++) {
		const struct status_key *t = &st->keys[i];
		if (ages ? t->made_ms == 0 : t->key->state == KEYSET_UNSEEN)
			continue;
		buf_printf(out, "%s{", name);
		add_label("domain", t->key->entry->domain, out);
		buf_add_byte(out, ',');
		add_label("selector", t->key->selector, out);
		buf_printf(out, ",scheme=\"%s\"} %lld\n", key_scheme_word(t->key->scheme),
		           ages ? (long long)((st->now_ms - t->made_ms) / 1000) : (long long)(t->key->state == KEYSET_USABLE));
	}
}

void status_print_metrics(const struct status *st, struct buf *out)
{
	static const char receivers[] = "signet_receiver_week_recipients";

	add_plain("signet_up", NULL, "1 where signetd answers, else 0.", st->answers, out);
	if (st->answers) {
		add_queue(st, out);
		add_results("signet_hour_recipients", "Recipients of the last full hour.", &st->hour, out);
		add_results("signet_day_recipients", "Recipients of the last 24 full hours.", &st->day, out);
		begin(receivers, NULL, "Recipients of the last 7 days by receiver; those beyond the largest are \"others\".", out);
		for (size_t i = 0; i < st->receiver_count; i++)
			add_receiver(receivers, st->receivers[i].domain, &st->receivers[i].sum, st->receivers[i].waits, out);
		if (st->other_count > 0)
			add_receiver(receivers, "others", &st->others, st->others_waiting, out);
	}
	begin("signet_key_age_seconds", "seconds", "Since the file of a private key was written.", out);
	add_key_samples("signet_key_age_seconds", st, true, out);
	begin("signet_key_usable", NULL, "1 where a private key can sign, else 0.", out);
	add_key_samples("signet_key_usable", st, false, out);
	if (st->checked) {
		int64_t age_s = st->now_ms / 1000 - st->check.time_s;
		begin("signet_check_findings", NULL, "What the last signet check found.", out);
		for (int state = FINDING_FAIL; state >= FINDING_PASS; state--)
			add_sample("signet_check_findings", "state", finding_state_name((enum finding_state)state), NULL, NULL,
			           st->check.counts[state], out);
		add_plain("signet_check_age_seconds", "seconds", "Since the last signet check.", age_s > 0 ? (unsigned long long)age_s : 0, out);
	}
	buf_add_text(out, "# EOF\n");
}
