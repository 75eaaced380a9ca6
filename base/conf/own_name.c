/* SPDX-License-Identifier: ISC */
#include "base/conf/own_name.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAILNAME "/etc/mailname"

enum { NAME_BYTES_MAX = 255 };

static bool has_dot(struct span name)
{
	return name.len > 0 && memchr(name.at, '.', name.len) != NULL;
}

bool own_name_pick(struct span label, struct span system, struct span mailname, struct buf *out)
{
	struct span mail = span_trim(span_cut(&mailname, '\n'));
	bool is_ours = has_dot(system) && span_starts_nocase(system, label) && system.at[label.len] == '.';
	struct span picked = is_ours ? system : mail;

	if (has_dot(picked) && domain_normalise(picked, out) == 0)
		return true;
	buf_clear(out);
	return false;
}

static void hear_system_name(int in, struct buf *out)
{
	int64_t deadline_ms = clock_boot_ms() + OWN_NAME_WAIT_MS;
	struct pollfd p = { .fd = in, .events = POLLIN };
	char bytes[NAME_BYTES_MAX];

	while (clock_boot_ms() < deadline_ms) {
		int ready = poll(&p, 1, clock_wait_ms(deadline_ms));
		if (ready < 0 && errno == EINTR)
			continue;
		ssize_t n = ready > 0 ? read(in, bytes, sizeof bytes) : 0;
		if (n <= 0 || out->len + (size_t)n > NAME_BYTES_MAX)
			return;
		buf_add(out, bytes, (size_t)n);
	}
}

static void ask_system(const char *label, struct buf *out)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		const struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM };
		struct addrinfo *found = NULL;
		if (getaddrinfo(label, NULL, &hints, &found) == 0 && found->ai_canonname) {
			size_t len = strnlen(found->ai_canonname, NAME_BYTES_MAX);
			if (write(ends[1], found->ai_canonname, len) < 0)
				_exit(1);
		}
		_exit(0);
	}
	io_close(&ends[1]);
	if (pid > 0) {
		hear_system_name(ends[0], out);
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	io_close(&ends[0]);
}

static void read_mailname(struct buf *out)
{
	char bytes[NAME_BYTES_MAX];
	int fd = open(MAILNAME, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : 0;

	if (n > 0)
		buf_add(out, bytes, (size_t)n);
	io_close(&fd);
}

int own_name_complete(struct settings *s, struct fault *f)
{
	struct buf system = { 0 }, mailname = { 0 }, name = { 0 };
	struct span label = span_of(s->hostname);

	if (has_dot(label))
		return 0;
	ask_system(s->hostname, &system);
	read_mailname(&mailname);
	bool found = own_name_pick(label, buf_span(&system), buf_span(&mailname), &name);
	if (found) {
		if (strcmp(s->domain, s->hostname) == 0) {
			free(s->domain);
			s->domain = mem_text(buf_text(&name));
		}
		free(s->hostname);
		s->hostname = buf_take(&name);
	} else {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "this host's name \"%s\" has no domain, and neither " MAILNAME " nor the system's "
		          "hosts(5) and DNS know one: receivers refuse such a HELO; set hostname = \"%s.example.org\", with your "
		          "domain, in the configuration", s->hostname, s->hostname);
	}
	buf_free(&system);
	buf_free(&mailname);
	buf_free(&name);
	return found ? 0 : -1;
}
