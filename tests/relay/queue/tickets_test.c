/* SPDX-License-Identifier: ISC */
/*
 * Tickets go back to the site that left them, the newest of each terms, for
 * as long as they live; and their number is bounded.
 */
#include "tests/tap.h"

#include "relay/queue/tickets.h"

/* Borrowed until the next call. */
static const struct site_id *called(const char *site)
{
	static struct site_id id;

	site_id_free(&id);
	site_id_make(&(struct site_way){ .smarthost = site }, NULL, 0, &id);
	return &id;
}

static void keep(struct queue *q, const char *site, const char *terms, uint32_t life_s, const char *session)
{
	struct tls_ticket t = { .life_s = life_s };

	snprintf((char *)t.terms, sizeof t.terms, "%s", terms);
	buf_add_text(&t.session, session);
	tickets_keep(q, called(site), &t);
	tls_ticket_free(&t);
}

/* "b1 a1": what the sessions hold, in the order that they come. */
static void is_kept(struct queue *q, const char *site, const char *want, const char *what)
{
	struct tls_ticket out[TLS_TICKETS_MAX];
	struct buf got = { 0 };
	size_t count = tickets_of(q, called(site), out);

	for (size_t i = 0; i < count; i++)
		buf_printf(&got, "%s%s", i ? " " : "", buf_text(&out[i].session));
	is_text(buf_text(&got), want, "%s", what);
	buf_free(&got);
}

static void many(struct queue *q)
{
	char text[32];
	size_t count = 0;

	for (int i = 0; i < 3 * TICKETS_KEPT_MAX; i++) {
		snprintf(text, sizeof text, "t%d", i);
		keep(q, i % 2 ? "odd" : "even", text, 60, text);
	}
	is_kept(q, "odd", "t383 t381 t379 t377 t375 t373 t371 t369", "a session gets a few, the newest");
	for (int i = 0; i < 3 * TICKETS_KEPT_MAX; i++) {
		struct tls_ticket out[TLS_TICKETS_MAX];
		snprintf(text, sizeof text, "t%d", i);
		keep(q, i % 2 ? "odd" : "even", text, 0, "dead");
		count += tickets_of(q, called(text), out);
	}
	is_int(count, 0, "no other site has any");
	q->boot_ms += 60 * 1000;
	is_kept(q, "odd", "", "all are gone when their time is over");
	ok(q->tickets == NULL, "and overwritten");
}

int main(void)
{
	static struct queue q = { .boot_ms = 1000 };

	tap_plan(13);
	is_kept(&q, "a", "", "none at first");
	keep(&q, "a", "verify", 10, "a1");
	is_kept(&q, "a", "a1", "one");
	is_kept(&q, "b", "", "not for another site");
	keep(&q, "b", "verify", 10, "b1");
	is_kept(&q, "a", "a1", "the same terms at another site are another");
	keep(&q, "a", "may", 20, "a2");
	is_kept(&q, "a", "a2 a1", "other terms stand beside it");
	keep(&q, "a", "verify", 10, "a3");
	is_kept(&q, "a", "a3 a2", "the same terms take its place");
	keep(&q, "a", "verify", 0, "a4");
	keep(&q, "a", "verify", 10, "");
	is_kept(&q, "a", "a3 a2", "what lives no time, or is empty, is none");
	q.boot_ms += 10 * 1000;
	is_kept(&q, "a", "a2", "each for its own time");
	is_kept(&q, "b", "", "at every site");
	many(&q);
	return tap_done();
}
