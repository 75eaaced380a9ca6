/* SPDX-License-Identifier: ISC */
/*
 * proxy - a connection to a server through a SOCKS5 proxy (relay/smtp/socks.h), in place of dialling it.
 *
 * Whatever goes wrong before the connection is open is the proxy's fault and said to be: a temporary 4.4.1 or 4.7.8 that
 * names the proxy. All has the deadline of a dialled connection.
 */
#ifndef RELAY_SMTP_PROXY_H
#define RELAY_SMTP_PROXY_H

#include "base/conf/proxy_place.h"
#include "relay/smtp/dial.h"

struct proxy {
	struct proxy_place place;          /* of the setting; all borrowed */
	struct span password;
};

/* "socks5://proxy.example.org:1080" appended: without its user. */
void proxy_print(const struct proxy *p, struct buf *out);

/* One call through a proxy, to one address of a target or to the target by name. */
struct proxy_call {
	const struct proxy *proxy;
	const struct target *target;       /* its proxies are dialled */
	const struct ip_address *address;  /* where the proxy is to connect; NULL: to the target's host, which it looks up */
	uint16_t port;
	const struct ip_address *source;   /* two, from which the proxy is dialled, as dialling_from() has them; NULL: any */
	int64_t wait_ms;                   /* for the proxy to be reached, and again for it to reach the server */
	const struct patience *patience;
};

/* The descriptor, as dial.h gives one; or -1 with the fault. about_proxy: no other server would be reached, either. */
int proxy_dial(const struct proxy_call *c, struct fault *f, bool *about_proxy);

#endif
