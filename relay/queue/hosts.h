/* SPDX-License-Identifier: ISC */
/*
 * hosts - tries every host of an MX list before a recipient waits (RFC 5321
 * section 5.1), whatever step the previous one failed at. A job remembers the
 * hosts that put it off in this round and goes on to the others; the reply of
 * the last one decides. A host that failed for reasons of its own is left out
 * for a while if there are others.
 *
 * relay/queue/next_host.h says which answers lead on. At most HOSTS_A_ROUND are
 * asked.
 */
#ifndef RELAY_QUEUE_HOSTS_H
#define RELAY_QUEUE_HOSTS_H

#include "relay/queue/site.h"

enum { HOSTS_A_ROUND = 4 };

/*
 * Takes the recipients for which another host is to be tried out of job and
 * outcome. They become a job of their own, first in the line of picked jobs.
 * True: there were some.
 */
bool hosts_ask_next(struct queue *q, struct smtp_session *x, struct job *job, struct outcome *o);

/* The host failed; the host took a message. */
void hosts_failed(struct queue *q, const struct site *s, const char *host);
void hosts_took(const struct site *s, const char *host);

/* The site has another host that is not known to have failed. */
bool hosts_have_another(const struct queue *q, const struct site *s, const char *host);

/* The hosts that a session for the job (NULL: for any job) is not to try; never all of them. */
void hosts_to_skip(const struct queue *q, const struct site *s, const struct job *job, struct text_list *out);

/* The session goes to no host that has put the job off. If all hosts of its site have, any will do. */
bool hosts_suit(const struct site *s, const struct smtp_session *x, const struct job *job);

void hosts_forget(struct site *s);   /* at its end */

#endif
