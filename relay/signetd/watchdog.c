/* SPDX-License-Identifier: ISC */
#include "relay/signetd/watchdog.h"

#include "base/span.h"
#include "relay/signetd/notify.h"

#include <stdlib.h>
#include <unistd.h>

enum { TELL_PARTS = 3 };       /* times within systemd's WatchdogSec */

void watchdog_begin(struct watchdog *w, double time_scale)
{
	const char *wanted = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	bool is_ours = pid == NULL || strtol(pid, NULL, 10) == (long)getpid();
	unsigned long long us;

	*w = (struct watchdog){ .time_scale = time_scale };
	if (wanted == NULL || !span_number(span_of(wanted), INT64_MAX, &us) || us == 0 || !is_ours || !notify_is_wanted())
		return;
	w->every_ms = (int64_t)(us / 1000 / TELL_PARTS) + 1;
	w->is_wanted = true;
}

void watchdog_queue_begins(struct watchdog *w)
{
	heartbeat_begins(&w->queue);
}

void watchdog_hear(struct watchdog *w, int64_t now_ms)
{
	heartbeat_heard(&w->queue, now_ms);
}

bool watchdog_is_over(struct watchdog *w, int64_t now_ms)
{
	return heartbeat_has_stopped(&w->queue, w->time_scale, now_ms);
}

void watchdog_tell(struct watchdog *w, int64_t now_ms)
{
	if (!w->is_wanted || now_ms < w->next_ms || w->queue.doubted_ms)
		return;
	w->next_ms = now_ms + w->every_ms;
	notify_tell("WATCHDOG=1");
}

int64_t watchdog_deadline_ms(const struct watchdog *w)
{
	int64_t first = w->is_wanted && w->queue.doubted_ms == 0 ? w->next_ms : INT64_MAX;
	int64_t over = heartbeat_deadline_ms(&w->queue, w->time_scale);

	return over < first ? over : first;
}
