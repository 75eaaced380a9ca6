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
 * A look at a site costs as much as it has jobs and sessions, so it looks only at those of which something has changed
 * since, and goes on until nothing has: a change that it makes itself counts like all others. Whoever changes a site, its
 * receiver's pacer or a session says so in no other way than by changing it: for all others they are const, and
 * site_change() and pacer_change() are the only ways around that. Besides, there are:
 *
 *   all_sites_changed   what concerns messages wherever they are, and is rare: blocks, strikes, detours, the wall clock
 *   mails_changed       a signature has come, or that there is none: the sessions that want messages are asked again
 *   TIMER_SITE          the time at which more may go to a site than now
 *   wants_room, _slot   of a site, when others had all there is: is it so still?
 */
void dispatch_sites(struct queue *q, const struct committed *c);

/* Something has changed since. */
bool dispatch_needs_turn(const struct queue *q);

#endif
