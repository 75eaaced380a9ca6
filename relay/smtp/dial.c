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

static socklen_t socket_address(const struct ip_address *a, uint16_t port, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ 0 };
	if (a->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->bytes, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->bytes, 16);
	return sizeof *in6;
}

/* ---- this end ---- */

bool dial_own_address(int fd, struct ip_address *out)
{
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof own;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&own;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&own;

	*out = (struct ip_address){ 0 };
	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return false;
	if (own.ss_family == AF_INET6) {
		out->family = 6;
		memcpy(out->bytes, &in6->sin6_addr, 16);
	} else if (own.ss_family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, &in->sin_addr, 4);
	}
	return out->family != 0;
}

bool dial_source(const struct ip_address *to, uint16_t port, const struct ip_address source[2], struct ip_address *out)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(to, port, &address);

	*out = source[to->family == 6];
	if (out->family)
		return true;
	/* Connecting UDP asks the routing table and says nothing to anyone. */
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	bool known = fd >= 0 && connect(fd, (struct sockaddr *)&address, len) == 0 && dial_own_address(fd, out);
	io_close(&fd);
	return known;
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

/* Returns 0, or an errno. The port is chosen when it connects, so that two calls from there may share one. */
static int bind_source(struct dialling *d, const struct call *c)
{
	const struct ip_address *own = source_for(d, c);
	struct sockaddr_storage address;
	int one = 1;

	d->not_ours = false;
	if (own == NULL)
		return 0;
	socklen_t len = socket_address(own, 0, &address);
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	if (bind(c->fd, (struct sockaddr *)&address, len) == 0)
		return 0;
	d->not_ours = true;
	return errno;
}

/* Returns 0 when it is on its way, or an errno. */
static int begin(struct dialling *d, struct call *c)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(&d->target->addresses[c->index], d->port, &address);
	int one = 1;

	c->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	c->until_ms = patience_until(d->patience, d->wait_ms);
	d->next_ms = patience_until(d->patience, DIAL_STAGGER_MS);
	if (c->fd < 0)
		return errno;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	int error = bind_source(d, c);
	if (error)
		return error;
	if (connect(c->fd, (struct sockaddr *)&address, len) == 0 || errno == EINPROGRESS || errno == EINTR)
		return 0;
	return errno;
}

static int result_of(const struct call *c)
{
	int error = 0;
	socklen_t len = sizeof error;

	return getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

static void explain(const struct dialling *d, const struct call *c, int error, struct fault *f)
{
	struct buf own = { 0 };

	if (!d->not_ours) {
		fault_set(f, FAULT_TEMPORARY, "4.4.1", "cannot connect: %s", strerror(error));
		return;
	}
	ip_address_print(source_for(d, c), &own);
	fault_set(f, FAULT_TEMPORARY, "4.4.1", "cannot send from %s: %s; the setting source (for MX hosts mx_source) has to "
	          "name an address of this host", buf_text(&own), strerror(error));
	buf_free(&own);
}

static bool tell(struct dialling *d, struct call *c, int error, struct dialled *out)
{
	*out = (struct dialled){ .index = c->index, .fd = -1 };
	c->told = true;
	if (error) {
		io_close(&c->fd);
		d->next_ms = 0;
		explain(d, c, error, &out->fault);
		d->not_ours = false;
	} else {
		out->fd = c->fd;
		c->fd = -1;
		hang_up(d);
	}
	return true;
}

static struct call *next_to_begin(struct dialling *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (!d->calls[i].told && d->calls[i].fd < 0)
			return &d->calls[i];
	return NULL;
}

/* Until one of those on their way is decided, or another is to begin. NULL: begin another. */
static struct call *wait_for_one(struct dialling *d, bool another, int *error)
{
	struct pollfd fds[DIAL_ADDRESSES_MAX];
	struct call *calls[DIAL_ADDRESSES_MAX], *first = NULL;
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
			*error = result_of(calls[i]);
			return calls[i];
		}
	*error = ETIMEDOUT;
	return waits ? NULL : first;
}

bool dialling_next(struct dialling *d, struct dialled *out)
{
	for (;;) {
		struct call *fresh = next_to_begin(d);
		int error = 0;
		struct call *decided = wait_for_one(d, fresh != NULL, &error);
		if (decided)
			return tell(d, decided, error, out);
		if (fresh == NULL)
			return false;
		if ((error = begin(d, fresh)) != 0)
			return tell(d, fresh, error, out);
	}
}
