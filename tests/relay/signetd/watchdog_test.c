/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/io.h"
#include "relay/signetd/watchdog.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct watchdog w;

/* One queue's life: its signs, and looks at it, in order. */
static void looks(void)
{
	static const struct {
		const char *name;
		int64_t at_ms;
		enum { BEGINS, SIGN, LOOK } what;
		bool over;
	} rows[] = {
		{ "it begins", 1000, BEGINS, false },
		{ "an hour without a first sign: it may be opening a large store", 3600 * 1000, LOOK, false },
		{ "its first", 3600 * 1000 + 1, SIGN, false },
		{ "160 seconds but a moment", 3760 * 1000, LOOK, false },
		{ "a slow sync is over", 3760 * 1000 + 1, SIGN, false },
		{ "more, the first look: perhaps the machine slept", 3960 * 1000, LOOK, false },
		{ "it did, and the queue's next sign is due 80 seconds later", 4041 * 1000, LOOK, false },
		{ "there it is", 4041 * 1000, SIGN, false },
		{ "as long again", 4210 * 1000, LOOK, false },
		{ "not quite 100 seconds later", 4309 * 1000, LOOK, false },
		{ "100 seconds later", 4310 * 1000, LOOK, true },
		{ "the next one", 4311 * 1000, BEGINS, false },
		{ "is not judged by the signs of the one before", 9000 * 1000, LOOK, false },
	};

	watchdog_begin(&w, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].what == BEGINS)
			watchdog_queue_begins(&w);
		else if (rows[i].what == SIGN)
			watchdog_hear(&w, rows[i].at_ms);
		else
			is_int(watchdog_is_over(&w, rows[i].at_ms), rows[i].over, "%s", rows[i].name);
	}
	ok(watchdog_deadline_ms(&w) == INT64_MAX, "nothing to wait for then");
	watchdog_begin(&w, 0.0001);
	watchdog_hear(&w, 1000);
	ok(!watchdog_is_over(&w, 10 * 1000), "however time is scaled, ten seconds are its own");
	is_int(watchdog_deadline_ms(&w), 11 * 1000, "which are waited for");
}

static size_t heard(int fd)
{
	char text[100];
	size_t n = 0;
	ssize_t len;

	while ((len = recv(fd, text, sizeof text, MSG_DONTWAIT)) > 0)
		n += len == 10 && memcmp(text, "WATCHDOG=1", 10) == 0;
	return n;
}

static void tells_systemd(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char pid[20];
	size_t len = strlen(path);

	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)(sizeof address.sun_family + len)) < 0)
		abort();
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	watchdog_begin(&w, 1);
	watchdog_queue_begins(&w);
	watchdog_tell(&w, 1000);
	is_int(heard(fd), 1, "%s: a queue that begins goes on", path);
	watchdog_tell(&w, 1999);
	is_int(heard(fd), 0, "said no more often than three times in the time that it has");
	watchdog_hear(&w, 2000);
	ok(watchdog_deadline_ms(&w) <= 2001, "and as often as that");
	watchdog_tell(&w, 2001);
	is_int(heard(fd), 1, "so it is");
	watchdog_is_over(&w, 2000 + 161 * 1000);
	watchdog_tell(&w, 2000 + 161 * 1000);
	is_int(heard(fd), 0, "not while the queue stands still");
	setenv("WATCHDOG_PID", "1", 1);
	watchdog_begin(&w, 1);
	watchdog_tell(&w, 5000);
	is_int(heard(fd), 0, "nor where another process is meant");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	watchdog_begin(&w, 1);
	watchdog_tell(&w, 5000);
	is_int(heard(fd), 0, "nor where nobody asks");
	io_close(&fd);
	if (path[0] == '/')
		unlink(path);
}

int main(void)
{
	tap_plan(25);
	char path[40];

	snprintf(path, sizeof path, "/tmp/watchdog-test-%ld", (long)getpid());
	looks();
	tells_systemd(path);
	snprintf(path, sizeof path, "@watchdog-test-%ld", (long)getpid());
	tells_systemd(path);
	return tap_done();
}
