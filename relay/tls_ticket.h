/*
 * tls_ticket - what lets a TLS session be resumed (RFC 8446 section 2.2, RFC
 * 5077), on its way from the smtp process that got it to the next one.
 *
 * Who resumes looks at no certificate. So a ticket bears the digest of the
 * terms that it was made under (relay/smtp/terms.h), and is of use for a
 * connection under the same terms only. It is as secret as the mail in
 * transit: never stored, never logged, overwritten when it is freed.
 */
#ifndef RELAY_TLS_TICKET_H
#define RELAY_TLS_TICKET_H

#include "base/pack.h"

#include <stdint.h>

enum {
	TLS_TERMS_BYTES = 32,
	TLS_TICKET_BYTES_MAX = 16 * 1024,
	TLS_TICKETS_MAX = 8,          /* one session gets */
};

struct tls_ticket {
	uint8_t terms[TLS_TERMS_BYTES];
	uint32_t life_s;              /* from when it is handed on */
	struct buf session;           /* as OpenSSL writes it; empty: there is none */
};

void tls_ticket_free(struct tls_ticket *t);                        /* what it holds, not t */
void tls_tickets_free(struct tls_ticket *tickets, size_t count);   /* these and the array */

/* A ticket that is too large sets bad. */
void tls_ticket_pack(struct buf *out, const struct tls_ticket *t);
void tls_ticket_unpack(struct unpack *u, struct tls_ticket *out);

/* The least that one takes when packed. */
enum { TLS_TICKET_PACKED_LEAST = TLS_TERMS_BYTES + 4 + 4 };

#endif
