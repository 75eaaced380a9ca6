/* SPDX-License-Identifier: ISC */
/*
 * refusal_ip - IP addresses in a refusal's text, and whose they are. For
 * base/mail/refusal_text.c.
 *
 * Ours is written in many ways: in another notation, backwards as lists are
 * asked (RFC 5782), as the network that it is in, or, where NAT is between us
 * and the server or our address is not known, as any address at all.
 */
#ifndef BASE_MAIL_REFUSAL_IP_H
#define BASE_MAIL_REFUSAL_IP_H

#include "base/span.h"

#include <stdbool.h>

/* As 16 bytes, IPv4 mapped (RFC 4291 section 2.5.5.2). */
struct refusal_ip {
	unsigned char at[16];
};

struct refusal_own {
	bool given;
	bool is_seen;             /* by others too: no NAT between us and them is known of */
	struct refusal_ip ip;
};

/* "" or NULL: not known. */
void refusal_own_read(const char *address, struct refusal_own *out);

enum refusal_ip_of {
	IP_OF_US, IP_OF_ANOTHER,
	IP_OF_NOBODY              /* 127.0.0.2, as a list answers */
};

/* An address at the front; its length, or 0. */
size_t refusal_ip_at(struct span s, const struct refusal_own *own, enum refusal_ip_of *of);

/* "< 192.0.2.1 >" at the front: nobody's mailbox, and nobody's words; its length, or 0. */
size_t refusal_ip_in_brackets(struct span s, const struct refusal_own *own, enum refusal_ip_of *of);

#endif
