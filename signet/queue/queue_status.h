/* SPDX-License-Identifier: ISC */
/*
 * queue_status - the queue at a glance: since when signetd runs, what waits
 * and why, what is in the drop folder, who distrusts this host, and whether
 * the DNS answers.
 */
#ifndef SIGNET_QUEUE_QUEUE_STATUS_H
#define SIGNET_QUEUE_QUEUE_STATUS_H

#include "base/conf/settings.h"
#include "signet/queue/queue_summary.h"
#include "signet/way/sticky.h"

struct queue_status {
	struct buf counters;            /* signetd's, a name and a value a line */
	struct queue_summary waits;
	struct sticky_list blocks;
};

/* Asks at the owner's socket. -1: no signetd, or not ours to ask; out then holds nothing. */
int queue_status_ask(const struct settings *s, struct queue_status *out, struct fault *f);
void queue_status_free(struct queue_status *q);

/* The counter's value; "" and 0 where there is none of the name. */
struct span queue_status_text(const struct queue_status *q, const char *name);
unsigned long long queue_status_number(const struct queue_status *q, const char *name);

/* Some ten lines for people. */
void queue_status_print(const struct queue_status *q, const struct settings *s, struct buf *out);

/* "signet queue status [--counters]": the exit status. */
int queue_status(bool counters);

#endif
