/* SPDX-License-Identifier: ISC */
/*
 * smtp_session - an smtp process, or a local one, as all see it that deal with sessions;
 * relay/queue/session.h is what it is asked and what it says.
 */
#ifndef RELAY_QUEUE_SMTP_SESSION_H
#define RELAY_QUEUE_SMTP_SESSION_H

#include "relay/queue/job.h"
#include "relay/queue/queue.h"

enum smtp_state { SMTP_SPAWNED, SMTP_DIALLING, SMTP_OPEN, SMTP_QUITTING, SMTP_OVER };

struct smtp_session {
	uint64_t ticket;
	enum role role;               /* ROLE_SMTP; ROLE_LOCAL to a mailbox of this host */
	enum smtp_state state;
	uint64_t site;                /* its number */
	uint64_t peer;                /* serial; 0 before PEER and after its loss */
	unsigned credits;             /* WANTs not used */
	struct job_list sent;
	unsigned uncommitted;         /* outcomes that it does not know to be committed */
	uint8_t needs;                /* it was begun for: NEED_ bits, */
	struct text_list skipped;     /* without these hosts, */
	struct text_list refused;     /* and not from these addresses of ours */
	bool for_rest;                /* for what other hosts have put off; */
	uint64_t destination;         /* of that job, or of whatever it was begun for; 0 none */
	uint8_t can;                  /* the host it has can do, besides */
	char *host, *source;          /* the host it has, and this end's address; NULL before READY */
	unsigned dials;               /* connections that are counted for it (relay/queue/pace.h): one since it was begun, */
	int64_t more_dials_boot_ms;   /* and the others since then */
	bool heard, fruitful;         /* an outcome at all; a final one */
	bool of_use;                  /* it brought on more than another session did, and costs no dial */
	size_t settled;               /* recipients with a final word */
	bool ended;                   /* SESSION_END came */
	bool struck;                  /* it ended because of a message, not of its site */
	bool watched;                 /* it may send its transcript: */
	unsigned lines;
	char *relay;
	char *tls;                    /* as the log says it: "TLSv1.3/verified" */
	bool dsn;                     /* its server takes NOTIFY */
	bool idle;                    /* it has nothing to do: TIMER_SESSION_IDLE ends it */
	int64_t begun_boot_ms;
	int64_t heard_boot_ms;        /* when it last said something, or was given work while it rested */
	uint32_t uid;                 /* whose mail it was begun for; it takes a slot of his */
	struct smtp_session *next;
};

/* NULL: it is over. Only relay/queue/session.c changes it. */
static inline const struct smtp_session *smtp_session_find(const struct queue *q, uint64_t ticket)
{
	return table_get(&q->session_tickets, ticket);
}

#endif
