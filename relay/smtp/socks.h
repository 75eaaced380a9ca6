/* SPDX-License-Identifier: ISC */
/*
 * socks - the client's side of SOCKS5 (RFC 1928), with a user and a password (RFC 1929) where the proxy wants them: a
 * state machine over bytes. Pure: who carries them is relay/smtp/proxy.c.
 *
 * After socks_begin, and whenever socks_hear has used up what it wanted, out holds bytes to send; then exactly
 * socks_wants bytes are to be read and given to socks_hear, in pieces of any size. So not a byte is taken of what
 * follows: once the connection is open, the server speaks. It ends with SOCKS_OPEN or SOCKS_FAILED, after at most
 * SOCKS_HEARD_MAX bytes, whatever the proxy says.
 */
#ifndef RELAY_SMTP_SOCKS_H
#define RELAY_SMTP_SOCKS_H

#include "base/buf.h"
#include "base/fault.h"
#include "dns/target.h"

struct socks_request {
	struct span user, password;        /* at most 255 bytes each; an empty user: none is offered */
	const char *name;                  /* whom the proxy is to look up, where address is NULL */
	const struct ip_address *address;
	uint16_t port;
};

enum socks_state {
	SOCKS_METHOD, SOCKS_LOGIN, SOCKS_REPLY, SOCKS_BOUND,   /* what is waited for */
	SOCKS_OPEN,                        /* what comes next is the server's */
	SOCKS_FAILED,                      /* fault says why */
};

enum { SOCKS_HEARD_MAX = 2 + 2 + 5 + 255 + 2, SOCKS_PIECE_MAX = 5 };

struct socks {
	struct socks_request request;      /* what it points to is the caller's */
	enum socks_state state;
	struct buf out;                    /* to be sent, and emptied; may hold the password */
	unsigned char piece[SOCKS_PIECE_MAX];
	size_t have, wanted;               /* of piece */
	struct fault fault;                /* 4.4.1, or 4.7.8 where the proxy does not let us in: temporary */
	bool about_proxy;                  /* of a fault: it would be the same for any server */
};

void socks_begin(struct socks *s, const struct socks_request *request);
size_t socks_wants(const struct socks *s);              /* 0: it has ended */
void socks_hear(struct socks *s, struct span bytes);    /* at most socks_wants */
void socks_free(struct socks *s);

#endif
