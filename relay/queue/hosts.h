/*
 * hosts - every host of an MX list is asked before a recipient waits (RFC 5321
 * section 5.1), whatever step the one before it failed at. A job remembers the
 * hosts that put it off in this round, and goes on to the others; the words of
 * the last of them decide. A host that failed for reasons of its own is left
 * out for a while where others are there.
 *
 * Greylisting keeps its host, for another one would only begin anew; so does
 * what is undecided after the dot, lest it arrive twice, and what is about the
 * message, its sender, its recipient, our address or a rate, which another
 * host would only say as well. At most HOSTS_A_ROUND are asked.
 */
#ifndef RELAY_QUEUE_HOSTS_H
#define RELAY_QUEUE_HOSTS_H

#include "relay/queue/site.h"

enum { HOSTS_A_ROUND = 4 };

/* A host's answer to a recipient after which the next host is asked. Pure. */
bool hosts_lead_on(const struct recipient_outcome *o);

/* And it is the host's trouble, whoever the mail is for: refused at MAIL or at any time by 421, or lost. Pure. */
bool hosts_are_sick_by(const struct reply *r);

/* There is a host of the site that has not put the job off, beside that one. */
bool hosts_are_left(const struct site *s, const struct job *job, const char *host);

/*
 * Takes from job and outcome the recipients that another host is to be asked
 * for; they become a job of their own, at the head of what is picked. True:
 * there were some. Those of a job that has none left are in the outcome no more.
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
