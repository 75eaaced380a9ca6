/* SPDX-License-Identifier: ISC */
/*
 * stopping - how long signetd waits for what a stop or a reload ends, one after
 * the other, before it kills it (time_scale makes these shorter), and so how long
 * who asks for a reload has to wait.
 */
#ifndef BASE_VIEW_STOPPING_H
#define BASE_VIEW_STOPPING_H

enum {
	SMTPD_END_MS = 10 * 1000,      /* for clients in the middle of a message */
	PICKUP_END_MS = 5 * 1000,      /* for callers in the middle of a submission */
	DRAIN_MS = 30 * 1000,          /* for sessions to finish what they have begun */
	ROLE_END_MS = 5 * 1000,        /* for all others, and then for the queue */
	STOPPING_MS = SMTPD_END_MS + PICKUP_END_MS + DRAIN_MS + 2 * ROLE_END_MS,
};

#endif
