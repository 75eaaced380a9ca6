/* SPDX-License-Identifier: ISC */
/*
 * tls_ticket - what lets a TLS session be resumed (RFC 8446 section 2.2, RFC
 * 5077), on its way from the smtp process that got it to the next one.
 *
 * A session that is resumed shows no certificate. So a ticket bears the digest of the
 * terms that it was made under (relay/smtp/terms.h), and is of use for a
 * connection under the same terms only. It is as secret as the mail in
 * transit: never stored, never logged, overwritten when it is freed.
 */
#ifndef RELAY_TLS_TICKET_H
#define RELAY_TLS_TICKET_H

#include "base/shape.h"

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

/* A ticket that is too large is malformed. Freed is what it holds, not the ticket. */
SHAPE_CODEC(tls_ticket)

#endif
