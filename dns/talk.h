/*
 * talk - DNS messages to name servers and what they answer, byte for byte.
 *
 * All servers are asked at once over UDP, again a few times while they keep
 * silent; over TCP (RFC 7766) where the answer is cut or the caller wants it,
 * one after the other. What comes from elsewhere or has another id is not
 * heard. An answer has the id of its question, the bit that says it is one,
 * and at least a header; the rest is dns/dns_wire.h's to judge.
 */
#ifndef DNS_TALK_H
#define DNS_TALK_H

#include "base/fault.h"
#include "dns/target.h"

#include <stdint.h>

enum { TALK_PORT = 53, TALK_UDP_MAX = 1232 /* EDNS: passes everywhere in one piece */ };

struct talk {
	struct ip_address address;
	uint16_t port;
	struct span message;     /* borrowed */
	bool tcp;                /* at once; set when it was used */
	struct buf answer;       /* owned; empty on a fault */
	bool no_route;           /* this host cannot reach that family or network at all */
	struct fault fault;      /* 4.4.1: refused or unreachable; 4.4.2: broken off; 4.4.7: silence */
};

/* Waits: patience_ms for all over UDP, and then as long for each over TCP. */
void talk_all(struct talk *talks, size_t count, int64_t patience_ms);

/* The same, but no longer than until deadline_ms: what has not answered over TCP by then is silent. */
void talk_all_until(struct talk *talks, size_t count, int64_t patience_ms, int64_t deadline_ms);
void talk_free(struct talk *t);

#endif
