/* SPDX-License-Identifier: ISC */
#include "relay/smtp/proxy.h"

#include "base/io.h"
#include "relay/smtp/socks.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

void proxy_print(const struct proxy *p, struct buf *out)
{
	proxy_place_print(&p->place, "socks5", out);
}

/* Any of its addresses. */
static int dial_proxy(const struct proxy_call *c, struct fault *f)
{
	const struct target *t = c->target;
	struct target proxy = { .host = t->host, .addresses = t->proxies, .address_count = t->proxy_count };
	size_t *order = mem_alloc((t->proxy_count + 1) * sizeof *order);
	struct dialled call = { .fd = -1 };

	dial_order(&proxy, order);
	struct dialling *d = dialling_new(&proxy, order, t->proxy_count, c->proxy->place.port, c->wait_ms, c->patience);
	if (c->source)
		dialling_from(d, c->source);
	fault_set(&call.fault, FAULT_TEMPORARY, "4.4.1", "it has no address");
	while (call.fd < 0 && dialling_next(d, &call))
		continue;
	dialling_free(d);
	free(order);
	*f = call.fault;
	return call.fd;
}

static int broken(struct fault *f, const char *how)
{
	return fault_set(f, FAULT_TEMPORARY, "4.4.1", "%s", how);
}

static int hear(struct socks *s, int fd, struct fault *f)
{
	char bytes[SOCKS_HEARD_MAX];
	size_t most = socks_wants(s) < sizeof bytes ? socks_wants(s) : sizeof bytes;
	ssize_t n = recv(fd, bytes, most, 0);

	if (n > 0)
		socks_hear(s, (struct span){ bytes, (size_t)n });
	else if (n == 0)
		return broken(f, "it closed the connection before it was open");
	else if (errno != EAGAIN && errno != EINTR)
		return broken(f, strerror(errno));
	return 0;
}

static int converse(const struct proxy_call *c, int fd, struct fault *f, bool *about_proxy)
{
	int64_t until_ms = patience_until(c->patience, c->wait_ms);
	struct socks_request request = { .user = c->proxy->place.user, .password = c->proxy->password, .name = c->target->host,
	                                 .address = c->address, .port = c->port };
	struct socks s;
	int result = 0;

	socks_begin(&s, &request);
	while (result == 0 && socks_wants(&s) > 0) {
		/* All that is to be said now fits into any socket's buffer. */
		ssize_t sent = s.out.len > 0 ? send(fd, s.out.at, s.out.len, MSG_NOSIGNAL) : 0;
		if (sent != (ssize_t)s.out.len)
			result = broken(f, "the connection to it broke");
		buf_clear(&s.out);
		if (result == 0 && patience_wait(c->patience, fd, POLLIN, until_ms) == 0)
			result = broken(f, s.state >= SOCKS_REPLY ? "it did not say in time that it has reached the server" : "it says nothing");
		if (result == 0)
			result = hear(&s, fd, f);
	}
	if (result == 0 && s.state == SOCKS_FAILED) {
		*f = s.fault;
		result = -1;
	}
	/* Once it is asked to connect, what goes wrong may be of the server. */
	*about_proxy = s.state == SOCKS_FAILED ? s.about_proxy : s.state < SOCKS_REPLY;
	socks_free(&s);
	return result;
}

int proxy_dial(const struct proxy_call *c, struct fault *f, bool *about_proxy)
{
	struct buf name = { 0 };
	int fd = dial_proxy(c, f);

	*about_proxy = fd < 0;
	if (fd >= 0 && converse(c, fd, f, about_proxy) < 0)
		io_close(&fd);
	if (fd < 0) {
		proxy_print(c->proxy, &name);
		fault_prefix(f, "proxy %s", buf_text(&name));
		buf_free(&name);
	}
	return fd;
}
