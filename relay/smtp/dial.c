/* SPDX-License-Identifier: ISC */
#include "relay/smtp/dial.h"

#include "base/io.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

static size_t next_of_family(const struct target *t, size_t from, bool same, uint8_t family)
{
	while (from < t->address_count && (t->addresses[from].family == family) != same)
		from++;
	return from;
}

void dial_order(const struct target *t, size_t *order)
{
	if (t->address_count == 0)
		return;
	uint8_t first = t->addresses[0].family;
	size_t at[2] = { 0, next_of_family(t, 0, false, first) };
	size_t turn = 0;

	for (size_t n = 0; n < t->address_count; turn = 1 - turn) {
		if (at[turn] >= t->address_count)
			continue;
		order[n++] = at[turn];
		at[turn] = next_of_family(t, at[turn] + 1, turn == 0, first);
	}
}

bool dial_source(const struct ip_address *to, uint16_t port, const struct ip_address source[2], struct ip_address *out)
{
	*out = source[to->family == 6];
	return out->family || ip_address_source(to, port, out);
}

/* ---- calls ---- */

struct call {
	size_t index;
	int fd;               /* -1: not dialled yet, or hung up on */
	int64_t until_ms;
	bool told;            /* of its end */
};

struct dialling {
	const struct target *target;
	uint16_t port;
	int64_t wait_ms;
	const struct patience *patience;
	const struct ip_address *source;     /* two, or NULL */
	bool not_ours;                       /* the source address could not be bound, the last time */
	struct call calls[DIAL_ADDRESSES_MAX];
	size_t count;
	int64_t next_ms;      /* when another may begin beside those that are silent */
};

struct dialling *dialling_new(const struct target *t, const size_t *order, size_t count, uint16_t port,
                              int64_t wait_ms, const struct patience *patience)
{
	struct dialling *d = mem_alloc(sizeof *d);

	*d = (struct dialling){ .target = t, .port = port, .wait_ms = wait_ms, .patience = patience };
	d->count = count < DIAL_ADDRESSES_MAX ? count : DIAL_ADDRESSES_MAX;
	for (size_t i = 0; i < d->count; i++)
		d->calls[i] = (struct call){ .index = order[i], .fd = -1 };
	return d;
}

void dialling_from(struct dialling *d, const struct ip_address source[2])
{
	d->source = source;
}

static void hang_up(struct dialling *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->calls[i].fd >= 0)
			io_close(&d->calls[i].fd);
	d->next_ms = 0;
}

void dialling_free(struct dialling *d)
{
	hang_up(d);
	free(d);
}

static const struct ip_address *source_for(const struct dialling *d, const struct call *c)
{
	const struct ip_address *own = d->source ? &d->source[d->target->addresses[c->index].family == 6] : NULL;

	return own && own->family ? own : NULL;
}

/* Returns 0 when it is on its way, or an errno. */
static int begin_call(struct dialling *d, struct call *c)
{
	const struct ip_address *own = source_for(d, c);
	struct sockaddr_storage to, from;
	socklen_t len = ip_address_socket(&d->target->addresses[c->index], d->port, &to);
	int one = 1;

	c->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	c->until_ms = patience_until(d->patience, d->wait_ms);
	d->next_ms = patience_until(d->patience, DIAL_STAGGER_MS);
	if (c->fd < 0)
		return errno;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (own) {
		/* The port is chosen when it connects, so that two calls from there may share one. */
		setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
		socklen_t from_len = ip_address_socket(own, 0, &from);
		d->not_ours = bind(c->fd, (struct sockaddr *)&from, from_len) < 0;
		if (d->not_ours)
			return errno;
	}
	if (connect(c->fd, (struct sockaddr *)&to, len) == 0 || errno == EINPROGRESS || errno == EINTR)
		return 0;
	return errno;
}

static bool tell_end(struct dialling *d, struct call *c, int error, struct dialled *out)
{
	*out = (struct dialled){ .index = c->index, .fd = -1 };
	c->told = true;
	if (error == 0) {
		out->fd = c->fd;
		c->fd = -1;
		hang_up(d);
		return true;
	}
	io_close(&c->fd);
	d->next_ms = 0;
	if (d->not_ours) {
		struct buf own = { 0 };
		ip_address_print(source_for(d, c), &own);
		fault_set(&out->fault, FAULT_TEMPORARY, "4.4.1", "cannot send from %s: %s; the setting source (for MX hosts mx_source) "
		          "has to name an address of this host", buf_text(&own), strerror(error));
		buf_free(&own);
	} else {
		fault_set(&out->fault, FAULT_TEMPORARY, "4.4.1", "cannot connect: %s", strerror(error));
	}
	d->not_ours = false;
	return true;
}

/* Until one of those on their way is decided, or another is to begin. NULL: begin another. */
static struct call *wait_for_one(struct dialling *d, bool another, int *error)
{
	struct pollfd fds[DIAL_ADDRESSES_MAX];
	struct call *calls[DIAL_ADDRESSES_MAX], *first = NULL;
	socklen_t len = sizeof *error;
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++) {
		struct call *c = &d->calls[i];
		if (c->fd < 0)
			continue;
		fds[count] = (struct pollfd){ .fd = c->fd, .events = POLLOUT };
		calls[count++] = c;
		if (first == NULL || c->until_ms < first->until_ms)
			first = c;
	}
	if (first == NULL)
		return NULL;
	bool waits = another && d->next_ms < first->until_ms;
	size_t ready = patience_poll(d->patience, fds, count, waits ? d->next_ms : first->until_ms);
	for (size_t i = 0; ready > 0 && i < count; i++)
		if (fds[i].revents) {
			if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, error, &len) < 0)
				*error = errno;
			return calls[i];
		}
	*error = ETIMEDOUT;
	return waits ? NULL : first;
}

bool dialling_next(struct dialling *d, struct dialled *out)
{
	for (;;) {
		struct call *fresh = NULL;
		for (size_t i = 0; i < d->count && fresh == NULL; i++)
			if (!d->calls[i].told && d->calls[i].fd < 0)
				fresh = &d->calls[i];
		int error = 0;
		struct call *decided = wait_for_one(d, fresh != NULL, &error);
		if (decided)
			return tell_end(d, decided, error, out);
		if (fresh == NULL)
			return false;
		error = begin_call(d, fresh);
		if (error)
			return tell_end(d, fresh, error, out);
	}
}
