/* SPDX-License-Identifier: ISC */
/*
 * store_upkeep - what keeps the store small and its times true: history that
 * is forgotten, body files that belong to no message, clocks that were set.
 */
#ifndef RELAY_QUEUE_STORE_UPKEEP_H
#define RELAY_QUEUE_STORE_UPKEEP_H

#include "relay/queue/store.h"

/* Of a message that is not finished. */
bool store_body_is_known(struct store *s, const char *body_file);

/* Forgets up to max finished messages older than that id, or the oldest when there are too many. */
unsigned store_purge(struct store *s, uint64_t older_than, uint64_t keep, unsigned max);
/*
 * Times further away than limit_ms, which is that of no retry, become now_ms:
 * the clock was set back, or the configuration waits less. Work is destinations
 * and reports to senders; of recipients it is a walk through all that wait.
 */
void store_pull_work(struct store *s, int64_t limit_ms, int64_t now_ms);
void store_pull_recipients(struct store *s, int64_t limit_ms, int64_t now_ms);
/* Waiting recipients that a forward step of the clock would end live that much longer. */
void store_extend_life(struct store *s, int64_t now_ms, int64_t step_ms);

#endif
