/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <sys/types.h>
#include <time.h>

/* On 32 bits too: GNUmakefile sets _TIME_BITS and _FILE_OFFSET_BITS. */
_Static_assert(sizeof(time_t) == 8 && sizeof(off_t) == 8, "times end in 2038, and files at 2 GiB");

static int64_t read_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t clock_boot_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int clock_wait_ms(int64_t deadline_ms)
{
	enum { HOUR_MS = 3600 * 1000 };
	int64_t left = deadline_ms - clock_boot_ms();

	if (left < 0)
		return 0;
	return left > HOUR_MS ? HOUR_MS : (int)left;
}

int64_t clock_scaled_ms(double scale, int64_t ms, int64_t least_ms)
{
	int64_t scaled = (int64_t)((double)ms * scale);

	return scaled > least_ms ? scaled : least_ms;
}
