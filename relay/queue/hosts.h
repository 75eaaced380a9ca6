/*
 * hosts - every host of an MX list is asked before a recipient waits (RFC 5321
 * section 5.1), whatever step the one before it failed at. A job remembers the
 * hosts that put it off in this round, and goes on to the others; the words of
 * the last of them decide. A host that failed for reasons of its own is left
 * out for a while where others are there.
 *
 * relay/queue/next_host.h says which answers lead on. At most HOSTS_A_ROUND are
 * asked.
 */
#ifndef RELAY_QUEUE_HOSTS_H
#define RELAY_QUEUE_HOSTS_H

#include "relay/queue/site.h"

enum { HOSTS_A_ROUND = 4 };

/*
 * Takes from job and outcome the recipients that another host is to be asked
 * for; they become a job of their own, at the head of what is picked. True:
 * there were some. Those of a job that has none left are no longer in the outcome.
 */
bool hosts_ask_next(struct queue *q, struct smtp_session *x, struct job *job, struct outcome *o);

/* The host failed, or took a message. */
void hosts_failed(struct queue *q, struct site *s, const char *host);
void hosts_took(struct site *s, const char *host);

/* Another host than that is there, and not known to have failed. */
bool hosts_have_another(const struct queue *q, const struct site *s, const char *host);

/* The names of those that a session is to be begun without, for the job (NULL: for any): not all of them. */
void hosts_to_skip(const struct queue *q, const struct site *s, const struct job *job, struct text_list *out);

void hosts_forget(struct site *s);   /* at its end */

#endif
