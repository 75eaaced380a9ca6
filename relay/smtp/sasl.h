/*
 * sasl - AUTH (RFC 4954) by libgsasl, which only this module knows.
 *
 * Mechanisms are tried strongest first; one that the server lists and then
 * does not want (504, 534) makes way for the next, a refused password ends it.
 * With SCRAM the server must prove that it knows the password too. Neither
 * user nor password ever stands in a fault or in the log.
 */
#ifndef RELAY_SMTP_SASL_H
#define RELAY_SMTP_SASL_H

#include "relay/smtp/server.h"

struct sasl;

/* Before confinement. NULL with a fault 4.3.0. */
struct sasl *sasl_new(struct fault *f);
void sasl_free(struct sasl *s);

/* 0, or -1 with a temporary fault: 4.7.8 refused, 4.7.4 no mechanism in common, 4.4.2 lost. */
int sasl_authenticate(struct sasl *s, struct server *server, const char *user, const char *password,
                      struct fault *f);

#endif
