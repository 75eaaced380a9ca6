/* SPDX-License-Identifier: ISC */
#include "relay/queue/tickets.h"

#include <stdlib.h>

/* The newest first. */
struct kept_ticket {
	struct site_id site;
	struct tls_ticket ticket;
	int64_t until_boot_ms;
	struct kept_ticket *next;
};

static void drop(struct kept_ticket **at)
{
	struct kept_ticket *k = *at;

	*at = k->next;
	tls_ticket_free(&k->ticket);
	site_id_free(&k->site);
	free(k);
}

static void wait_for_first(struct queue *q)
{
	int64_t first = INT64_MAX;

	for (const struct kept_ticket *k = q->tickets; k; k = k->next)
		first = k->until_boot_ms < first ? k->until_boot_ms : first;
	timers_set(&q->timers, TIMER_TLS_TICKETS, 0, first);
}

void tickets_expire(struct queue *q)
{
	for (struct kept_ticket **at = &q->tickets; *at;)
		if ((*at)->until_boot_ms <= q->boot_ms)
			drop(at);
		else
			at = &(*at)->next;
	wait_for_first(q);
}

void tickets_keep(struct queue *q, const struct site_id *site, struct tls_ticket *t)
{
	size_t count = 0;

	if (t->session.len == 0 || t->life_s == 0)
		return;
	tickets_expire(q);
	for (struct kept_ticket **at = &q->tickets; *at;) {    /* it replaces the one of its terms */
		bool is_same = memcmp((*at)->ticket.terms, t->terms, TLS_TERMS_BYTES) == 0 && site_id_eq(&(*at)->site, site);
		if (is_same || ++count == TICKETS_KEPT_MAX)
			drop(at);
		else
			at = &(*at)->next;
	}
	struct kept_ticket *k = mem_alloc(sizeof *k);
	*k = (struct kept_ticket){
		.ticket = *t, .next = q->tickets, .until_boot_ms = q->boot_ms + (int64_t)t->life_s * 1000,
	};
	site_id_copy(site, &k->site);
	q->tickets = k;
	wait_for_first(q);
	*t = (struct tls_ticket){ 0 };
}

size_t tickets_of(struct queue *q, const struct site_id *site, struct tls_ticket out[TLS_TICKETS_MAX])
{
	size_t count = 0;

	tickets_expire(q);
	for (const struct kept_ticket *k = q->tickets; k && count < TLS_TICKETS_MAX; k = k->next)
		if (site_id_eq(&k->site, site))
			out[count++] = k->ticket;
	return count;
}
