/* SPDX-License-Identifier: ISC */
/*
 * maildir - a letter as a file of its own in a Maildir: written and synced in
 * tmp, then moved to new, whose folder is synced. Nothing is locked.
 *
 * The name is made of the message's and the recipient's numbers, so that a
 * letter that is delivered again after a crash meets itself in new; with
 * `again` it is looked for in cur, too, where readers move it.
 */
#ifndef RELAY_LOCAL_MAILDIR_H
#define RELAY_LOCAL_MAILDIR_H

#include "relay/local/letter.h"

#include <stdbool.h>

/* Makes what is not there of it, with its own rights. -1: 4.2.0. */
int maildir_make(const char *path, struct fault *f);

/* -1: temporary faults only: 4.2.2 quota, 4.3.1 the disk is full, 4.2.0, 4.3.0. */
int maildir_deliver(const char *path, const char *name, struct letter *l, bool again, struct fault *f);

#endif
