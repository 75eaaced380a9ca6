/* SPDX-License-Identifier: ISC */
/*
 * slot - the place of a process that is to run for as long as signetd does, or
 * whenever it is needed, and when the next is begun after one has ended.
 */
#ifndef RELAY_SIGNETD_SLOT_H
#define RELAY_SIGNETD_SLOT_H

#include "relay/protocol.h"

struct slot {
	enum role role;
	uint64_t instance;
	bool on_demand;                /* its process begins when somebody waits for it, and ends when nobody has for a while */
	bool running;
	int64_t begin_ms;              /* boot time, when not running */
	int64_t pause_ms;
	unsigned quick;                /* times in a row that it began again almost at once */
};

/*
 * After stayed_ms. The pause doubles for one that does not stay. crashed: by
 * what it worked on, as far as known; the others' work must not wait for it.
 */
void slot_ended(struct slot *slot, int64_t stayed_ms, bool crashed, int64_t now_ms);

#endif
