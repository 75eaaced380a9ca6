/* SPDX-License-Identifier: ISC */
/*
 * control_server - the owner's socket (base/view/control.h): one query a
 * connection. Clients are bounded in number, in what they may say, and in the
 * time they may take to say it or to read the answer.
 */
#ifndef RELAY_QUEUE_CONTROL_SERVER_H
#define RELAY_QUEUE_CONTROL_SERVER_H

#include "base/mail/submit.h"
#include "relay/queue/queue.h"

/* Who answers. */
struct control_handler {
	void (*asked)(struct queue *q, struct control_client *c, unsigned operation, struct span argument);
	void (*lost)(struct queue *q, const struct control_client *c);
};

void control_begin(struct queue *q);
void control_end(struct queue *q);              /* nobody can ask any more */
int control_socket(const struct queue *q);      /* -1: none yet */
unsigned control_clients(const struct queue *q);

/* Takes fd over; a later one replaces it. */
void control_listen(struct queue *q, const struct control_handler *handler, int fd);
size_t control_unsent_bytes(const struct control_client *c);
void control_reply(struct control_client *c, enum submit_reply_kind kind, struct span text);
void control_refuse(struct control_client *c, const struct fault *f);
void control_flush(struct queue *q);              /* writes, closes what is done or too slow */
void control_timed_out(struct queue *q, uint64_t serial);   /* with its question, or reading the answer */

#endif
