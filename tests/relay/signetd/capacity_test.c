#include "tests/tap.h"

#include "relay/signetd/capacity.h"

#define MIB (1024ULL * 1024)

static const struct {
	const char *name;
	uint64_t memory, descriptors;
	uint32_t want;
} rows[] = {
	{ "a container with 64 MiB", 64 * MIB, 1024 * 1024, 20 },
	{ "512 MiB", 512 * MIB, 4096, 64 },
	{ "1 GiB", 1024 * MIB, 4096, 128 },
	{ "1 GiB, 1,024 descriptors", 1024 * MIB, 1024, 128 },
	{ "4 GiB, 1,024 descriptors", 4096 * MIB, 1024, 206 },
	{ "4 GiB, 256 descriptors", 4096 * MIB, 256, 20 },
	{ "4 GiB", 4096 * MIB, 4096, 240 },
	{ "256 GiB, no limit of descriptors", 256 * 1024 * MIB, UINT64_MAX, 240 },
	{ "nothing is known", 0, 0, 20 },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(capacity_sessions(rows[i].memory, rows[i].descriptors), rows[i].want, "%s", rows[i].name);
	uint32_t here = capacity_here();
	ok(here >= CAPACITY_LEAST && here <= CAPACITY_MOST, "this machine: %u", here);
	return tap_done();
}
