/* SPDX-License-Identifier: ISC */
/*
 * store - the queue on disk: messages, recipients, destinations and history in
 * SPOOL/queue.db. This is its opening, its transactions and what is counted;
 * store_message, store_destination, store_outcome, store_look and store_upkeep
 * say what is in it.
 *
 * When store_commit returns 0, all since store_begin is on stable storage.
 * Between the two nothing fails: what cannot be written is remembered, and
 * store_commit says so and takes everything back (relay/queue/sql.h). Reading
 * sees what has been written, committed or not.
 *
 * One process opens a store: it is locked for as long as it is open.
 */
#ifndef RELAY_QUEUE_STORE_H
#define RELAY_QUEUE_STORE_H

#include "base/fault.h"
#include "relay/queue/sql.h"

struct store;

/*
 * Opens or makes it, and brings an older one up to date. Faults 4.3.5: network
 * file system, newer version, locked by another. Permanent: corrupt.
 */
struct store *store_open(const char *spool, struct fault *f);
void store_close(struct store *s);

void store_begin(struct store *s);                    /* again inside is nothing */
int store_commit(struct store *s, struct fault *f);   /* 0, or -1 and all is taken back */
void store_rollback(struct store *s);
bool store_is_open(const struct store *s);            /* between begin and commit */
bool store_is_corrupt(const struct store *s);         /* found at any time; fault text names the recovery */
const struct fault *store_trouble(const struct store *s);

struct store_counts { uint64_t open, history; };      /* messages */
struct store_counts store_counts(const struct store *s);

uint64_t store_number(struct store *s, const char *name);    /* small facts kept with the queue; 0: not there */
void store_set_number(struct store *s, const char *name, uint64_t value);

bool store_log_is_large(const struct store *s);       /* time for a checkpoint */
void store_checkpoint(struct store *s);               /* what can be moved without waiting */
void store_shrink(struct store *s);                   /* gives a little free room back to the file system */

#endif
