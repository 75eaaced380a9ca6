/* SPDX-License-Identifier: ISC */
/*
 * talk - DNS messages to name servers and what they answer, byte for byte.
 *
 * Questions go out side by side, TALKS_AT_ONCE of them at most: over UDP, again a
 * few times while the server keeps silent; over TCP (RFC 7766) where the answer
 * is cut or the caller wants it. A server that was silent for the first
 * questions and has answered none is not asked those that are left: they end as
 * the first did. What comes from elsewhere or has another id is not heard. An
 * answer has the id of its question, the bit that says it is one, and at least
 * a header; the rest is dns/dns_wire.h's to judge.
 */
#ifndef DNS_TALK_H
#define DNS_TALK_H

#include "base/fault.h"
#include "dns/target.h"

#include <stdint.h>

enum {
	TALK_PORT = 53,
	TALK_UDP_MAX = 1232,     /* EDNS: passes everywhere in one piece */
	TALKS_AT_ONCE = 200,     /* descriptors */
};

struct talk {
	struct ip_address address;
	uint16_t port;
	struct span message;     /* borrowed */
	bool tcp;                /* at once; set when it was used */
	struct buf answer;       /* owned; empty on a fault */
	bool silent;             /* its server has answered none of the questions over UDP */
	bool no_route;           /* this host cannot reach that family or network at all */
	struct fault fault;      /* 4.4.1: refused or unreachable; 4.4.2: broken off; 4.4.7: silence */
};

/* Waits: patience_ms for each over UDP, and then as long over TCP. */
void talk_all(struct talk *talks, size_t count, int64_t patience_ms);

/* The same, but no longer than until deadline_ms: what has not answered by then is silent. */
void talk_all_until(struct talk *talks, size_t count, int64_t patience_ms, int64_t deadline_ms);
void talk_free(struct talk *t);

#endif
