/* SPDX-License-Identifier: ISC */
#include "relay/queue/runaway.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/mail/date.h"
#include "base/mail/record.h"
#include "relay/queue/rates.h"

#include <unistd.h>

enum { SHOWN_MAX = 80 };

void runaway_begin(struct queue *q)
{
	q->rates = mem_alloc(sizeof *q->rates);
	q->rates->user = q->settings->user_rate;
	q->rates->unit = q->settings->unit_rate;
	q->rates->tell_ms = clock_scaled_ms(q->settings->time_scale, RATES_TELL_MS, 1);
}

static void add_shown(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	escape(out, (struct span){ text, len < SHOWN_MAX ? len : SHOWN_MAX });
}

static void add_sample(struct runaway *who, const struct submission *s)
{
	struct buf *out = &who->samples;

	if (who->sample_count++ >= RATES_SAMPLES)
		return;
	buf_add_text(out, "    ");
	date_print(s->arrival_ms, DATE_LOCAL, out);
	buf_add_text(out, "\r\n        from <");
	add_shown(out, s->sender);
	buf_add_text(out, "> to <");
	add_shown(out, s->recipients[0].original);
	buf_add_text(out, ">");
	if (s->recipient_count > 1)
		buf_printf(out, " and %zu more", s->recipient_count - 1);
	if (s->program && s->program[0]) {
		buf_add_text(out, ", by ");
		add_shown(out, s->program);
	}
	buf_printf(out, ", uid %u%s%s%s%s\r\n", s->uid, s->unit[0] ? ", unit " : "", s->unit, s->container[0] ? ", container " : "",
	           s->container);
}

bool runaway_holds(struct queue *q, const struct submission *s, struct buf *reason)
{
	/* The roles' user also stands for SMTP clients whose own is not known, and these may send as <>. */
	bool is_notice = s->uid == getuid() && s->sender[0] == '\0' && s->program && strcmp(s->program, RECORD_PROGRAM_OURS) == 0;
	struct runaway *who = is_notice ? NULL : rates_count(q->rates, s->uid, s->unit, s->container, q->wall_ms);
	struct buf options = { 0 };

	if (who == NULL)
		return false;
	rates_reason(q->rates, who, reason);
	if (who->held == 1) {
		rates_options(who, &options);
		log_line(LOG_LEVEL_WARNING, "%s: what it submits is held; to see it: signet queue list %s", buf_text(reason),
		         buf_text(&options));
		buf_free(&options);
	}
	add_sample(who, s);
	timers_set_wall(&q->timers, TIMER_RUNAWAY, 0, rates_next_ms(q->rates));
	return true;
}

void runaway_released(struct queue *q, const struct store_message *m)
{
	rates_forgive(q->rates, m->uid, m->unit, m->container);
}
