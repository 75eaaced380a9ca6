/* SPDX-License-Identifier: ISC */
#include "relay/queue/mail_log.h"

#include "base/log.h"
#include "relay/queue/event.h"
#include "relay/queue_id.h"

/* ---- delays ---- */

static int64_t at_least_0(int64_t ms)
{
	return ms > 0 ? ms : 0;
}

struct delays delays_of(int64_t arrival_ms, int64_t due_ms, int64_t now_ms, int64_t setup_ms, int64_t transfer_ms)
{
	struct delays d = { .total_ms = at_least_0(now_ms - arrival_ms) };
	int64_t before_ms = at_least_0(due_ms - arrival_ms);

	if (before_ms > d.total_ms)
		before_ms = d.total_ms;
	d.part_ms[0] = before_ms;
	d.part_ms[1] = at_least_0(d.total_ms - before_ms - setup_ms - transfer_ms);
	d.part_ms[2] = setup_ms;
	d.part_ms[3] = transfer_ms;
	return d;
}

static void add_seconds(struct buf *out, int64_t ms)
{
	int64_t step = ms < 995 ? 10 : ms < 9950 ? 100 : 1000;
	int64_t hundredths = (ms + step / 2) / step * step / 10;

	buf_printf(out, "%lld", (long long)hundredths / 100);
	if (hundredths % 10)
		buf_printf(out, ".%02d", (int)(hundredths % 100));
	else if (hundredths % 100)
		buf_printf(out, ".%d", (int)(hundredths % 100) / 10);
}

void delays_print(const struct delays *d, struct buf *out)
{
	buf_add_text(out, "delay=");
	add_seconds(out, d->total_ms);
	for (size_t i = 0; i < 4; i++) {
		buf_add_text(out, i == 0 ? ", delays=" : "/");
		add_seconds(out, d->part_ms[i]);
	}
}

/* ---- deliveries ---- */

static const struct {
	const char *word;
	const char *dsn;      /* where the reply has none */
} statuses[] = {
	[DELIVERY_SENT] = { "sent", "2.0.0" },
	[DELIVERY_DEFERRED] = { "deferred", "4.0.0" },
	[DELIVERY_BOUNCED] = { "bounced", "5.0.0" },
	[DELIVERY_ASKED] = { "asked", "2.0.0" },
};

static void log_delivery(const struct mail_log_delivery *d)
{
	bool is_local = reply_is_of_mailbox(d->reply);
	struct log_about about = {
		.program = d->refused ? "signet/error" : is_local ? "signet/local" : "signet/smtp", .queue_id = d->queue_id, .recipient = d->address,
		.relay = d->reply->relay[0] ? d->reply->relay : "none", .status = statuses[d->status].word,
		.tls = d->tls, .dsn = d->reply->status[0] ? d->reply->status : statuses[d->status].dsn,
	};
	bool renamed = d->original[0] && strcmp(d->original, d->address) != 0;
	struct buf delays = { 0 }, said = { 0 };

	delays_print(&d->delays, &delays);
	if (d->tls)
		buf_printf(&delays, " tls=%s", d->tls);
	reply_print(d->reply, &said);
	if (d->earlier && d->earlier[0])
		buf_printf(&said, "; before that, %s", d->earlier);
	log_about(LOG_LEVEL_INFO, &about, "%s: to=<%s>,%s%s%s relay=%s, %s, dsn=%s, status=%s (%s)", d->queue_id, d->address,
	          renamed ? " orig_to=<" : "", renamed ? d->original : "", renamed ? ">," : "", about.relay, buf_text(&delays),
	          about.dsn, about.status, buf_text(&said));
	buf_free(&delays);
	buf_free(&said);
}

void mail_log_delivery(const struct committed *c, const struct mail_log_delivery *d)
{
	log_delivery(d);
	if (d->status == DELIVERY_SENT || d->status == DELIVERY_BOUNCED)
		event_tell(c, &(struct event){ d->status == DELIVERY_SENT ? EVENT_DELIVERED : EVENT_BOUNCED, d->queue_id, d->address,
		                               d->original, d->reply });
}

void mail_log_waits(const struct mail_log_delivery *d)
{
	log_delivery(d);
}

/* ---- messages ---- */

void mail_log_accepted(const struct committed *c, const struct submission *part, uint64_t id, bool by_caller)
{
	char queue_id[QUEUE_ID_TEXT];
	struct log_about about = { .queue_id = queue_id };
	const char *unit = part->unit ? part->unit : "", *container = part->container ? part->container : "";

	(void)c;
	queue_id_print(id, queue_id);
	about.program = "signet/pickup";
	if (by_caller)
		log_about(LOG_LEVEL_INFO, &about, "%s: uid=%u from=<%s>%s%s%s%s", queue_id, part->uid, part->sender,
		          unit[0] ? " unit=" : "", unit, container[0] ? " container=" : "", container);
	about.program = "signet/cleanup";
	log_about(LOG_LEVEL_INFO, &about, "%s: message-id=<%s>", queue_id, part->message_id);
	about.program = NULL;
	log_about(LOG_LEVEL_INFO, &about, "%s: from=<%s>, size=%llu, nrcpt=%zu (queue active)", queue_id, part->sender,
	          (unsigned long long)part->size_bytes, part->recipient_count);
	if (part->held[0])
		log_about(LOG_LEVEL_WARNING, &about, "%s: held: %s", queue_id, part->held);
}

void mail_log_expired(const struct committed *c, const char *queue_id, const char *sender, bool returned)
{
	struct log_about about = { .queue_id = queue_id, .status = "expired" };

	(void)c;
	log_about(LOG_LEVEL_INFO, &about, "%s: from=<%s>, status=expired, %s", queue_id, sender,
	          returned ? "returned to sender" : "not returned to sender");
}

void mail_log_removed(const struct committed *c, const char *queue_id)
{
	(void)c;
	log_about(LOG_LEVEL_INFO, &(struct log_about){ .queue_id = queue_id }, "%s: removed", queue_id);
}

void mail_log_notification(const struct committed *c, uint64_t id, const char *what, uint64_t new_id)
{
	char queue_id[QUEUE_ID_TEXT], new_queue_id[QUEUE_ID_TEXT];
	struct log_about about = { .program = "signet/bounce", .queue_id = queue_id };

	(void)c;
	queue_id_print(id, queue_id);
	queue_id_print(new_id, new_queue_id);
	log_about(LOG_LEVEL_INFO, &about, "%s: sender %s notification: %s", queue_id, what, new_queue_id);
}
