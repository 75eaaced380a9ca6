/* SPDX-License-Identifier: ISC */
/*
 * proxy_place - where a proxy is, as its owner writes it: "socks5://proxy.example.org:1080",
 * "socks5://user@[2001:db8::1]:1080". A password is never in it.
 */
#ifndef BASE_CONF_PROXY_PLACE_H
#define BASE_CONF_PROXY_PLACE_H

#include "base/buf.h"

#include <stdint.h>

enum { PROXY_NAME_MAX = 255 };   /* RFC 1929: of a user, and of a password */

struct proxy_place {
	struct span user;    /* empty: none; borrowed, as host */
	struct span host;    /* a name or an address, without brackets */
	uint16_t port;
};

bool proxy_place_parse(struct span text, struct proxy_place *out);

/* "SCHEME://HOST:PORT" appended, without the user; an IPv6 address in brackets. */
void proxy_place_print(const struct proxy_place *p, const char *scheme, struct buf *out);

#endif
