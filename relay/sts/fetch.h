/*
 * fetch - one file over HTTPS, by libcurl, which only this module knows.
 *
 * No redirects, no proxy, no cookies, no look-up of names: it connects to the
 * addresses it is given. The certificate must be valid for the host (RFC 8461
 * section 3.3).
 */
#ifndef RELAY_STS_FETCH_H
#define RELAY_STS_FETCH_H

#include "base/buf.h"
#include "base/fault.h"
#include "dns/target.h"

struct fetch {
	const char *host, *path;
	uint16_t port;
	const struct ip_address *addresses;
	size_t address_count;
	struct span roots;           /* certificates (PEM) that vouch for it */
	size_t bytes_max;
	int64_t wait_ms;             /* for all of it */
};

/* Before confinement. -1: a fault 4.3.0. */
int fetch_prepare(struct fault *f);

/* 0: the file, of type text/plain, is in body. -1: a fault 4.7.5 that says why not. */
int fetch_text(const struct fetch *what, struct buf *body, struct fault *f);

#endif
