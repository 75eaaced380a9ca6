/* SPDX-License-Identifier: ISC */
/*
 * cgroup - where a process belongs: the systemd unit and the container that the
 * text of /proc/PID/cgroup names (cgroups(7)), version 1, version 2 or both. Pure.
 *
 *   unit        "cron.service", "session-3.scope". Within a container that has a
 *               systemd of its own, that systemd's.
 *   container   "docker:0123456789ab" (12 digits, as docker ps has them), likewise
 *               podman, containerd, crio and k8s; "nspawn:NAME" and "lxc:NAME";
 *               "container:" and 12 digits where the path does not say of what kind.
 *
 * Names below a user's own manager are chosen by that user, and begin with the
 * manager's: "user@1000.service/cron.service". So a "/" in a unit or container
 * says that root did not name it. Nothing else below a unit counts: a unit may
 * make groups of any name there. A path out of the reader's own cgroup namespace
 * ("/../x") says nothing.
 *
 * What cannot stand in a unit's name becomes "?", and what is too long ends in
 * "?": such a text is no unit's name. Where nothing is known a text is "".
 */
#ifndef RELAY_CGROUP_H
#define RELAY_CGROUP_H

#include "base/span.h"

enum {
	CGROUP_NAME_MAX = 200,
	CGROUP_TEXT_MAX = 16 * 1024,   /* a path has at most 4 KB, and there are a dozen lines where there is version 1 */
};

struct cgroup {
	char unit[CGROUP_NAME_MAX + 1];
	char container[CGROUP_NAME_MAX + 1];
};

void cgroup_parse(struct span text, struct cgroup *out);

/* What counts as one sender beside the uid: the container, else the unit; all that is a user's own is one. Empty: not known. */
struct span cgroup_owner(const char *unit, const char *container);

#endif
