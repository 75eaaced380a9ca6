/*
 * mail - messages while they are on their way: row, bytes and signature, read
 * and made once for all jobs of the message, and kept a little beyond.
 */
#ifndef RELAY_QUEUE_MAIL_H
#define RELAY_QUEUE_MAIL_H

#include "relay/queue/state.h"

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
