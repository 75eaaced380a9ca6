/* SPDX-License-Identifier: ISC */
/*
 * listen - what the settings listen and listen_for hold: a place to take SMTP at,
 * and a kind of client that may use it. Pure.
 */
#ifndef BASE_CONF_LISTEN_H
#define BASE_CONF_LISTEN_H

#include "base/ip_network.h"

struct listen_place {              /* "127.0.0.1:25" or "[::1]:25" */
	uint8_t family;            /* 4 or 6 */
	uint8_t bytes[16];         /* network order; 4 or 16 used */
	uint16_t port;             /* never 0 */
};

enum { LISTEN_PLACES_MAX = 16 };

enum listen_client_kind { LISTEN_LOOPBACK, LISTEN_NETWORK, LISTEN_USER };

struct listen_client {             /* "loopback", "192.0.2.0/24", "user:www-data" or "user:33" */
	enum listen_client_kind kind;
	struct ip_network network;
	struct span user;          /* borrowed from the text */
};

bool listen_place_parse(struct span text, struct listen_place *out);
bool listen_place_is(const struct listen_place *a, const struct listen_place *b);
bool listen_client_parse(struct span text, struct listen_client *out);

/* 127.0.0.0/8 and ::1. */
bool listen_is_loopback(uint8_t family, const uint8_t *bytes);

#endif
