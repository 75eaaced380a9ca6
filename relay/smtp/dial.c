#include "relay/smtp/dial.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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

static int wait_connected(int fd, int64_t until, const struct patience *patience)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (patience_wait(patience, fd, POLLOUT, until) == 0)
		return ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

int dial(const struct ip_address *a, uint16_t port, int64_t wait_ms, const struct patience *patience,
         struct fault *f)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(a, port, &address);
	int64_t until = patience_until(patience, wait_ms);
	int one = 1;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.4.1", "cannot open a socket: %s", strerror(errno));
	int error = connect(fd, (struct sockaddr *)&address, len) < 0 ? errno : 0;
	if (error == EINPROGRESS || error == EINTR)
		error = wait_connected(fd, until, patience);
	if (error) {
		io_close(&fd);
		return fault_set(f, FAULT_TEMPORARY, "4.4.1", "cannot connect: %s", strerror(error));
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}
