/* SPDX-License-Identifier: ISC */
/*
 * answers - what the server's replies mean to the job that is being spoken.
 */
#ifndef RELAY_SMTP_ANSWERS_H
#define RELAY_SMTP_ANSWERS_H

#include "relay/smtp/pump_state.h"

/* Reads what the server has sent, and acts on it. */
void answers_read(struct pump *p);

/* The same where a write has failed, and the session is over: what was said before tells more than that. */
void answers_read_last(struct pump *p);

/*
 * Sends what was gathered, unless the server has closed or spoken since the
 * last transaction: then the session is over and jobs[0] was not begun.
 */
void answers_send_group(struct pump *p);

/* In place of DATA: not all recipients of a whole delivery were taken, and so none gets it. */
void answers_take_back(struct pump *p);

/* How long the reply to that command is waited for (RFC 5321 section 4.5.3.2). */
int64_t answers_wait_ms(enum smtp_step step);

#endif
