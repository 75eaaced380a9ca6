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
	SESSION_DESCRIPTORS = 4,       /* in the process that has most of them, while sessions begin */
	OTHER_DESCRIPTORS = 200,
	MEMORY_PART = 8,
	TEXT_MAX = 4096,
};

uint32_t capacity_sessions(uint64_t memory_bytes, uint64_t descriptors)
{
	uint64_t by_memory = memory_bytes / MEMORY_PART / SESSION_BYTES;
	uint64_t left = descriptors > OTHER_DESCRIPTORS ? descriptors - OTHER_DESCRIPTORS : 0;
	uint64_t sessions = by_memory < left / SESSION_DESCRIPTORS ? by_memory : left / SESSION_DESCRIPTORS;

	return sessions < CAPACITY_LEAST ? CAPACITY_LEAST : sessions > CAPACITY_MOST ? CAPACITY_MOST : (uint32_t)sessions;
}

static bool read_small(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool read = fd >= 0 && io_read_file(fd, out, TEXT_MAX) == 0;

	io_close(&fd);
	return read;
}

/* cgroups(7), version 2: "0::/system.slice/signet.service", and its memory.max. UINT64_MAX: there is no limit. */
static uint64_t group_memory(void)
{
	struct buf text = { 0 }, path = { 0 };
	uint64_t limit = UINT64_MAX;

	if (read_small("/proc/self/cgroup", &text)) {
		const char *at = strstr(buf_text(&text), "0::/");
		int len = at ? (int)strcspn(at, "\n") - 3 : 0;
		if (at)
			buf_printf(&path, "/sys/fs/cgroup%.*s/memory.max", len, at + 3);
		buf_clear(&text);
		if (at && read_small(buf_text(&path), &text) && text.at[0] >= '0' && text.at[0] <= '9')
			limit = strtoull(buf_text(&text), NULL, 10);
	}
	buf_free(&text);
	buf_free(&path);
	return limit;
}

uint32_t capacity_here(void)
{
	struct rlimit descriptors = { 0, 0 };
	struct sysinfo machine = { 0 };
	uint64_t group = group_memory();

	getrlimit(RLIMIT_NOFILE, &descriptors);
	sysinfo(&machine);
	uint64_t memory = (uint64_t)machine.totalram * machine.mem_unit;
	return capacity_sessions(group < memory ? group : memory, descriptors.rlim_cur);
}
