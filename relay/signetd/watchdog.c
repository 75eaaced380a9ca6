#include "relay/signetd/watchdog.h"

#include "base/io.h"
#include "base/span.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TELL_PARTS = 3 };       /* times within systemd's WatchdogSec */

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

	*w = (struct watchdog){ .fd = -1, .time_scale = time_scale };
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
	life_begins(&w->queue);
}

void watchdog_hear(struct watchdog *w, int64_t now_ms)
{
	life_heard(&w->queue, now_ms);
}

bool watchdog_is_over(struct watchdog *w, int64_t now_ms)
{
	return life_is_over(&w->queue, w->time_scale, now_ms);
}

void watchdog_tell(struct watchdog *w, int64_t now_ms)
{
	static const char text[] = "WATCHDOG=1";

	if (w->fd < 0 || now_ms < w->next_ms || w->queue.doubted_ms)
		return;
	w->next_ms = now_ms + w->every_ms;
	(void)!sendto(w->fd, text, sizeof text - 1, MSG_NOSIGNAL, (const struct sockaddr *)&w->address, w->address_len);
}

int64_t watchdog_deadline_ms(const struct watchdog *w)
{
	int64_t first = w->fd >= 0 && w->queue.doubted_ms == 0 ? w->next_ms : INT64_MAX;
	int64_t over = life_deadline_ms(&w->queue, w->time_scale);

	return over < first ? over : first;
}
