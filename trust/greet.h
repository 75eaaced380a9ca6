/* SPDX-License-Identifier: ISC */
/*
 * greet - says EHLO to SMTP servers, all at once, and keeps what they answer:
 * which address they see, whether they can be reached at all, what time they
 * have. No mail is sent.
 */
#ifndef TRUST_GREET_H
#define TRUST_GREET_H

#include "base/buf.h"
#include "base/fault.h"
#include "dns/target.h"
#include "trust/peer.h"

#include <stdint.h>

enum { GREET_PATIENCE_MS = 5000, GREET_BYTES_MAX = 16 * 1024 };

struct greet {
	struct ip_address address, from;   /* from: to send from; family 0: the kernel's choice */
	uint16_t port;
	const char *helo;
	const char *tls_host;              /* the server's name; NULL: TLS is not begun */
	const char *roots;                 /* as trust/peer.h has them */

	struct buf greeting, answer;       /* each whole, with its line ends; empty where there was none */
	int64_t greeted_ms;                /* wall clock when the greeting came */
	struct ip_address own;             /* this end of the connection; family 0 before there was one */
	bool no_route;                     /* this host has no way to that family or network at all */
	bool offers_tls;
	struct peer_chain chain;           /* count 0: there was no handshake that ended well, */
	struct fault tls_fault;            /* for this reason, where one was begun */
	struct fault fault;                /* 4.4.1 refused or unreachable, 4.4.2 broken off, 4.4.7 silence; NONE: EHLO was answered */
};

/* Waits, for patience_ms at most. */
void greet_all(struct greet *greets, size_t count, int64_t patience_ms);
void greet_free(struct greet *g);

/* ---- pure ---- */

/*
 * The client's address in the first line of an answer to EHLO, in brackets or
 * alone: "250-mx.google.com at your service, [192.0.2.1]". False: there is none of that family.
 */
bool greet_read_address(struct span answer, uint8_t family, struct ip_address *out);

/* The time in a greeting (RFC 5322 section 3.3), in seconds since 1970. False: there is none. */
bool greet_read_time(struct span greeting, int64_t *out);

#endif
