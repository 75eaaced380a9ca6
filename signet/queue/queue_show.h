/* SPDX-License-Identifier: ISC */
/*
 * queue_show - signet queue show and export: one message, or several, in full.
 */
#ifndef SIGNET_QUEUE_QUEUE_SHOW_H
#define SIGNET_QUEUE_QUEUE_SHOW_H

#include "signet/queue/choice.h"

/* Exit statuses; `done` is not used. */
int queue_show(const struct choice *c, unsigned operation, const char *done);
int queue_export(const struct choice *c, unsigned operation, const char *done);

#endif
