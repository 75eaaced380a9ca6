/* SPDX-License-Identifier: ISC */
/*
 * run_as - whom the roles run as: settings.user, or whoever started signetd.
 */
#ifndef RELAY_SIGNETD_RUN_AS_H
#define RELAY_SIGNETD_RUN_AS_H

#include "base/conf/settings.h"
#include "base/fault.h"

#include <sys/types.h>

struct run_as {
	bool drop;          /* started as root and settings.user is another: privilege is given up */
	uid_t uid;
	gid_t gid;
	gid_t drop_group;   /* of the drop folder; gid when there is no such group and none is needed */
};

/* Faults 4.3.5: no such user or group, with the command that makes them. */
int run_as_find(const struct settings *s, struct run_as *out, struct fault *f);

/* Opens for reading what a role's user may read, without the other rights of this process. A descriptor, or -1 with errno. */
int run_as_open(const struct run_as *o, const char *path);

/* Permanently: groups, gid, uid. pickup alone is in the drop folder's group. */
int run_as_become(const struct run_as *o, bool with_drop_group);

#endif
