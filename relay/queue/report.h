/*
 * report - tells senders what could not be delivered, what is late, and what
 * was relayed to where no more is heard of it: asks a bounce process for the
 * message, and stores it in the same commit that says so of the recipients.
 * One kind a message: failures first.
 */
#ifndef RELAY_QUEUE_REPORT_H
#define RELAY_QUEUE_REPORT_H

#include "relay/queue/queue.h"

void report_begin(struct queue *q);
unsigned report_count(const struct queue *q);              /* that are being made */

void report_start(struct queue *q);                        /* those that are due */
void report_has_peer(struct queue *q, struct peer_channel *p);
void report_frame(struct queue *q, struct peer_channel *p, struct frame *frame);
void report_lost(struct queue *q, uint64_t ticket);        /* its channel is gone */
void report_exited(struct queue *q, uint64_t ticket);      /* its process is: what it still said counts */
void report_is_late(struct queue *q, uint64_t ticket);

void report_write(struct queue *q);                        /* before the commit: those that are over */

#endif
