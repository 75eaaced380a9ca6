/* SPDX-License-Identifier: ISC */
#include "relay/signetd/run_as.h"

#include "base/io.h"
#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int no_such(struct fault *f, const char *kind, const char *name, const char *setting, const char *command)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5",
	                 "there is no %s \"%s\" (setting %s); make it with \"%s %s\", or name another", kind, name, setting,
	                 command, name);
}

/* Beside the effective one; -1: they cannot be had. The caller frees them. */
static int own_groups(gid_t **out)
{
	int count = getgroups(0, NULL);

	*out = NULL;
	if (count <= 0)
		return count;
	*out = mem_resize(NULL, (size_t)count, sizeof **out);
	return getgroups(count, *out);
}

/* Started as that user, as a service manager does it: signet-drop's group has to be one of its own. */
static int find_own_group(const struct settings *s, struct run_as *out, struct fault *f)
{
	const struct passwd *user = getpwnam(s->user);
	const struct group *group = s->drop_group[0] ? getgrnam(s->drop_group) : NULL;
	gid_t *groups;

	if (group == NULL || user == NULL || user->pw_uid != geteuid())
		return 0;
	int count = own_groups(&groups);
	bool is_member = getegid() == group->gr_gid;
	for (int i = 0; i < count; i++)
		is_member |= groups[i] == group->gr_gid;
	free(groups);
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

/* What was given up for a moment must come back: signetd cannot work without it. */
static void must(int result, const char *what)
{
	if (result == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "cannot %s: %s", what, strerror(errno));
	abort();
}

/* Started as root: as the roles' user, by effective ids and groups. The real uid stays 0, which is how root comes back. */
static int open_as_user(const struct run_as *o, const char *path)
{
	gid_t *groups, own = getegid();
	int count = own_groups(&groups), fd = -1;

	if (count < 0 || setgroups(0, NULL) < 0) {
		free(groups);
		return -1;
	}
	if (setegid(o->gid) == 0 && seteuid(o->uid) == 0)
		fd = io_open(path);
	int error = errno;
	must(seteuid(0), "be root again");
	must(setegid(own), "have root's group again");
	must(setgroups((size_t)count, groups), "have root's groups again");
	free(groups);
	errno = error;
	return fd;
}

/* Started as the roles' user, but with capabilities, as by the unit. */
static int open_without_capabilities(const char *path)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3], less[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, has) < 0)
		return -1;
	memcpy(less, has, sizeof less);
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		less[i].effective = 0;
	if (syscall(SYS_capset, &header, less) < 0)
		return -1;
	int fd = io_open(path), error = errno;
	must((int)syscall(SYS_capset, &header, has), "have its capabilities again");
	errno = error;
	return fd;
}

int run_as_open(const struct run_as *o, const char *path)
{
	if (o->drop)
		return open_as_user(o, path);
	if (geteuid() != 0)
		return open_without_capabilities(path);
	return io_open(path);     /* the roles are root, too */
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
