/* SPDX-License-Identifier: ISC */
#include "relay/signetd/capacity.h"

#include "base/buf.h"
#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum {
	SESSION_BYTES = 1024 * 1024,   /* two processes, and what the kernel keeps for them */
	MEMORY_PART = 8,
	SESSION_DESCRIPTORS = 7,       /* in signetd, while it waits for its processes */
	OTHER_DESCRIPTORS = 200,
	SESSION_PROCESSES = 5,         /* two, and slow ones are not counted (relay/queue/dispatch.h) */
	TEXT_MAX = 4096,
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint32_t capacity_sessions(const struct capacity *c)
{
	uint64_t descriptors = c->descriptors > OTHER_DESCRIPTORS ? c->descriptors - OTHER_DESCRIPTORS : 0;
	uint64_t sessions = least(c->memory_bytes / MEMORY_PART / SESSION_BYTES, descriptors / SESSION_DESCRIPTORS);

	sessions = least(least(sessions, c->processes / SESSION_PROCESSES), CAPACITY_MOST);
	return sessions < CAPACITY_LEAST ? CAPACITY_LEAST : (uint32_t)sessions;
}

static bool read_small(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool read = fd >= 0 && io_read_file(fd, out, TEXT_MAX) == 0;

	io_close(&fd);
	return read;
}

/* cgroups(7), version 2: a limit of "0::/system.slice/signet.service". UINT64_MAX: there is none. */
static uint64_t group_limit(const char *name)
{
	struct buf text = { 0 }, path = { 0 };
	uint64_t limit = UINT64_MAX;

	if (read_small("/proc/self/cgroup", &text)) {
		const char *at = strstr(buf_text(&text), "0::/");
		int len = at ? (int)strcspn(at, "\n") - 3 : 0;
		if (at)
			buf_printf(&path, "/sys/fs/cgroup%.*s/%s", len, at + 3, name);
		buf_clear(&text);
		if (at && read_small(buf_text(&path), &text) && text.at[0] >= '0' && text.at[0] <= '9')
			limit = strtoull(buf_text(&text), NULL, 10);
	}
	buf_free(&text);
	buf_free(&path);
	return limit;
}

static uint64_t process_limit(int resource)
{
	struct rlimit limit;

	return getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

uint32_t capacity_here(void)
{
	struct sysinfo machine = { 0 };

	sysinfo(&machine);
	return capacity_sessions(&(struct capacity){
		.memory_bytes = least((uint64_t)machine.totalram * machine.mem_unit, group_limit("memory.max")),
		.descriptors = process_limit(RLIMIT_NOFILE),
		.processes = least(process_limit(RLIMIT_NPROC), group_limit("pids.max")) });
}
