/* SPDX-License-Identifier: ISC */
/*
 * detour - mail that would go straight ("mx") takes the smarthosts of the
 * setting on_address_change for as long as the world does not trust a new address
 * of this host (relay/queue/detour_rule.h), an order that is kept in the store.
 *
 * Where a commit fails, what was ordered or heard is taken back: memory has what the store has.
 *
 * Each family of addresses has its own. What can go straight by the other one
 * goes by that. Where mail goes straight from another address than before, the
 * blocks of the old one (relay/queue/blocked.h) are over. relay/queue/flow.h moves the mail: its way is judged once the
 * MX is known, so that what the DNS says of a domain holds as ever.
 */
#ifndef RELAY_QUEUE_DETOUR_H
#define RELAY_QUEUE_DETOUR_H

#include "relay/queue/queue.h"

struct control_detour;
struct control_standing;

void detour_begin(struct queue *q);

/* What "signet check" says. What comes of it is logged once it is committed. */
void detour_heard(struct queue *q, const struct control_standing *said);

/* By the owner's word; how many there were. */
unsigned detour_clear(struct queue *q);

/* The families that no mail goes straight by: FAMILY_ bits. */
unsigned detour_families(const struct queue *q);

/* Each in force, as a value for the owner; texts are borrowed. next begins at 0; false: no more. */
bool detour_next(const struct queue *q, size_t *next, struct buf *via, struct control_detour *out);

/* Why mail goes that way, as what was said of the first hop. */
void detour_reply(const struct queue *q, struct reply *out);

/* True once after each that began or ended: what goes straight is to be judged again. */
bool detour_take_change(struct queue *q);

/* Whoever got that ticket began before the last change: a session with an MX may have an address that is not to be used. */
bool detour_outdates(const struct queue *q, uint64_t ticket);

void detour_write(struct queue *q);    /* before destination_write */

#endif
