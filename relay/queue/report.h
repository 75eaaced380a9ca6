/* SPDX-License-Identifier: ISC */
/*
 * report - tells senders what could not be delivered, what is late, and what was
 * relayed to a server that makes no reports. A bounce process writes the report;
 * it is stored in the same commit that marks the recipients as reported. A report
 * has one kind only: failures come first.
 */
#ifndef RELAY_QUEUE_REPORT_H
#define RELAY_QUEUE_REPORT_H

#include "relay/queue/queue.h"

void report_begin(struct queue *q);
unsigned report_count(const struct queue *q);              /* how many are being made */

void report_start(struct queue *q);                        /* begins those that are due */
void report_has_peer(struct queue *q, struct peer_channel *p);
void report_frame(struct queue *q, struct peer_channel *p, struct frame *frame);
void report_lost(struct queue *q, uint64_t ticket);        /* its channel is gone */
void report_exited(struct queue *q, uint64_t ticket);      /* its process is gone: what it had said before still counts */
void report_timed_out(struct queue *q, uint64_t ticket);

void report_write(struct queue *q);                        /* called before the commit: writes those that are finished */

/* Puts those who read it in place of each recipient, by the aliases and root as pickup looks for them. */
void report_find_readers(struct queue *q, struct submission *s);

#endif
