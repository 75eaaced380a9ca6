/* SPDX-License-Identifier: ISC */
/*
 * capacity - how many SMTP sessions at once this host can hold: what the
 * setting sessions is where it is 0.
 */
#ifndef RELAY_SIGNETD_CAPACITY_H
#define RELAY_SIGNETD_CAPACITY_H

#include <stdint.h>

enum { CAPACITY_LEAST = 20, CAPACITY_MOST = 240 };

/* What limits them; UINT64_MAX where nothing does. */
struct capacity {
	uint64_t memory_bytes;       /* an eighth of it is for sessions */
	uint64_t descriptors;        /* of one process */
	uint64_t processes;          /* of the user, or of all here */
};

/* From CAPACITY_LEAST to CAPACITY_MOST. */
uint32_t capacity_sessions(const struct capacity *c);

/* The same for this process: by the machine, its limits, and its control group. */
uint32_t capacity_here(void);

#endif
