/* SPDX-License-Identifier: ISC */
/*
 * feedback - what sessions learn about their site, and what follows for all
 * mail that goes there: slower, a pause, the next hop, or another way.
 * relay/queue/pace.h decides whether the site pauses or has failed,
 * relay/queue/fallback.h whether it distrusts this host.
 */
#ifndef RELAY_QUEUE_FEEDBACK_H
#define RELAY_QUEUE_FEEDBACK_H

#include "relay/queue/pace.h"
#include "relay/queue/site.h"

/* What happened to a message. why: what the server said, unless the event is a success. */
void feedback_heard(struct queue *q, const struct site *s, enum pace_event event, const struct reply *why);

/* The site took a message of d in that session. */
void feedback_took(struct queue *q, const struct site *s, const struct destination *d, const struct smtp_session *x);

/* A session is open. */
void feedback_reached(struct queue *q, const struct site *s);

/* The site took no further session now. */
void feedback_refused(struct queue *q, const struct site *s, const struct reply *r);

/* No session could be opened, or those that were opened delivered nothing. */
void feedback_failed(struct queue *q, const struct site *s, const struct reply *r, bool unreachable);

/* A smarthost takes nothing from our account, in any session: all mail for it goes to the next hop or waits. */
void feedback_of_account(struct queue *q, const struct site *s, const struct reply *r);

/*
 * The site refuses an address of ours. d: whose mail it refused (NULL: none was sent yet). True: the site can still be
 * used, from another address of ours or for other domains.
 */
bool feedback_blocked(struct queue *q, const struct site *s, const struct destination *d, const struct reply *r);

/* For d's mail, only addresses of ours that are refused can reach the site. */
void feedback_none_left(struct queue *q, const struct site *s, const struct destination *d);

#endif
