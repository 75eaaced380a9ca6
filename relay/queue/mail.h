/* SPDX-License-Identifier: ISC */
/*
 * mail - messages while they are on their way. Row, bytes and signature are
 * read and made once for all jobs of a message, and kept a little longer.
 */
#ifndef RELAY_QUEUE_MAIL_H
#define RELAY_QUEUE_MAIL_H

#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

void mail_begin(struct queue *q);
/*
 * A message that is pinned stays in memory; all functions below but mail_finished want it pinned. False: the store does
 * not have it (any more).
 */
bool mail_pin(struct queue *q, uint64_t id);
void mail_unpin(struct queue *q, uint64_t id);
bool mail_is_pinned(const struct queue *q, uint64_t id);

/* All its recipients have ended, and this is committed: it is logged and forgotten. body_file: is removed; NULL: it has none. */
void mail_finished(struct queue *q, const struct committed *c, uint64_t id, const char *body_file);

const struct store_message *mail_row(const struct queue *q, uint64_t id);
char *mail_queue_id(const struct queue *q, uint64_t id);
struct span mail_fields(const struct queue *q, uint64_t id);               /* its signature */
const struct fault *mail_damage(const struct queue *q, uint64_t id);       /* NULL: its bytes are what was stored */

/* MAIL_READY: it can be sent, signed or not. MAIL_CANNOT_SIGN: not now; why gives the reason. */
enum mail_state { MAIL_TO_SIGN, MAIL_AT_SIGNER, MAIL_READY, MAIL_CANNOT_SIGN, MAIL_UNREADABLE };
enum mail_state mail_state(const struct queue *q, uint64_t id, struct reply *why);

/* Asks a signer, now or when there is one. */
void mail_sign(struct queue *q, uint64_t id);
void mail_signed(struct queue *q, struct peer_channel *from, struct frame *frame);    /* FRAME_SIGNED */
void mail_signer_came(struct queue *q);        /* a signer came */
void mail_signer_lost(struct queue *q, struct peer_channel *signer);
void mail_sign_timed_out(struct queue *q, uint64_t ticket);
void mail_signer_timed_out(struct queue *q, uint64_t serial);   /* it has not answered about a message that was taken back */

/* The message for a frame: inline, or *fd for a body file. False: its bytes cannot be read. */
bool mail_bytes(struct queue *q, uint64_t id, struct span *inline_bytes, int *fd);

#endif
