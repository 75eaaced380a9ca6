/* SPDX-License-Identifier: ISC */
/*
 * confine_calls - the names of the system calls that confine() tells apart, in
 * lists that end with NULL.
 *
 * Names, not numbers: what an architecture lacks is skipped. Of calls that do the
 * same, a list has all or none (open and openat, futex and futex_time64):
 * which of them a C library makes depends on the architecture and on its own age.
 */
#ifndef RELAY_CONFINE_CALLS_H
#define RELAY_CONFINE_CALLS_H

#include "relay/protocol.h"

enum call_list {
	CALLS_OF_ALL,            /* what every role may */
	CALLS_FILES,             /* what the CONFINE_ flags of these names stand for; */
	CALLS_NETWORK,           /* a role may those that it lists itself, too */
	CALLS_ACCEPT,
	CALLS_THREADS,
	CALLS_COPIES,            /* a copy's descriptors get their numbers by these */
	CALLS_HOSTILE,           /* end the process */
	CALLS_REFUSED,           /* what an honest library may try */
	CALL_LISTS,
};

const char *const *confine_calls(enum call_list list);
const char *const *confine_calls_of_role(enum role role);

#endif
