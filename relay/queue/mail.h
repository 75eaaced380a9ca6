/*
 * mail - messages while they are on their way: row, bytes and signature, read
 * and made once for all jobs of the message, and kept a little beyond.
 */
#ifndef RELAY_QUEUE_MAIL_H
#define RELAY_QUEUE_MAIL_H

#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"
#include "relay/queue_id.h"

struct mail {
	struct store_message row;
	char queue_id[QUEUE_ID_TEXT];
	struct buf body;              /* inline only */
	bool missing;                 /* its bytes cannot be read, */
	bool damaged;                 /* and never will: they are not what was stored */
	struct fault body_fault;      /* why */
	unsigned jobs;                /* that need it */
	enum { MAIL_UNSIGNED, MAIL_SIGNING, MAIL_SIGNED } signing;
	uint64_t sign_ticket;
	uint64_t signer;              /* serial of the peer that has it; 0 none yet */
	bool signs_alone;             /* the signer that has it has nothing else (strikes.h) */
	struct buf fields;
	struct fault sign_fault;
	struct mail *newer, *older;   /* kept though no job needs them */
	struct mail *sign_next;       /* waits for a signer */
};

void mail_begin(struct queue *q);
const struct mail *mail_find(const struct queue *q, uint64_t id);    /* NULL: it is not in memory */

/* NULL when the store does not have it (any more). Each hold needs its release. */
struct mail *mail_hold(struct queue *q, uint64_t id);
void mail_release(struct queue *q, struct mail *m);
void mail_forget(struct queue *q, uint64_t id);    /* it is finished */

/* Asks a signer, now or when there is one. */
void mail_sign(struct queue *q, struct mail *m);
void mail_signed(struct queue *q, struct peer_channel *from, struct span payload);
void mail_signers_changed(struct queue *q);        /* one came */
void mail_signer_lost(struct queue *q, uint64_t serial);
void mail_sign_is_late(struct queue *q, uint64_t ticket);
void mail_signer_owes(struct queue *q, uint64_t serial);   /* an answer to what was taken back, for too long */

/* The message for a frame: inline, or *fd for a body file. False: its bytes cannot be read. */
bool mail_bytes(struct queue *q, struct mail *m, struct span *inline_bytes, int *fd);

#endif
