/* SPDX-License-Identifier: ISC */
/*
 * offer - one whole message on its way to pickup: a record (base/mail/record.h)
 * on a connection of its own, as sendmail hands one over at the submission
 * socket. Nothing here waits.
 *
 * The connection is a socketpair, one end of which goes to pickup with
 * FRAME_CALLER, which says whose mail it is. Where pickup is away, ends in the
 * middle or is busy, the same record is offered again: its id lets the queue
 * store it once. After OFFER_WAIT_MS that is given up, as a temporary fault.
 */
#ifndef RELAY_SMTPD_OFFER_H
#define RELAY_SMTPD_OFFER_H

#include "relay/channel.h"
#include "relay/protocol.h"
#include "relay/smtpd/spooled.h"

enum { OFFER_WAIT_MS = 60 * 1000 };

enum offer_state { OFFER_GOES_ON, OFFER_STORED, OFFER_REFUSED };

struct offer;

/* who and message are borrowed and outlive it; r is only read here. scale: of the settings. */
struct offer *offer_begin(const struct record *r, const struct caller *who, const struct spooled *message, double scale);

/* Does what can be done; pickup: the channel to it, or NULL. */
enum offer_state offer_work(struct offer *o, struct channel *pickup);

/* What to wait for: fd may be -1. */
int offer_fd(const struct offer *o);
short offer_events(const struct offer *o);
int64_t offer_deadline_ms(const struct offer *o);   /* boot */

const char *offer_queue_id(const struct offer *o);        /* when stored */
const struct fault *offer_fault(const struct offer *o);   /* when refused */

void offer_free(struct offer *o);    /* NULL does nothing */

#endif
