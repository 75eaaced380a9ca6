/* SPDX-License-Identifier: ISC */
#include "relay/pickup/pickup.h"

#include "base/clock.h"
#include "base/log.h"

enum { QUEUE_FULL_BYTES = 8 * 1024 * 1024 };

int64_t pickup_scaled_ms(const struct pickup *p, int64_t ms)
{
	return clock_scaled_ms(p->settings->time_scale, ms, 1);
}

bool pickup_queue_is_full(const struct pickup *p)
{
	return channel_unsent_bytes(p->queue) > QUEUE_FULL_BYTES;
}

bool pickup_may_log(struct pickup *p, uint32_t uid)
{
	return log_share_take(&p->log_share, uid, clock_boot_ms());
}

void pickup_tell_left_out(struct pickup *p)
{
	uint32_t uid;

	for (unsigned n; (n = log_share_next(&p->log_share, clock_boot_ms(), &uid)) > 0;)
		log_line(LOG_LEVEL_WARNING, "uid %u: %u more lines like these were left out of the log within a minute", uid, n);
}
