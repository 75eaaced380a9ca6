/* SPDX-License-Identifier: ISC */
#include "relay/signetd/sockets.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define INHERIT_NAME "SIGNET_INHERIT"

enum { BACKLOG = 1024, SYSTEMD_FIRST_FD = 3, SYSTEMD_FDS_MAX = 64, ANSWERED_WAIT_MS = 5000, ANSWERED_STEP_MS = 20 };

/* ---- what comes ---- */

static bool listens_at(int fd, const char *path)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof address, size = sizeof(int);
	int listening = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 || address.sun_family != AF_UNIX)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening)
		return false;
	return strncmp(address.sun_path, path, sizeof address.sun_path) == 0;
}

/* The number in settings.listen of the place where fd takes connections; -1: none of them. */
static int smtp_place(const struct settings *s, int fd)
{
	struct sockaddr_storage address = { 0 };
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
	socklen_t len = sizeof address, size = sizeof(int);
	struct listen_place bound = { 0 }, wanted;
	int listening = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening)
		return -1;
	if (address.ss_family == AF_INET) {
		bound.family = 4;
		bound.port = ntohs(v4->sin_port);
		memcpy(bound.bytes, &v4->sin_addr, 4);
	} else if (address.ss_family == AF_INET6) {
		bound.family = 6;
		bound.port = ntohs(v6->sin6_port);
		memcpy(bound.bytes, &v6->sin6_addr, 16);
	}
	for (size_t i = 0; i < s->listen.count && i < LISTEN_PLACES_MAX; i++)
		if (listen_place_parse(span_of(s->listen.items[i]), &wanted) && listen_place_is(&wanted, &bound))
			return (int)i;
	return -1;
}

/* Sockets find their place by what they are bound to. */
static void place_socket(const struct settings *s, int fd, struct inherited *out)
{
	int smtp = smtp_place(s, fd);

	if (out->submission < 0 && listens_at(fd, s->socket))
		out->submission = fd;
	else if (out->control < 0 && listens_at(fd, s->control))
		out->control = fd;
	else if (smtp >= 0 && out->listen[smtp] < 0)
		out->listen[smtp] = fd;
	else
		close(fd);
}

static int number_in_variable(const char *name)
{
	unsigned long long value;
	const char *text = getenv(name);

	return text && span_number(span_of(text), 1000000000, &value) ? (int)value : -1;
}

void sockets_inherit(const struct settings *s, struct inherited *out)
{
	const char *text = getenv(INHERIT_NAME);
	int pid, lent, fds[3], used = 0;

	*out = SOCKETS_NONE;
	/* From ourselves. The pid in it keeps another program's leftovers away: an execve of ours keeps the pid. */
	if (text && sscanf(text, "%d:%d:%d:%d:%d%n", &pid, &lent, &fds[0], &fds[1], &fds[2], &used) == 5 && pid == getpid()) {
		for (int i = 0; i < 3; i++)
			if (fds[i] >= 0 && io_set_cloexec(fds[i], true) < 0)
				fds[i] = -1;
		for (int i = 0; i < 2; i++)
			if (fds[i] >= 0)
				place_socket(s, fds[i], out);
		/* Those for SMTP follow. */
		for (int fd, n; sscanf(text += used, ":%d%n", &fd, &n) == 1; used = n)
			if (io_set_cloexec(fd, true) == 0)
				place_socket(s, fd, out);
		out->lock = fds[2];
		out->lent = lent && out->submission >= 0;
	}
	unsetenv(INHERIT_NAME);
	/* From systemd. */
	int count = number_in_variable("LISTEN_PID") == getpid() ? number_in_variable("LISTEN_FDS") : 0;
	for (int i = 0; i < count && i < SYSTEMD_FDS_MAX; i++)
		if (io_set_cloexec(SYSTEMD_FIRST_FD + i, true) == 0)
			place_socket(s, SYSTEMD_FIRST_FD + i, out);
	out->lent = out->lent || (count > 0 && out->submission >= 0);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

void sockets_bequeath(const struct inherited *give)
{
	struct buf text = { 0 };

	buf_printf(&text, "%d:%d:%d:%d:%d", (int)getpid(), give->lent, give->submission, give->control, give->lock);
	for (size_t i = 0; i < LISTEN_PLACES_MAX; i++)
		if (give->listen[i] >= 0 && io_set_cloexec(give->listen[i], false) == 0)
			buf_printf(&text, ":%d", give->listen[i]);
	setenv(INHERIT_NAME, buf_text(&text), 1);
	buf_free(&text);
	for (size_t i = 0; i < 3; i++) {
		int fd = i == 0 ? give->submission : i == 1 ? give->control : give->lock;
		if (fd >= 0)
			io_set_cloexec(fd, false);
	}
}

/* ---- what is made ---- */

static int socket_failed(struct fault *f, const char *what, const char *path)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot %s the socket %s: %s", what, path, strerror(errno));
}

/* A full backlog (EAGAIN) is an answer too. */
static bool is_answered(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);

	io_close(&fd);
	return answered;
}

static int clear_place(const struct sockaddr_un *address, struct fault *f)
{
	const char *path = address->sun_path;
	struct timespec step = { .tv_nsec = ANSWERED_STEP_MS * 1000000L };
	bool said = false;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : socket_failed(f, "look at", path);
	if (!S_ISSOCK(st.st_mode))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s is in the way of the socket and is not a socket; move it", path);
	/* The lock is ours, so it may be a role of a signetd that was killed: its sockets are closed a moment after its lock. */
	for (int64_t until_ms = clock_boot_ms() + ANSWERED_WAIT_MS; is_answered(address); nanosleep(&step, NULL)) {
		if (clock_boot_ms() >= until_ms)
			return fault_set(f, FAULT_TEMPORARY, "4.3.2", "another process answers at the socket %s; stop it, or set another "
			                 "path", path);
		if (!said)
			log_line(LOG_LEVEL_INFO, "another process still answers at the socket %s; waiting for it to end", path);
		said = true;
	}
	return unlink(path) < 0 && errno != ENOENT ? socket_failed(f, "remove the stale", path) : 0;
}

int sockets_listen(const char *path, unsigned mode, struct fault *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "the socket's path %s is longer than the %zu bytes a socket can have",
		                 path, sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (clear_place(&address, f) < 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t before = umask(0777 & ~(mode_t)mode);
	int bound = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(before);
	if (bound < 0 || listen(fd, BACKLOG) < 0) {
		socket_failed(f, "open", path);
		io_close(&fd);
	}
	return fd;
}

int sockets_listen_smtp(const char *place, struct fault *f)
{
	struct listen_place p;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	int on = 1;

	if (!listen_place_parse(span_of(place), &p))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s is not an address and a port", place);
	v4.sin_port = v6.sin6_port = htons(p.port);
	memcpy(&v4.sin_addr, p.bytes, sizeof v4.sin_addr);
	memcpy(&v6.sin6_addr, p.bytes, sizeof v6.sin6_addr);
	const struct sockaddr *address = p.family == 6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
	int fd = socket(p.family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
		if (p.family == 6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	}
	if (fd >= 0 && bind(fd, address, p.family == 6 ? sizeof v6 : sizeof v4) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int error = errno;
	io_close(&fd);
	/* What to do about it, where that is known. */
	if (error == EADDRINUSE)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "cannot listen at %s: another program does; ss -ltnp 'sport = :%u' names it; stop "
		                 "it, then: systemctl reload signetd", place, p.port);
	if (error == EACCES || error == EPERM)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot listen at %s: %s; ports below 1024 need a right that signetd does not have: see LISTENING "
		                 "in signet.conf(5)", place, strerror(error));
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot listen at %s: %s", place, strerror(error));
}

void sockets_remove(const struct settings *s, const struct inherited *held)
{
	if (!held->lent)
		unlink(s->socket);
	unlink(s->control);
}
