/* SPDX-License-Identifier: ISC */
/*
 * sasl - AUTH (RFC 4954). Only this module knows libgsasl.
 *
 * Mechanisms are tried strongest first; one that the server lists and then
 * does not want (504, 534) is left for the next; a refused password ends it.
 * With SCRAM the server must prove that it knows the password too, and where
 * it offers a -PLUS mechanism the exchange is bound to this TLS connection. A
 * token goes by OAUTHBEARER (RFC 7628) or XOAUTH2 (as Google and Microsoft
 * document it) and by nothing else. Neither user nor secret is ever in a fault or
 * in the log.
 */
#ifndef RELAY_SMTP_SASL_H
#define RELAY_SMTP_SASL_H

#include "relay/smtp/login.h"
#include "relay/smtp/server.h"

struct sasl;

/* Before confinement. NULL with a fault 4.3.0. */
struct sasl *sasl_new(struct fault *f);

enum sasl_result {
	SASL_DONE,
	SASL_REFUSED,     /* the server does not take this user and secret */
	SASL_FAILED,      /* anything else */
};

/* Replies are temporary: 4.7.8 or the server's own, 4.7.4 no mechanism in common, 4.4.2 lost. */
enum sasl_result sasl_authenticate(struct sasl *s, struct server *server, const struct login *login,
                                   struct reply *out);

#endif
