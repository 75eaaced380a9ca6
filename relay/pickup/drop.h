/* SPDX-License-Identifier: ISC */
/*
 * drop - takes records out of the drop folder, where signet-drop leaves them
 * while no signetd answers.
 *
 * A file is trusted with nothing: opened without following links or waiting,
 * a regular file with one link, its owner (fstat) the submitter, the limits
 * those of the socket. It is removed only after the queue has stored it; the
 * store knows a record that it got before. A record that is refused goes back
 * to its sender (relay/pickup/returned.h). What is not a record is set aside as
 * NAME.bad, and the owner is told (relay/pickup/aside.h); links and the like
 * stay as they are. NAME.tmp that nobody holds a lock on is removed: its writer
 * has died.
 *
 * While it is being read a file is called NAME.once: so a pickup that begins
 * after one that crashed knows over what. It comes last then, as NAME.twice,
 * with no caller served beside it; and after another crash it goes to NAME.bad.
 */
#ifndef RELAY_PICKUP_DROP_H
#define RELAY_PICKUP_DROP_H

#include "relay/pickup/pickup.h"

struct drop;

/* NULL with a fault when the folder cannot be read. */
struct drop *drop_new(struct pickup *p, struct fault *f);

/* Readable when something came into the folder; -1 without inotify. */
int drop_fd(const struct drop *d);
int64_t drop_deadline_ms(const struct drop *d);

/* One step of work; call it when drop_fd is readable or the deadline has passed. */
void drop_work(struct drop *d);

/* This role ends in order: what it was reading is not to blame. */
void drop_end(struct drop *d);

/* False when the ticket is not of this side. */
bool drop_submitted(struct drop *d, const struct submitted *answer);

#endif
