/* SPDX-License-Identifier: ISC */
/*
 * What is known of a receiver is what the queue keeps to there: its sessions,
 * its rate and the recipients of a message.
 */
#include "tests/tap.h"

#include "relay/queue/pacer.h"

#include <stdlib.h>

static const struct {
	const char *host;
	bool said;                        /* the owner sets 3 sessions, 6/m and 50 recipients */
	unsigned sessions, recipients, rate;
} receivers[] = {
	{ "mx.example.net", false, 5, 100, 0 },
	{ "smtp-in.orange.fr", false, 2, 100, 0 },
	{ "smtp-in.orange.fr", true, 3, 50, 6 },
	{ "mx1.mail.yahoo.co.jp", false, 2, 100, 10 },
	{ "mx01.mail.icloud.com", false, 10, 100, 0 },
	{ "mx1.comcast.net", false, 25, 100, 0 },
};

static void owner_says(struct settings *s)
{
	s->sessions_per_site = 3;
	s->recipients_per_message = 50;
	s->mx_rate = (struct rate){ 6, 60 * 1000 };
	s->said = (struct settings_said){ .sessions_per_site = true, .recipients_per_message = true, .mx_rate = true };
}

/* The most sessions that a receiver which takes everything ever gets. */
static unsigned most_sessions(struct pacer *p)
{
	unsigned most = 0;

	for (int64_t ms = 1; ms < 500; ms++) {
		pace_hear(&p->pace, &p->rules, PACE_TAKEN, 1, ms, 0);
		unsigned now = pace_sessions(&p->pace, &p->rules, ms);
		most = now > most ? now : most;
	}
	return most;
}

static void keeps_to_it(size_t i)
{
	struct queue q = { .rules.retry_min_ms = 300 * 1000 };
	struct settings s;
	struct target t = { .host = mem_text(receivers[i].host) };
	struct receiver r;

	settings_defaults(&s);
	if (receivers[i].said)
		owner_says(&s);
	q.settings = &s;
	pacer_begin(&q);
	receiver_make(NULL, &t, 1, &r);
	struct pacer *p = pacer_hold(&q, &r, NULL, &t, 1);
	is_int(p->rules.sessions, receivers[i].sessions, "%s: sessions", t.host);
	is_int(most_sessions(p), receivers[i].sessions, "%s: which it gets, and no more", t.host);
	is_int(p->recipients, receivers[i].recipients, "%s: recipients of a message", t.host);
	is_int(p->rules.rate.count, receivers[i].rate, "%s: rate", t.host);
	ok(pacer_hold(&q, &r, NULL, NULL, 0) == p, "%s: one for all its sites", t.host);
	pacer_release(&q, p);
	pacer_release(&q, p);
	receiver_free(&p->receiver);
	free(p);
	pacer_end(&q);
	receiver_free(&r);
	free(t.host);
	settings_free(&s);
}

/* Recipients of a transaction: what a receiver showed (421 at the next) holds against what it says (LIMITS). */
static void learns_recipients(void)
{
	static const struct { uint32_t told; int64_t after_ms; uint32_t known; } rows[] = {
		{ 0, 0, UINT32_MAX }, { 100, 0, 100 }, { 10, 0, 10 }, { 100, 0, 10 }, { 0, 0, 10 }, { 5, 0, 5 },
		{ 0, INT64_C(30) * 24 * 3600 * 1000, UINT32_MAX }, { 100, 0, 100 },
	};
	struct queue q = { .boot_ms = 1 };
	struct pacer p = { .any_changed = &q.any_site_changed };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		q.boot_ms += rows[i].after_ms;
		pacer_learn_recipients(&q, &p, rows[i].told);
		is_int(pacer_recipients(&q, &p), rows[i].known, "row %zu: told of %u", i, rows[i].told);
	}
}

static void remembers_messages(void)
{
	bool any_changed = false;
	struct pacer p = { .any_changed = &any_changed };

	for (uint64_t id = 1; id <= PACER_MESSAGES; id++)
		ok(pacer_meets_message(&p, id), "message %d is new", (int)id);
	ok(!pacer_meets_message(&p, 1), "the first is remembered");
	ok(pacer_meets_message(&p, 99), "one more");
	ok(!pacer_meets_message(&p, 99), "as well");
	ok(pacer_meets_message(&p, 1), "in the place of the first");
}

int main(void)
{
	tap_plan(58);
	learns_recipients();
	remembers_messages();
	for (size_t i = 0; i < sizeof receivers / sizeof receivers[0]; i++)
		keeps_to_it(i);
	return tap_done();
}
