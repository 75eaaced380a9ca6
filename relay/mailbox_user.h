/* SPDX-License-Identifier: ISC */
/*
 * mailbox_user - whose mailbox it is, or who runs a program: a user of this
 * host as passwd(5) and what stands beside it (nsswitch.conf(5)) know one, and
 * how a process becomes that user and nothing more.
 */
#ifndef RELAY_MAILBOX_USER_H
#define RELAY_MAILBOX_USER_H

#include "base/fault.h"

#include <sys/types.h>

struct mailbox_user {
	char *name;
	uid_t uid;
	gid_t gid;
	char *home;
};

/* -1: 5.1.1 there is no such user, 4.3.0 who the users are cannot be found out. */
int mailbox_user_find(const char *name, struct mailbox_user *out, struct fault *f);
void mailbox_user_free(struct mailbox_user *u);

/* In place of a group: no further one, and all that the user is in. */
#define MAILBOX_NO_GROUP ((gid_t)-1)
#define MAILBOX_ALL_GROUPS ((gid_t)-2)

/*
 * The process has the user's uid and gid from now on, the group with_group
 * besides, and no capabilities; it still dies with its
 * parent. -1: 4.3.5, it may not, with what the owner can do. A process that is
 * not permitted to become anybody may go on as the user it is.
 */
int mailbox_user_become(const struct mailbox_user *u, gid_t with_group, struct fault *f);

#endif
