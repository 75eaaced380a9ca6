/*
 * mail - messages while they are on their way: row, bytes and signature, read
 * and made once for all jobs of the message, and kept a little beyond.
 */
#ifndef RELAY_QUEUE_MAIL_H
#define RELAY_QUEUE_MAIL_H

#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

void mail_begin(struct queue *q);
/* False when the store does not have it (any more). Each hold needs its release; the rest is asked of what is held. */
bool mail_hold(struct queue *q, uint64_t id);
void mail_release(struct queue *q, uint64_t id);
bool mail_is_held(const struct queue *q, uint64_t id);
void mail_forget(struct queue *q, uint64_t id);    /* it is finished */

const struct store_message *mail_row(const struct queue *q, uint64_t id);
char *mail_queue_id(const struct queue *q, uint64_t id);
struct span mail_fields(const struct queue *q, uint64_t id);               /* that sign it */
const struct fault *mail_damage(const struct queue *q, uint64_t id);       /* NULL: its bytes are what was stored */

/* MAIL_NOT_SIGNED: it cannot be for now, and why says the reason. */
enum mail_state { MAIL_UNSIGNED, MAIL_SIGNING, MAIL_SIGNED, MAIL_NOT_SIGNED, MAIL_UNREADABLE };
enum mail_state mail_state(const struct queue *q, uint64_t id, struct reply *why);

/* Asks a signer, now or when there is one. */
void mail_sign(struct queue *q, uint64_t id);
void mail_signed(struct queue *q, struct peer_channel *from, struct span payload);
void mail_signers_changed(struct queue *q);        /* one came */
void mail_signer_lost(struct queue *q, uint64_t serial);
void mail_sign_is_late(struct queue *q, uint64_t ticket);
void mail_signer_owes(struct queue *q, uint64_t serial);   /* an answer to what was taken back, for too long */

/* The message for a frame: inline, or *fd for a body file. False: its bytes cannot be read. */
bool mail_bytes(struct queue *q, uint64_t id, struct span *inline_bytes, int *fd);

#endif
