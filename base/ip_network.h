/* SPDX-License-Identifier: ISC */
/*
 * ip_network - a network as "192.0.2.0/24" or "2001:db8::/32"; an address
 * alone is a network of one. Pure.
 */
#ifndef BASE_IP_NETWORK_H
#define BASE_IP_NETWORK_H

#include "base/span.h"

#include <stdint.h>

struct ip_network {
	uint8_t family;      /* 4 or 6 */
	uint8_t bits;        /* of bytes, from the front */
	uint8_t bytes[16];   /* network order; 4 or 16 used */
};

bool ip_network_parse(struct span text, struct ip_network *out);
bool ip_network_holds(const struct ip_network *n, uint8_t family, const uint8_t *bytes);

#endif
