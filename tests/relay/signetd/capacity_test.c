/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/signetd/capacity.h"

#define MIB (1024ULL * 1024)
#define MANY UINT64_MAX

static const struct {
	const char *name;
	struct capacity of;
	uint32_t want;
} rows[] = {
	{ "a container with 64 MiB", { 64 * MIB, 1024 * 1024, MANY }, 20 },
	{ "512 MiB", { 512 * MIB, 4096, MANY }, 64 },
	{ "1 GiB", { 1024 * MIB, 4096, MANY }, 128 },
	{ "1 GiB, 1,024 descriptors", { 1024 * MIB, 1024, MANY }, 117 },
	{ "4 GiB, 256 descriptors", { 4096 * MIB, 256, MANY }, 20 },
	{ "4 GiB", { 4096 * MIB, 4096, MANY }, 240 },
	{ "4 GiB, 512 processes", { 4096 * MIB, 4096, 512 }, 102 },
	{ "4 GiB, 50 processes", { 4096 * MIB, 4096, 50 }, 20 },
	{ "256 GiB, no limit of descriptors", { 256 * 1024 * MIB, MANY, MANY }, 240 },
	{ "nothing is known", { 0, 0, 0 }, 20 },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(capacity_sessions(&rows[i].of), rows[i].want, "%s", rows[i].name);
	uint32_t here = capacity_here();
	ok(here >= CAPACITY_LEAST && here <= CAPACITY_MOST, "this machine: %u", here);
	return tap_done();
}
