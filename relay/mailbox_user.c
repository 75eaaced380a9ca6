/* SPDX-License-Identifier: ISC */
#include "relay/mailbox_user.h"

#include "base/buf.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRY_LEAST = 4096, ENTRY_MOST = 1024 * 1024 };

/* 0 with *found false: there is none; else an errno. */
static int look_up(const char *name, struct mailbox_user *out, bool *found)
{
	struct passwd entry, *result = NULL;
	size_t room = ENTRY_LEAST;
	char *texts = NULL;
	int error;

	do {
		texts = mem_resize(texts, room, 1);
		error = getpwnam_r(name, &entry, texts, room, &result);
		room *= 2;
	} while (error == ERANGE && room <= ENTRY_MOST);
	*found = error == 0 && result;
	if (*found)
		*out = (struct mailbox_user){ .name = mem_text(entry.pw_name), .uid = entry.pw_uid, .gid = entry.pw_gid,
		                              .home = mem_text(entry.pw_dir) };
	free(texts);
	/* getpwnam(3): some systems say "not found" by one of these. */
	return error == ENOENT || error == ESRCH || error == EBADF || error == EPERM ? 0 : error;
}

int mailbox_user_find(const char *name, struct mailbox_user *out, struct fault *f)
{
	bool found = false;
	int error = 0;

	*out = (struct mailbox_user){ 0 };
	if (name[0] && strchr(name, '/') == NULL && name[0] != '.')
		error = look_up(name, out, &found);
	if (error)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot find out whether there is a user %s: %s", name, strerror(error));
	if (!found)
		return fault_set(f, FAULT_PERMANENT, "5.1.1", "there is no user \"%s\" on this host", name);
	return 0;
}

void mailbox_user_free(struct mailbox_user *u)
{
	free(u->name);
	free(u->home);
	*u = (struct mailbox_user){ 0 };
}

int mailbox_user_become(const struct mailbox_user *u, gid_t with_group, struct fault *f)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	pid_t parent = getppid();
	bool is_already = u->uid == geteuid() && u->uid != 0;
	int groups = 0;

	if (!is_already && with_group == MAILBOX_ALL_GROUPS)
		groups = initgroups(u->name, u->gid);
	else if (!is_already)
		groups = setgroups(with_group == MAILBOX_NO_GROUP ? 0 : 1, &with_group);
	if (!is_already && (groups < 0 || setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0))
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "signetd may not act as %s to deliver to that user's mailbox (%s): start it "
		                 "by its unit or as root, or set root = \"you@example.org\" in the configuration", u->name,
		                 strerror(errno));
	if (syscall(SYS_capset, &header, none) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot drop capabilities: %s", strerror(errno));
	/* The change of user made the kernel forget it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	return 0;
}
