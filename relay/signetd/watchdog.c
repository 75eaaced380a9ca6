#include "relay/signetd/watchdog.h"

#include "base/io.h"
#include "base/span.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STANDSTILL_MS = 120 * 1000, STANDSTILL_LEAST_MS = 10 * 1000,
	DOUBT_MS = 20 * 1000, DOUBT_LEAST_MS = 2 * 1000,
	TELL_PARTS = 3,              /* times within systemd's WatchdogSec */
};

static int64_t scaled(double scale, int64_t ms, int64_t least_ms)
{
	int64_t result = (int64_t)((double)ms * scale);

	return result > least_ms ? result : least_ms;
}

/* A path, or a name in the abstract space after "@". */
static bool read_address(struct watchdog *w)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	if (len < 2 || len >= sizeof w->address.sun_path || (path[0] != '/' && path[0] != '@'))
		return false;
	w->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(w->address.sun_path, path, len);
	if (path[0] == '@')
		w->address.sun_path[0] = '\0';
	w->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

static bool is_meant_for_us(void)
{
	const char *pid = getenv("WATCHDOG_PID");

	return pid == NULL || strtol(pid, NULL, 10) == (long)getpid();
}

void watchdog_begin(struct watchdog *w, double time_scale)
{
	const char *wanted = getenv("WATCHDOG_USEC");
	unsigned long long us;

	*w = (struct watchdog){ .fd = -1, .standstill_ms = scaled(time_scale, STANDSTILL_MS, STANDSTILL_LEAST_MS),
		.doubt_ms = scaled(time_scale, DOUBT_MS, DOUBT_LEAST_MS) };
	if (wanted == NULL || !span_number(span_of(wanted), INT64_MAX, &us) || us == 0 || !is_meant_for_us() || !read_address(w))
		return;
	w->every_ms = (int64_t)(us / 1000 / TELL_PARTS) + 1;
	w->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void watchdog_end(struct watchdog *w)
{
	io_close(&w->fd);
}

void watchdog_queue_begins(struct watchdog *w)
{
	w->heard_ms = w->doubted_ms = 0;
}

void watchdog_hear(struct watchdog *w, int64_t now_ms)
{
	w->heard_ms = now_ms;
	w->doubted_ms = 0;
}

bool watchdog_is_over(struct watchdog *w, int64_t now_ms)
{
	if (w->heard_ms == 0 || now_ms - w->heard_ms < w->standstill_ms)
		return false;
	if (w->doubted_ms == 0)
		w->doubted_ms = now_ms;
	return now_ms - w->doubted_ms >= w->doubt_ms;
}

void watchdog_tell(struct watchdog *w, int64_t now_ms)
{
	static const char text[] = "WATCHDOG=1";

	if (w->fd < 0 || now_ms < w->next_ms || w->doubted_ms)
		return;
	w->next_ms = now_ms + w->every_ms;
	(void)!sendto(w->fd, text, sizeof text - 1, MSG_NOSIGNAL, (const struct sockaddr *)&w->address, w->address_len);
}

int64_t watchdog_deadline_ms(const struct watchdog *w)
{
	int64_t first = w->fd >= 0 && w->doubted_ms == 0 ? w->next_ms : INT64_MAX;
	int64_t over = w->doubted_ms ? w->doubted_ms + w->doubt_ms : w->heard_ms ? w->heard_ms + w->standstill_ms : INT64_MAX;

	return over < first ? over : first;
}
