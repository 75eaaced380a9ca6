/* SPDX-License-Identifier: ISC */
/*
 * mbox - appends letters to the file of all mail of a user (mbox(5)), as
 * Debian's policy (section 11.6) has it: a dot lock first, "USER.lock" beside the
 * file, then a lock by fcntl(2).
 *
 * The mail is on the disk when mbox_deliver returns 0. Whatever fails, the file
 * is what it was before. A delivery that is killed in the middle leaves its dot
 * lock, which says how long the file was: the next delivery cuts the file to
 * that before it goes on. One that was killed between its end and the word of
 * it is found where `again` says that there may be one: a letter with the very
 * same bytes is not appended again.
 */
#ifndef RELAY_LOCAL_MBOX_H
#define RELAY_LOCAL_MBOX_H

#include "relay/local/letter.h"

#include <stdbool.h>
#include <sys/types.h>

struct mbox {
	const char *folder;          /* of all mboxes; borrowed, as user is */
	const char *user;            /* the file's name, and whose it is: the process's own uid */
	int64_t lock_wait_ms;        /* for other programs to be done with it */
};

/*
 * -1: temporary faults only. 4.2.0 others keep it locked, or it is not a plain
 * file of the user; 4.2.2 quota, or the file may not grow; 4.3.1 the disk is full;
 * 4.3.0 reading the message, and all else.
 */
int mbox_deliver(const struct mbox *m, struct letter *l, bool again, struct fault *f);

#endif
