/*
 * target - a host that mail for a domain may be handed to, with its
 * addresses: what planning finds (dns/mx.h) and a session dials. Plain values.
 */
#ifndef DNS_TARGET_H
#define DNS_TARGET_H

#include "base/buf.h"

#include <stdint.h>

enum plan_kind {
	PLAN_MX,      /* a recipient domain: MX, implicit MX, null MX, own-name cut (RFC 5321 5.1, 7505) */
	PLAN_HOST,    /* a smarthost: a name as the system resolves it, or an address literal */
};

struct ip_address {
	uint8_t family;         /* 4 or 6 */
	uint8_t bytes[16];      /* network order; 4 or 16 used */
};

struct target {
	char *host;
	uint16_t preference;
	bool secure;            /* the MX and address answers were DNSSEC-validated */
	struct ip_address *addresses;
	size_t address_count;
};

void target_free(struct target *t);                       /* what it holds, not t */
void targets_free(struct target *targets, size_t count);  /* these and the array */

/* "192.0.2.1" or "2001:db8::1" appended. */
void ip_address_print(const struct ip_address *a, struct buf *out);
bool ip_address_parse(struct span text, struct ip_address *out);

#endif
