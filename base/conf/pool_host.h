/* SPDX-License-Identifier: ISC */
/*
 * pool_host - one member of a pool of smarthosts, as its owner writes it:
 * "smtp1.example.org", "smtp2.example.org:465", "[2001:db8::1]:587 weight=3".
 * The weight is 1 when not said; the port is the smarthost's.
 */
#ifndef BASE_CONF_POOL_HOST_H
#define BASE_CONF_POOL_HOST_H

#include "base/span.h"

#include <stdint.h>

struct pool_host {
	struct span host;    /* a name or an address, without brackets; borrowed */
	uint16_t port;       /* 0: not said */
	uint16_t weight;
};

bool pool_host_parse(struct span text, struct pool_host *out);

#endif
