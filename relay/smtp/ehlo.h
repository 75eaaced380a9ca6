/* SPDX-License-Identifier: ISC */
/*
 * ehlo - what a server says it can do (RFC 5321 section 4.1.1.1): the words
 * of its EHLO reply that this program acts on. Pure.
 */
#ifndef RELAY_SMTP_EHLO_H
#define RELAY_SMTP_EHLO_H

#include "base/span.h"

#include <stdint.h>

enum { EHLO_AUTH_MAX = 512 };

struct ehlo {
	uint32_t capabilities;       /* CAP_ bits of relay/protocol.h */
	uint64_t size_limit;         /* of SIZE (RFC 1870); 0 for none said */
	uint32_t rcpt_max, mail_max; /* of LIMITS (RFC 9422): recipients a transaction, transactions a session, */
	uint32_t domain_max;         /* and the recipients' domains a session (RCPTDOMAINMAX); 0 for none said */
	char auth[EHLO_AUTH_MAX];    /* mechanisms, each with a blank before and after, upper case */
};

/* text: the reply's lines joined by LF; the first is the server's name and is skipped. */
void ehlo_parse(struct span text, struct ehlo *out);

/* True when AUTH lists mechanism, which is given in upper case. */
bool ehlo_offers_auth(const struct ehlo *e, const char *mechanism);

#endif
