#include "relay/signetd/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

static int no_such(struct fault *f, const char *kind, const char *name, const char *setting, const char *command)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5",
	                 "there is no %s \"%s\" (setting %s); make it with \"%s %s\", or name another", kind, name, setting,
	                 command, name);
}

static int find_user(const char *name, struct owner *out, struct fault *f)
{
	const struct passwd *user = getpwnam(name);

	if (user == NULL)
		return no_such(f, "user", name, "user", "useradd --system --no-create-home --shell /usr/sbin/nologin");
	out->drop = user->pw_uid != geteuid();
	out->uid = user->pw_uid;
	out->gid = user->pw_gid;
	out->drop_group = user->pw_gid;
	return 0;
}

int owner_find(const struct settings *s, struct owner *out, struct fault *f)
{
	*out = (struct owner){ .uid = geteuid(), .gid = getegid(), .drop_group = getegid() };
	if (geteuid() != 0 || s->user[0] == '\0')
		return 0;
	if (find_user(s->user, out, f) < 0)
		return -1;
	const struct group *group = s->drop_group[0] ? getgrnam(s->drop_group) : NULL;
	if (s->drop_group[0] && group == NULL)
		return no_such(f, "group", s->drop_group, "drop_group", "groupadd --system");
	if (group)
		out->drop_group = group->gr_gid;
	return 0;
}

int owner_become(const struct owner *o, bool with_drop_group)
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
