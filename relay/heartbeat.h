/* SPDX-License-Identifier: ISC */
/*
 * heartbeat - how often a role shows that its loop goes on (FRAME_HEARTBEAT), and
 * after how long without one it counts as standing still. Times are by time_scale,
 * and no less than a busy machine needs.
 */
#ifndef RELAY_HEARTBEAT_H
#define RELAY_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

int64_t heartbeat_every_ms(double time_scale);

/* Of one process. Zeroed, or after heartbeat_begins: the first has not come, for what it opens may take long. */
struct heartbeat {
	int64_t heard_ms;           /* boot: the last; 0 none yet */
	int64_t doubted_ms;         /* boot: since when that is too long ago; 0 it is not */
};

void heartbeat_begins(struct heartbeat *h);
void heartbeat_heard(struct heartbeat *h, int64_t now_ms);

/*
 * True: it stands still. A machine that slept gets a second look, so call it
 * when the deadline has passed, after what came was heard.
 */
bool heartbeat_has_stopped(struct heartbeat *h, double time_scale, int64_t now_ms);
int64_t heartbeat_deadline_ms(const struct heartbeat *h, double time_scale);   /* boot; INT64_MAX: none */

#endif
