/* SPDX-License-Identifier: ISC */
/*
 * watchdog - whether the queue goes on, and systemd's watchdog, which is told
 * so (sd_notify(3), WatchdogSec).
 *
 * The queue's loop sends a heartbeat now and then. One that has sent none for too long
 * (relay/heartbeat.h) stands still: signetd ends it and starts another.
 * A sync of a slow disk takes seconds. Pure but for the datagram.
 */
#ifndef RELAY_SIGNETD_WATCHDOG_H
#define RELAY_SIGNETD_WATCHDOG_H

#include "relay/heartbeat.h"

#include <stdbool.h>
#include <stdint.h>

struct watchdog {
	double time_scale;
	struct heartbeat queue;
	bool is_wanted;                    /* by systemd */
	int64_t every_ms, next_ms;
};

/* Looks for systemd's wish in the environment, where it stays for the next execve. */
void watchdog_begin(struct watchdog *w, double time_scale);

void watchdog_queue_begins(struct watchdog *w);       /* another: what it opens first may take long */
void watchdog_hear(struct watchdog *w, int64_t now_ms);

/* True: the queue stands still. Call it when the deadline has passed, after its frames were heard. */
bool watchdog_is_over(struct watchdog *w, int64_t now_ms);

void watchdog_tell(struct watchdog *w, int64_t now_ms);   /* systemd, when it is time and the queue goes on */
int64_t watchdog_deadline_ms(const struct watchdog *w);   /* INT64_MAX: none */

#endif
