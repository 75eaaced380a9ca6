/* SPDX-License-Identifier: ISC */
/*
 * pump - an established session: takes deliveries from the queue, lets
 * libesmtp speak them, carries its words to the server and the server's
 * replies back, and reports what became of each recipient.
 *
 * To libesmtp it is a server that never misbehaves; of the real one it
 * believes nothing but whole replies to commands that were sent, each within
 * its deadline. It is the authority on outcomes; libesmtp sees only classes
 * of replies.
 *
 * libesmtp does not go on before MAIL is answered. Where the server offers
 * PIPELINING it gets its 250 from here, and MAIL goes out with RCPT and DATA
 * in one write (RFC 2920 section 3.1), the largest of groups apart. Each reply
 * still counts for the command that it answers: when MAIL was refused, all
 * recipients have its verdict, whatever is said to RCPT and DATA, and after
 * a 354 the dot alone is sent. The wire is read while it is written to, so no
 * group is too large for both ends.
 *
 * A delivery of which no word was said to the server gets no outcome when the
 * server ends the session: it is as if it had never been handed over.
 */
#ifndef RELAY_SMTP_PUMP_H
#define RELAY_SMTP_PUMP_H

#include "relay/channel.h"
#include "relay/protocol.h"
#include "relay/smtp/server.h"

struct pump_setup {
	struct server *server;      /* greeted and authenticated */
	struct channel *queue, *jobs;
	int dialogue;
	uint32_t setup_ms;
	size_t message_max;         /* deliveries of this session */
};

/*
 * Runs until the session is over; end says how, its relay is not set. All
 * outcomes have been put on the queue's channel. Ends the process when the
 * queue or the parent is gone.
 */
void pump_run(const struct pump_setup *setup, struct session_end *end);

#endif
