/* SPDX-License-Identifier: ISC */
/*
 * pump_state - a session between libesmtp and the server, and the job that is
 * being spoken: what the parts of pump share. From top to bottom they are pump.c
 * (the loop, the queue), dialogue.c (libesmtp's words), answers.c (the
 * server's replies), and this.
 */
#ifndef RELAY_SMTP_PUMP_STATE_H
#define RELAY_SMTP_PUMP_STATE_H

#include "relay/smtp/job.h"
#include "relay/smtp/pump.h"
#include "relay/smtp/transfer.h"

struct awaited {               /* a command whose reply has not come */
	enum smtp_step step;
	size_t asked;          /* RCPT: index into the job's asked */
};

struct pump {
	const struct pump_setup *setup;
	struct server *server;

	struct job *jobs[UNCOMMITTED_MAX];   /* the first is the one being spoken */
	size_t job_count, handed_count;
	size_t wanted, finished;             /* deliveries asked for, outcomes given */
	uint32_t uncommitted;
	bool quitting;                       /* the queue wants the session to end */

	struct buf heard, said;              /* from and to libesmtp */
	size_t heard_taken;
	bool library_gone;

	bool in_transaction;                 /* libesmtp has said MAIL for jobs[0] */
	bool gathering;                      /* and none of it has been sent yet: it is in group */
	struct buf group;                    /* MAIL and RCPT that go with DATA (RFC 2920 section 3.1) */
	size_t mails_said;                   /* by libesmtp in its session */
	bool mail_promised;                  /* it has the answer to a MAIL that it has not said yet */
	bool mail_answered;                  /* to libesmtp; before the server has where MAIL was gathered */
	bool mail_refused;                   /* by the server, when its refusal came after our answer */
	bool in_body;                        /* the server takes the message */
	struct span preface;                 /* what libesmtp has yet to send in its place */
	bool dot_sent;
	bool asked;                          /* all was said of a job without a message, and the server was asked no more */
	bool data_said;                      /* libesmtp waits for an answer to its DATA, which is not the server's */
	bool in_doubt;                       /* jobs[0] is settled, and reported with RSET's reply */
	bool holding;                        /* MAIL waits for commits or for RSET's reply */
	size_t rcpts_sent;
	struct transfer transfer;
	int64_t message_until_ms;

	struct awaited *awaited;             /* in order, from first up to count */
	size_t awaited_first, awaited_count, awaited_room;
	int64_t since_ms;                    /* of the last progress */

	bool over;
	bool pipelining_broken;              /* for the end */
	uint32_t rcpt_max;
	struct session_end *end;
};

/* What is gathered has not been sent, and MAIL is gathered only when nothing else is awaited. */
static inline bool pump_awaits(const struct pump *p)
{
	return !p->gathering && p->awaited_first < p->awaited_count;
}

static inline struct job *pump_job(const struct pump *p)
{
	return p->jobs[0];
}

/* Commands went together, and this is the reply to one of them. */
static inline bool pump_is_grouped(const struct pump *p, enum smtp_step step)
{
	return (p->server->ehlo.capabilities & CAP_PIPELINING) && step >= STEP_MAIL && step <= STEP_DATA;
}

void pump_progressed(struct pump *p);
void pump_await(struct pump *p, enum smtp_step step, size_t asked);

/* Asks the queue for so many deliveries more. */
void pump_want(struct pump *p, size_t count);

/* Reports jobs[0] and forgets it. */
void pump_report(struct pump *p);

/* jobs[0] is settled: reports it, and resets the server where a transaction was left open. */
void pump_finish_job(struct pump *p, bool reset);

/*
 * The same after replies to a group: only RSET's reply shows that each was to the command that it was taken for, and
 * not one was said twice before them.
 */
void pump_finish_group(struct pump *p);
void pump_settle_doubt(struct pump *p, bool in_step);

/* The session is over, and nothing is reported. r may be NULL: it did its work. */
void pump_end_with(struct pump *p, enum session_scope scope, const struct reply *r);

/* The session is over: a begun job gets r where nothing else was settled. */
void pump_lose(struct pump *p, enum session_scope scope, const struct reply *r);
void pump_lose_for(struct pump *p, const char *status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What is wrong with that job on this side, for the queue; its outcome follows. */
void pump_tell_trouble(struct pump *p, const struct job *j, enum delivery_trouble what);

/* What was asked first of what is not answered yet, or where the session stands. */
enum smtp_step pump_step(const struct pump *p);

/* A reply of this code to libesmtp: its class is what counts. */
void pump_reply(struct pump *p, int code);

/* Whether libesmtp gets its answer to MAIL for that job from here: where the server is told MAIL, RCPT and DATA together. */
static inline bool pump_answers_mail(const struct pump *p, const struct job *j)
{
	return (p->server->ehlo.capabilities & CAP_PIPELINING) && !j->delivery.no_data;
}

/*
 * libesmtp says MAIL next, if it has a job: where that is answered from here, it has its answer now, and says RCPT and DATA
 * without a turn of its own for MAIL. While the job before it is in doubt, nothing is said of the next.
 */
void pump_promise_mail(struct pump *p);

#endif
