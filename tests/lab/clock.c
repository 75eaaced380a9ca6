/* SPDX-License-Identifier: ISC */
/*
 * clock - preloaded, gives a program of the lab a wrong clock: CLOCK_AHEAD_S
 * seconds ahead of the rest. Where the file /run/lab/clock is, Signet's own
 * programs are as far ahead as the number in it says, whenever it changes.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shared;

static int is_ours(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n <= 0)
		return 0;
	path[n] = '\0';
	return strstr(path, "/libexec/signet/") || strstr(path, "/build/signetd") || strstr(path, "/build/sendmail");
}

/* Before a program confines itself: afterwards it opens nothing. */
__attribute__((constructor)) static void share(void)
{
	int fd = is_ours() ? open("/run/lab/clock", O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	void *at = mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		shared = at;
}

static long ahead(void)
{
	const char *seconds = getenv("CLOCK_AHEAD_S");

	if (shared)
		return (long)*shared;
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
