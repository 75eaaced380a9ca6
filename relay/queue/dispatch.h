/* SPDX-License-Identifier: ISC */
/*
 * dispatch - brings the mail of open destinations to the sessions of their
 * sites: picks jobs ahead, has them signed, hands them out as fast as the pacers
 * allow, and has sessions begin and end.
 */
#ifndef RELAY_QUEUE_DISPATCH_H
#define RELAY_QUEUE_DISPATCH_H

#include "relay/queue/queue.h"

/*
 * c NULL: something could not be committed, and nothing goes out.
 *
 * To look at a site costs as much as it has jobs and sessions. So dispatch looks only at sites that have changed since it
 * last did, and goes on until none has; its own changes count, too. Nobody has to remember to report a change: sites,
 * pacers and sessions are const for all who read them, and site_change() and pacer_change(), the only ways to change
 * them, mark them. What else makes it look:
 *
 *   all_sites_changed   blocks, strikes, detours or the wall clock have changed: they concern mail wherever it is, and are rare
 *   mails_changed       a message is signed, or cannot be: sessions that want messages are asked again
 *   TIMER_SITE          more, or less, may go to the site than when it was looked at
 *   wants_room, _slot   of a site, when others had all there is: now there is some
 */
void dispatch_sites(struct queue *q, const struct committed *c);

/* Something has changed since then. */
bool dispatch_needs_turn(const struct queue *q);

#endif
