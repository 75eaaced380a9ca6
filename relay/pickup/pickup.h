/* SPDX-License-Identifier: ISC */
/*
 * pickup - what the socket's side (server) and the drop folder's (drop) of
 * this role share: the queue, and who waits for which of its answers.
 *
 * A submission that was handed to the queue lives on until the queue has
 * answered, whether or not the caller still waits: only the answer says whose
 * the body files are.
 */
#ifndef RELAY_PICKUP_PICKUP_H
#define RELAY_PICKUP_PICKUP_H

#include "relay/pickup/intake.h"
#include "relay/log_share.h"
#include "relay/role.h"

struct pickup {
	struct settings *settings;
	struct channel *queue;
	struct intake_place place;
	uint64_t last_ticket;
	struct log_share log_share;
};

/* Durations that tests shorten. */
int64_t pickup_scaled_ms(const struct pickup *p, int64_t ms);

/* Whether the log takes one more line that this user caused. */
bool pickup_may_log(struct pickup *p, uint32_t uid);

/* Tells how many it did not take, of the users whose minute is over. */
void pickup_tell_left_out(struct pickup *p);

/* The queue takes no more for a moment: feed it nothing new. */
bool pickup_queue_is_full(const struct pickup *p);

#endif
