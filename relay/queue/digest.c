/* SPDX-License-Identifier: ISC */
#include "relay/queue/digest.h"

#include "base/mail/date.h"
#include "relay/queue/accept.h"
#include "relay/queue/rates.h"
#include "relay/queue/report.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- its text ---- */

static void write_header(const struct queue *q, const struct runaway *who, const char *message_id, struct buf *out)
{
	const struct settings *s = q->settings;

	buf_printf(out, "From: Signet <MAILER-DAEMON@%s>\r\nTo: root@%s\r\nSubject: Signet holds mail of ", s->domain, s->domain);
	rates_print(who, out);
	buf_printf(out, "\r\n on %s\r\nDate: ", s->hostname);
	date_print(q->wall_ms, DATE_LOCAL, out);
	buf_printf(out, "\r\nMessage-ID: <%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	           "Content-Type: text/plain; charset=us-ascii\r\n\r\n", message_id);
}

static void write_text(const struct queue *q, const struct runaway *who, struct buf *out)
{
	struct buf options = { 0 };

	rates_options(who, &options);
	buf_printf(out, "On %s,\r\n", q->settings->hostname);
	rates_reason(q->rates, who, out);
	buf_add_text(out, ".\r\n\r\nSo what it submits has been held in the queue since\r\n");
	date_print(who->since_ms, DATE_LOCAL, out);
	buf_printf(out, ": %llu message%s so far. The programs were told\r\n"
	           "that their mail is accepted; it is kept and waits for you. What comes from there\r\n"
	           "later is held as well, without another notice, until it has slowed down.\r\n\r\n"
	           "The first of what is held:\r\n\r\n", (unsigned long long)who->held, who->held == 1 ? "" : "s");
	buf_add_span(out, buf_span(&who->samples));
	buf_printf(out, "\r\nTo see all of it:\r\n\r\n    signet queue list %s\r\n", buf_text(&options));
	buf_printf(out, "\r\nIf it should go out (the count then begins again):\r\n\r\n    signet queue release %s\r\n", buf_text(&options));
	buf_printf(out, "\r\nIf not, first stop the program that sends it, and then:\r\n\r\n    signet queue delete %s\r\n", buf_text(&options));
	buf_printf(out, "\r\nIf it may always send so much, raise the rate in signet.conf and run\r\n\"signet reload\".\r\n");
	buf_free(&options);
}

/* ---- its way ---- */

struct told {
	enum rates_kind kind;
	uint32_t uid;
	char *name;
	struct submission s;
	uint64_t id;
};

static void told_free(struct told *t)
{
	submission_free(&t->s);
	free(t->name);
	free(t);
}

static void committed(struct queue *q, const struct committed *c, void *what)
{
	struct told *t = what;

	accept_log(c, &t->s, t->id, q->wall_ms, false);
	told_free(t);
}

static void not_committed(struct queue *q, const struct fault *f, void *what)
{
	struct told *t = what;

	(void)f;
	rates_tell_again(q->rates, t->kind, t->uid, t->name);
	timers_set_wall(&q->timers, TIMER_RUNAWAY, 0, q->wall_ms + q->rates->tell_ms);
	told_free(t);
}

static void tell(struct queue *q, struct runaway *who)
{
	struct told *t = mem_alloc(sizeof *t);
	struct submission *s = &t->s;
	struct buf message = { 0 }, id = { 0 };
	uint64_t number[2];
	bool known;

	if (getrandom(s->id, sizeof s->id, 0) != (ssize_t)sizeof s->id)
		abort();
	memcpy(number, s->id, sizeof number);
	buf_printf(&id, "%016llx%016llx@%s", (unsigned long long)number[0], (unsigned long long)number[1], q->settings->domain);
	write_header(q, who, buf_text(&id), &message);
	write_text(q, who, &message);
	s->uid = getuid();
	s->sender = mem_text("");
	s->envid = mem_text("");
	s->from_domain = mem_text(q->settings->domain);
	s->message_id = buf_take(&id);
	s->program = mem_text("signet");
	s->unit = mem_text("");
	s->container = mem_text("");
	s->held = mem_text("");
	s->body_file = mem_text("");
	s->arrival_ms = q->wall_ms;
	s->size_bytes = message.len;
	s->recipients = mem_alloc(sizeof *s->recipients);
	s->recipient_count = 1;
	s->recipients[0] = (struct submission_recipient){ .address = mem_text("root"), .original = mem_text("root"),
		.notify = NOTIFY_NEVER, .orcpt = mem_text(""), .refused = mem_text(""), .refused_status = mem_text("") };
	report_find_readers(q, s);
	s->message = buf_span(&message);
	store_begin(q->store);
	t->id = accept_part(q, s, &known);
	s->message = SPAN("");
	buf_free(&message);
	who->told = true;
	t->kind = who->kind;
	t->uid = who->uid;
	t->name = mem_text(who->name);
	turn_after(q, committed, not_committed, t);
}

void digest_tell(struct queue *q, bool all)
{
	for (struct runaway *who; !q->store_bad && (who = rates_untold(q->rates, all ? INT64_MAX : q->wall_ms)) != NULL;)
		tell(q, who);
	int64_t next = rates_next_ms(q->rates), again = q->wall_ms + q->rates->tell_ms;
	timers_set_wall(&q->timers, TIMER_RUNAWAY, 0, next <= q->wall_ms ? again : next);
}
