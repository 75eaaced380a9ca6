/* SPDX-License-Identifier: ISC */
/*
 * job - one message and some of its recipients: picked from what waits at a
 * destination, kept from hop to hop, handed to a session. It is in one list at a
 * time, and whoever takes it off the list owns it.
 */
#ifndef RELAY_QUEUE_JOB_H
#define RELAY_QUEUE_JOB_H

#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

struct destination;

struct job {
	uint64_t ticket;
	uint64_t message;                  /* pinned (relay/queue/mail.h) */
	uint64_t destination;
	uint64_t session;                  /* ticket of the session it was handed to; 0: none */
	struct store_recipient *recipients;
	size_t recipient_count;
	uint8_t needs;                     /* NEED_ bits of these recipients, at any hop (relay/queue/needs.h) */
	bool tls_optional;
	unsigned hop;                      /* the destination's hop when it was picked */
	struct text_list tried;            /* hosts that put it off in this round (relay/queue/hosts.h) */
	uint8_t trouble;                   /* enum delivery_trouble that its session reported; 0: none */
	int64_t begun_boot_ms;
	struct job *next;
};

struct job_list {
	struct job *first, *last;
	size_t count;
};

/* Takes over the recipients, all of one message. NULL: the message is gone, and they have been freed. */
struct job *job_new(struct queue *q, struct destination *d, struct store_recipient *recipients, size_t count);
void job_free(struct queue *q, struct job *job);    /* recipients too, unless taken */

/* To be called when its recipients have changed. */
void job_find_needs(const struct queue *q, struct job *job);

void job_list_add(struct job_list *list, struct job *job);
struct job *job_list_take(struct job_list *list, uint64_t ticket);   /* 0: the first */

/* A recipient, by its row's id, is in one of the jobs; leaving it out frees a job that has no other. False: it is in none. */
bool job_list_has(const struct job_list *list, uint64_t recipient);
bool job_list_leave_out(struct queue *q, struct job_list *list, uint64_t recipient);

#endif
