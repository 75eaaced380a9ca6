/* SPDX-License-Identifier: ISC */
/*
 * target - a host that mail for a domain may be handed to, with its
 * addresses: what planning finds (dns/mx.h) and a session dials. Plain values.
 */
#ifndef DNS_TARGET_H
#define DNS_TARGET_H

#include "base/fault.h"
#include "dns/sts.h"
#include "dns/tlsa.h"

#include <stdint.h>
#include <sys/socket.h>

enum plan_kind {
	PLAN_MX,      /* a recipient domain: MX, implicit MX, null MX, own-name cut (RFC 5321 5.1, 7505) */
	PLAN_HOST,    /* a smarthost: a name as the system resolves it, or an address literal */
	PLAN_SRV,     /* a pool of smarthosts: the name's _submissions._tcp, else _submission._tcp (RFC 6186, 8314) */
	PLAN_MX_POOL, /* a pool of smarthosts: the MX hosts of a name */
	PLAN_LIST,    /* a pool of smarthosts: "HOST[:PORT][ weight=N]", joined by commas (base/conf/pool_host.h) */
	PLAN_USER,    /* a user of this host, by that name: nothing is asked */
	PLAN_KINDS,
};

struct ip_address {
	uint8_t family;         /* 4 or 6 */
	uint8_t bytes[16];      /* network order; 4 or 16 used */
};

enum dane_state {
	DANE_NONE,              /* no TLSA record, or no signed one */
	DANE_USABLE,            /* tlsa holds records to verify the server by */
	DANE_UNUSABLE,          /* records of kinds that SMTP does not know: TLS, unverified (RFC 7672 2.2) */
	DANE_FAILED,            /* they could not be looked up: the host is not to be used (RFC 7672 2.1.2) */
};

struct target {
	char *host;
	uint16_t preference;    /* or SRV's priority */
	uint16_t weight;        /* among equal preferences (RFC 2782) */
	uint16_t port;          /* 0: the hop's */
	bool implicit_tls;      /* of a port that is not the hop's */
	bool secure;            /* the MX and address answers were DNSSEC-validated */
	bool host_is_known;     /* of a pool: no forger of DNS answers chose it, so a certificate may name it */
	struct ip_address *addresses;
	size_t address_count;
	struct ip_address *proxies;  /* of the proxy through which it is reached; none: directly */
	size_t proxy_count;

	bool mx_secure;         /* for dns/dane.h: the MX answer was validated, whatever its addresses; */
	char *canonical;        /* where the host's CNAMEs end, NULL for nowhere else */

	enum dane_state dane;
	char *tlsa_base;        /* who owns the TLSA records; NULL without */
	struct tlsa *tlsa;      /* the usable ones */
	size_t tlsa_count;
	struct fault dane_fault;/* with DANE_FAILED */

	enum sts_mode sts;      /* of the recipient domain's MTA-STS policy; STS_NONE where it has none */
	bool sts_listed;        /* the policy names this host */
};

/* Families of addresses, as bits. */
enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2, FAMILY_ALL = 3 };

unsigned targets_families(const struct target *targets, size_t count);

/* Of an address as text; all of them of "", which is not known. */
unsigned family_of_text(const char *address);

void target_free(struct target *t);                       /* what it holds, not t */
void targets_free(struct target *targets, size_t count);  /* these and the array */

/* A number from 0 to below - 1, each as likely. */
typedef uint32_t target_random(void *context, uint32_t below);

/*
 * Puts those of equal preference, which stand together, into a random order:
 * the chance to be first is by weight (RFC 2782); one of weight 0 among
 * heavier ones has next to none.
 */
void targets_draw(struct target *targets, size_t count, target_random *random, void *context);

/* "192.0.2.1" or "2001:db8::1" appended. */
void ip_address_print(const struct ip_address *a, struct buf *out);
bool ip_address_parse(struct span text, struct ip_address *out);

/* For connect(2) and bind(2): returns the length. */
socklen_t ip_address_socket(const struct ip_address *a, uint16_t port, struct sockaddr_storage *out);

/* This end of a connected socket. False: it has none of IP. */
bool ip_address_own(int fd, struct ip_address *out);

/* The address from which the kernel would send to that one. Nothing is sent. False: there is no way to it. */
bool ip_address_source(const struct ip_address *to, uint16_t port, struct ip_address *out);

#endif
