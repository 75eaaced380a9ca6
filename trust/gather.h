/* SPDX-License-Identifier: ISC */
/*
 * gather - finds out what facts want of the DNS, all side by side.
 *
 * The system's view is asked of dns/dns.h. The fresh one is asked of each
 * authoritative server, without recursion, over UDP and, where the answer is
 * cut, TCP; one that has answered nothing at all of a round is not asked again.
 * A question has GATHER_PATIENCE_MS and, where it came to nothing
 * (silence, SERVFAIL), one more try; that a name does not exist is an answer.
 * However much is wanted, a bounded part of it is asked at a time.
 * Which servers are authoritative is a question of its own, about NS and
 * addresses in the system's view: it is wanted first.
 */
#ifndef TRUST_GATHER_H
#define TRUST_GATHER_H

#include "trust/facts.h"

enum { GATHER_PATIENCE_MS = 2500 };

/*
 * Waits. Afterwards each fact that was wanted is known, if only by a fault
 * 4.4.3. What is still open at deadline_ms (base/clock.h) is given up.
 */
void gather(struct dns *d, struct facts *f, int64_t deadline_ms);

/*
 * The servers of the zone that name is in, as the system's answers have them:
 * the nearest name upwards that has NS. Pure. 0: they are in out; 1: facts are
 * wanted first; -1: a fault 4.4.3, or 5.1.2 for a domain that does not exist.
 */
struct gather_server {
	char *name;                /* "ns1.example.org[192.0.2.1]" */
	struct ip_address address; /* family 0: it has none */
};

struct gather_servers {
	struct gather_server *items;
	size_t count;
};

int gather_servers_of(struct facts *f, const char *name, struct gather_servers *out, struct fault *fault);
void gather_servers_free(struct gather_servers *s);

#endif
