#include "relay/pickup/pickup.h"

enum { QUEUE_FULL_BYTES = 8 * 1024 * 1024 };

int64_t pickup_scaled_ms(const struct pickup *p, int64_t ms)
{
	double scaled = (double)ms * p->settings->time_scale;

	return scaled < 1 ? 1 : (int64_t)scaled;
}

bool pickup_queue_is_full(const struct pickup *p)
{
	return channel_unsent_bytes(p->queue) > QUEUE_FULL_BYTES;
}
