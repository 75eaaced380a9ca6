/* SPDX-License-Identifier: ISC */
/*
 * repeated - fields that may be there once (RFC 5322 section 3.6, RFC 2045
 * section 4 and on, RFC 2369) and are there more often: some verifiers fail what has
 * two, some servers refuse it, and readers differ on which counts.
 *
 * The first that can be read stands for all: those that join go to it with
 * their addresses, ids or URLs, others are set aside, and those that say nothing go.
 * A field of addresses without one goes too, unless it has a group, which may
 * be empty. One that cannot be read is set aside, unless it says who gets the
 * message and is ASCII: To and Cc then stay as they are. So are a Date that is
 * not a date and a Message-ID without an id, but not those of a message that is
 * sent again. Pure.
 */
#ifndef RELAY_PICKUP_REPEATED_H
#define RELAY_PICKUP_REPEATED_H

#include "relay/pickup/kept.h"

/* Decides action, joined and aside of such fields. */
void repeated_unite(struct kept *k);

#endif
