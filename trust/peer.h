/* SPDX-License-Identifier: ISC */
/*
 * peer - the certificates that a server shows in a TLS handshake, and what they are worth.
 *
 * The handshake verifies nothing, so that what is wrong can be told; it is over
 * a connected, non-blocking socket, and the caller waits (trust/greet.c).
 */
#ifndef TRUST_PEER_H
#define TRUST_PEER_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

/* What was seen, as a plain value. */
struct peer_chain {
	struct buf *certificates, *keys;   /* DER, and that of the public key; the server's own first */
	size_t count;
	int64_t expires_s;                 /* of the server's own; since 1970 */
	bool named;                        /* it is for the host (RFC 6125) */
	bool vouched;                      /* by a root of this system; */
	char *doubt;                       /* else why not; "" where it is */
};

void peer_chain_free(struct peer_chain *c);

struct peer;

/* roots: a file of them, or NULL where none is known. NULL and a fault 4.3.5 where OpenSSL cannot. */
struct peer *peer_new(int fd, const char *host, const char *roots, struct fault *f);
void peer_free(struct peer *p);

/* 1: done, and out is filled; 0: call again when poll(2) says *events; -1: a fault 4.7.5. */
int peer_handshake(struct peer *p, short *events, struct peer_chain *out, struct fault *f);

/*
 * Does a TLSA value, as facts have it ("3 1 1 HEX"), fit the chain? Usage 2 means any of its certificates, usage 3 the first (RFC 7672).
 * Pure. -1: it is of a kind that SMTP does not use.
 */
int peer_chain_fits(const struct peer_chain *c, const char *tlsa);

#endif
