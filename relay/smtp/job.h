/* SPDX-License-Identifier: ISC */
/*
 * job - one delivery while it is smtp's: what was asked, what may be handed
 * to libesmtp, and what became of each recipient. Pure.
 *
 * The rules of RFC 5321 section 3.3 and of the plan: what we refuse ourselves
 * is settled before a byte is sent; a 5xx to RCPT is permanent, a 4xx
 * temporary; for accepted recipients the reply to the dot decides; a session
 * lost before the dot is temporary, and after it temporary and unknown.
 */
#ifndef RELAY_SMTP_JOB_H
#define RELAY_SMTP_JOB_H

#include "relay/protocol.h"
#include "relay/smtp/ehlo.h"

struct job {
	struct delivery delivery;
	struct buf bytes;                    /* fields and inline message; the spans point here */
	int fd;                              /* body file, or -1 */
	uint64_t total_bytes;                /* fields and message */
	struct recipient_outcome *outcomes;  /* as delivery.recipients */
	bool *settled;
	size_t *asked;                       /* recipients that libesmtp gets, in its order */
	size_t asked_count;
	size_t accepted_count;               /* RCPT got 2xx */
	bool handed;                         /* to esmtp */
	int64_t begun_ms;
};

/* Takes over fd. NULL when payload is malformed; fd is closed then. */
struct job *job_new(struct span payload, int fd);
void job_free(struct job *j);

/*
 * Settles what is not to be tried with this server: size, SMTPUTF8, addresses, more recipients than its LIMITS have. Of a
 * whole delivery nothing is tried then.
 */
void job_check(struct job *j, const struct ehlo *e, const char *relay);

/* The delivery as esmtp gets it: without the message. */
void job_encode_for_library(const struct job *j, const struct ehlo *e, struct buf *out);

/* What libesmtp does not say: " ENVID=… SMTPUTF8", " ORCPT=…". asked is an index into j->asked. */
void job_mail_extras(const struct job *j, const struct ehlo *e, struct buf *out);
void job_rcpt_extras(const struct job *j, size_t asked, const struct ehlo *e, struct buf *out);

/* Settling: one by index into asked; all that are not settled. */
void job_settle_asked(struct job *j, size_t asked, const struct reply *r);
void job_settle_rest(struct job *j, const struct reply *r, bool unknown);

/* Of a whole delivery of which a recipient was refused: all that are not settled get our own words, at STEP_NONE. */
void job_settle_unsent(struct job *j, const char *relay);

/* Replies were left out, so each may have been to another command: nothing that the server said is final. */
void job_doubt(struct job *j);

const char *job_asked_address(const struct job *j, size_t asked);

/* FRAME_OUTCOME's payload; everything is settled. */
void job_encode_outcome(const struct job *j, uint32_t setup_ms, uint32_t transfer_ms, struct buf *out);

#endif
