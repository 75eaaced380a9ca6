/* SPDX-License-Identifier: ISC */
/*
 * hello - from a list of hosts to an established session: connection,
 * greeting, EHLO, TLS, AUTH. What each demand of the session means is decided
 * here and nowhere else.
 *
 * A host that cannot be reached or does not want us is left for the next
 * address; a refused password does not (accounts get locked), but a command
 * that prints it is asked once more. A TLS demand (relay/route/tls_demand.h) that is
 * not met is never lowered; where there is none, a broken handshake is tried
 * again in clear, on a new connection; where a ticket was offered, without it
 * before that. A host that does not greet is left for the next after a
 * while, and is listened to again when no other was of use. Connections are
 * bounded, whatever they are for. A proxy that is of no use ends the search: the other hosts are behind it, too. The password never travels in clear unless the owner set
 * tls = "none".
 */
#ifndef RELAY_SMTP_HELLO_H
#define RELAY_SMTP_HELLO_H

#include "relay/protocol.h"
#include "relay/smtp/proxy.h"
#include "relay/smtp/sasl.h"
#include "relay/smtp/server.h"

struct hello {
	const struct session *session;
	const struct patience *patience;
	const struct proxy *proxy;   /* through which targets that have its addresses are reached; NULL: there is none */
	struct login *login;
	struct tls_context *tls;
	struct sasl *sasl;        /* NULL where the login has no user */
	bool mail_waits;          /* there is a queue: said to who reads the log */
};

/* 0: out stands, EHLO said, to be freed by the caller. -1: end says why; its relay is owned by the caller. */
int hello_begin(const struct hello *h, struct server *out, struct session_end *end);

#endif
