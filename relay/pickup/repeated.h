/* SPDX-License-Identifier: ISC */
/*
 * repeated - fields that may be there once (RFC 5322 section 3.6, RFC 2045
 * section 4 and on) and are there more often: some verifiers fail what has
 * two, some servers refuse it, and readers differ on which counts.
 *
 * The first that can be read stands for all: those that join go to it with
 * their addresses or ids, others are set aside, and those that say nothing go.
 * A field of addresses without one goes too, unless it has a group, which may
 * be empty; one that cannot be read and has bytes above 0x7f is set aside. Pure.
 */
#ifndef RELAY_PICKUP_REPEATED_H
#define RELAY_PICKUP_REPEATED_H

#include "relay/pickup/kept.h"

/* Decides action, joined and aside of such fields. */
void repeated_unite(struct kept *k);

#endif
