/* SPDX-License-Identifier: ISC */
#include "relay/signetd/run_as.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

static int no_such(struct fault *f, const char *kind, const char *name, const char *setting, const char *command)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5",
	                 "there is no %s \"%s\" (setting %s); make it with \"%s %s\", or name another", kind, name, setting,
	                 command, name);
}

/* Started as that user, as a service manager does it: signet-drop's group has to be one of its own. */
static int find_own_group(const struct settings *s, struct run_as *out, struct fault *f)
{
	const struct passwd *user = getpwnam(s->user);
	const struct group *group = s->drop_group[0] ? getgrnam(s->drop_group) : NULL;
	gid_t groups[NGROUPS_MAX];

	if (group == NULL || user == NULL || user->pw_uid != geteuid())
		return 0;
	int count = getgroups(NGROUPS_MAX, groups);
	bool is_member = getegid() == group->gr_gid;
	for (int i = 0; i < count; i++)
		is_member |= groups[i] == group->gr_gid;
	if (!is_member)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "signetd was started as %s, which is not in the group %s (setting "
		                 "drop_group) and could not read the drop folder; run as root: usermod -aG %s %s, and start signetd again",
		                 s->user, s->drop_group, s->drop_group, s->user);
	out->drop_group = group->gr_gid;
	return 0;
}

int run_as_find(const struct settings *s, struct run_as *out, struct fault *f)
{
	*out = (struct run_as){ .uid = geteuid(), .gid = getegid(), .drop_group = getegid() };
	if (s->user[0] == '\0')
		return 0;
	if (geteuid() != 0)
		return find_own_group(s, out, f);
	const struct passwd *user = getpwnam(s->user);
	if (user == NULL)
		return no_such(f, "user", s->user, "user", "useradd --system --no-create-home --shell /usr/sbin/nologin");
	out->drop = user->pw_uid != geteuid();
	out->uid = user->pw_uid;
	out->gid = user->pw_gid;
	out->drop_group = user->pw_gid;
	const struct group *group = s->drop_group[0] ? getgrnam(s->drop_group) : NULL;
	if (s->drop_group[0] && group == NULL)
		return no_such(f, "group", s->drop_group, "drop_group", "groupadd --system");
	if (group)
		out->drop_group = group->gr_gid;
	return 0;
}

int run_as_become(const struct run_as *o, bool with_drop_group)
{
	gid_t groups[] = { o->drop_group };

	if (!o->drop)
		return 0;
	if (setgroups(with_drop_group ? 1 : 0, groups) < 0 || setresgid(o->gid, o->gid, o->gid) < 0 ||
	    setresuid(o->uid, o->uid, o->uid) < 0)
		return -1;
	if (o->uid != 0 && setuid(0) == 0) {
		errno = EPERM;      /* it must not be possible to come back */
		return -1;
	}
	return 0;
}
