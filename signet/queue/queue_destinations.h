/* SPDX-License-Identifier: ISC */
/*
 * queue_destinations - signet queue destinations: where mail goes or is to go,
 * and the state of each: sessions, failures, the next try.
 */
#ifndef SIGNET_QUEUE_QUEUE_DESTINATIONS_H
#define SIGNET_QUEUE_QUEUE_DESTINATIONS_H

#include "base/view/control.h"
#include "signet/queue/choice.h"

/* Exit status; `done` is not used. */
int queue_destinations(const struct choice *c, unsigned operation, const char *done);

void queue_destinations_print(struct buf *out, const struct control_destination *d);        /* for people */
void queue_destinations_print_json(struct buf *out, const struct control_destination *d);   /* one line */

#endif
