/*
 * capacity - how many SMTP sessions at once this host can hold: what the
 * setting sessions is where it is 0.
 */
#ifndef RELAY_SIGNETD_CAPACITY_H
#define RELAY_SIGNETD_CAPACITY_H

#include <stdint.h>

enum { CAPACITY_LEAST = 20, CAPACITY_MOST = 240 };

/* By an eighth of the memory and by the descriptors that one process may have; from CAPACITY_LEAST to CAPACITY_MOST. */
uint32_t capacity_sessions(uint64_t memory_bytes, uint64_t descriptors);

/* The same for this process: its memory is the machine's, or its control group's where that has less. */
uint32_t capacity_here(void);

#endif
