/* SPDX-License-Identifier: ISC */
/*
 * status - the mail of this host at a glance, as a value: what waits and why, what became of the mail
 * of the last days and at which receivers, who distrusts this host, the keys, and what signet check
 * found the last time. It is asked for once, and printed in four forms.
 */
#ifndef SIGNET_STATUS_STATUS_H
#define SIGNET_STATUS_STATUS_H

#include "base/view/history.h"
#include "signet/keys/keyset.h"
#include "signet/queue/queue_status.h"
#include "signet/trust/last_run.h"

enum {
	STATUS_DAYS = 7,
	STATUS_BAR_HOURS = 3,                               /* UTC, from midnight on */
	STATUS_BARS = STATUS_DAYS * 24 / STATUS_BAR_HOURS,  /* the last one is not over */
	STATUS_RECEIVERS = 30,                              /* told apart at most */
};

struct status_sum { uint64_t delivered, bounced; };    /* recipients */

struct status_receiver {
	char *domain;              /* of the recipients; "" for this host's own; borrowed from the history */
	struct status_sum sum;     /* of STATUS_DAYS */
	uint64_t waits;
	int64_t fault_ms;          /* when the newest of those that were not delivered failed; 0: none */
	struct reply fault;        /* and why; of kind NONE where it has not been tried yet */
};

struct status_key {
	const struct keyset_key *key;
	int64_t made_ms;           /* when its file was last written; 0: not known */
};

struct status {
	int64_t now_ms;
	const char *hostname;
	bool answers;              /* signetd does; else fault says why, and of what follows there are only keys */
	struct fault fault;
	struct queue_status queue;
	struct history history;    /* of STATUS_DAYS */

	struct status_sum hour, day, days;                /* the last full hour and 24 hours, and all of the history */
	struct { int64_t from_ms; struct status_sum sum; } bars[STATUS_BARS];
	struct status_receiver receivers[STATUS_RECEIVERS];
	size_t receiver_count;                            /* those with the most recipients, the first of them first */
	struct status_sum others;
	uint64_t others_waiting, other_count;             /* receivers beyond those */

	struct status_key *keys;
	size_t key_count;

	bool checked;              /* signet check has been run; */
	struct buf check_text;     /* as it is remembered, */
	struct last_run_summary check;                    /* and at a glance */
};

/* s and keys must live as long as *out does. The keys are the caller's: reading them runs the commands of their pass phrases. */
void status_ask(const struct settings *s, const struct keyset *keys, int64_t now_ms, struct status *out);
void status_free(struct status *st);

/* What the history says as sums, bars and receivers. Pure; status_ask does it. */
void status_add_up(struct status *st);

/* Pure. Foreign texts are escaped. */
void status_print_text(const struct status *st, const struct settings *s, struct buf *out);
void status_print_json(const struct status *st, struct buf *out);        /* one object, with "version": 1 */
void status_print_html(const struct status *st, struct buf *out);        /* a page that needs nothing else */
void status_print_metrics(const struct status *st, struct buf *out);     /* OpenMetrics 1.0, gauges only, which Prometheus' text format reads, too */

#endif
