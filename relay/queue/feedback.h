/*
 * feedback - what sessions learn of their site, and what follows for all that
 * leads there: slower, a pause, the next hop, or round it. Whether it pauses
 * or has failed is relay/queue/pace.h's word, whether it is distrust of this
 * host relay/queue/fallback.h's.
 */
#ifndef RELAY_QUEUE_FEEDBACK_H
#define RELAY_QUEUE_FEEDBACK_H

#include "relay/queue/pace.h"
#include "relay/queue/site.h"

/* Of a message; why, where the event is not a success, is what was said. */
void feedback_heard(struct queue *q, struct site *s, enum pace_event event, const struct reply *why);

/* It took a mail of d's in that session. */
void feedback_took(struct queue *q, struct site *s, const struct destination *d, const struct smtp_session *x);

/* A session stands. */
void feedback_reached(struct queue *q, struct site *s);

/* It took no further session now. */
void feedback_refused(struct queue *q, struct site *s, const struct reply *r);

/* No session came of it, or nothing came of those that did. */
void feedback_failed(struct queue *q, struct site *s, const struct reply *r, bool unreachable);

/* A smarthost takes nothing from our account, whatever sessions stand with it: all that leads there goes on or waits. */
void feedback_of_account(struct queue *q, struct site *s, const struct reply *r);

/*
 * It refuses an address of ours; d: at whose mail (NULL: at none). True: the
 * site is open all the same, from another address of ours or for mail to other
 * domains, and that is no reason to leave it alone.
 */
bool feedback_blocked(struct queue *q, struct site *s, const struct destination *d, const struct reply *r);

/* None but refused addresses of ours reach it, for d's mail. */
void feedback_none_left(struct queue *q, struct site *s, const struct destination *d);

#endif
