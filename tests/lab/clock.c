/*
 * clock - preloaded, lets a program of the lab live CLOCK_AHEAD_S seconds
 * ahead of the rest: a wrong clock.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long ahead(void)
{
	const char *seconds = getenv("CLOCK_AHEAD_S");

	return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
	int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, at);

	if (result == 0 && clock == CLOCK_REALTIME)
		at->tv_sec += ahead();
	return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now = { 0 };
	int result = clock_gettime(CLOCK_REALTIME, &now);

	(void)zone;
	*at = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return result;
}

time_t time(time_t *at)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = now.tv_sec;
	return now.tv_sec;
}
