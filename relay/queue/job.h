/*
 * job - one message and some of its recipients, on their way: picked from what
 * waits at a destination, carried from hop to hop, handed to a session. It is
 * in one list at a time, and whoever takes it off owns it.
 */
#ifndef RELAY_QUEUE_JOB_H
#define RELAY_QUEUE_JOB_H

#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

struct destination;

struct job {
	uint64_t ticket;
	uint64_t message;                  /* held (relay/queue/mail.h) */
	uint64_t destination;
	uint64_t session;                  /* ticket of the one it was handed to; 0 none */
	struct store_recipient *recipients;
	size_t recipient_count;
	uint8_t needs;                     /* NEED_ bits for these, wherever they lead (relay/queue/needs.h) */
	bool tls_optional;
	unsigned hop;                      /* of the destination when it was picked */
	struct text_list tried;            /* hosts that put it off in this round (relay/queue/hosts.h) */
	uint8_t trouble;                   /* enum delivery_trouble that its session told of; 0 none */
	int64_t begun_boot_ms;
	struct job *next;
};

struct job_list {
	struct job *first, *last;
	size_t count;
};

/* Takes the recipients over, which are of one message. NULL, and they are freed: it is not there. */
struct job *job_new(struct queue *q, struct destination *d, struct store_recipient *recipients, size_t count);
void job_free(struct queue *q, struct job *job);    /* recipients too, unless taken */

/* Its recipients are others now. */
void job_has_changed(const struct queue *q, struct job *job);

void job_list_add(struct job_list *list, struct job *job);
struct job *job_list_take(struct job_list *list, uint64_t ticket);   /* 0: the first */

/* Of one recipient, by its row's id. leave_out frees a job that has no other; false: it is in none. */
bool job_list_has(const struct job_list *list, uint64_t recipient);
bool job_list_leave_out(struct queue *q, struct job_list *list, uint64_t recipient);

#endif
