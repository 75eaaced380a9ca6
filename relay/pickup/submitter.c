/* SPDX-License-Identifier: ISC */
#include "relay/pickup/submitter.h"

#include "base/buf.h"
#include "base/io.h"
#include "base/view/selection.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Headers older than the kernel do not have it. Where its number is another one the answer is an error, or not of that size. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* ---- trust ---- */

static bool names_one(const char *entry, const struct submitter *who)
{
	struct span rest = span_of(entry), kind = span_cut(&rest, ':');
	const char *unit = who->cgroup.unit, *container = who->cgroup.container;
	unsigned long long uid;

	if (rest.at == NULL)
		return span_number(kind, UINT32_MAX, &uid) ? uid == who->uid : who->login[0] && span_eq(kind, span_of(who->login));
	const char *name = span_eq(kind, SPAN("container")) ? container : container[0] ? "" : unit;
	return name[0] && strchr(name, '/') == NULL && selection_pattern_fits(rest.at, span_of(name));
}

bool submitter_is_trusted(const struct text_list *trusted, const struct submitter *who)
{
	bool may = who->uid == 0 || who->uid == getuid();

	for (size_t i = 0; i < trusted->count && !may; i++)
		may = names_one(trusted->items[i], who);
	return may;
}

static void judge(const struct settings *s, struct submitter *who, bool known)
{
	who->restricted = strcmp(s->untrusted_sender, "keep") != 0 &&
	                  !(known && submitter_is_trusted(&s->trusted_users, who));
}

/* ---- who it is ---- */

static void find_login(const struct login_file *logins, uint32_t uid, struct submitter *out)
{
	struct buf login = { 0 };

	login_name(logins, uid, &login);
	*out = (struct submitter){ .uid = uid, .login = buf_take(&login) };
}

void submitter_of_file(const struct settings *s, const struct login_file *logins, uint32_t uid, struct submitter *out)
{
	find_login(logins, uid, out);
	judge(s, out, true);
}

static void find_cgroup(int fd, struct cgroup *out)
{
	struct ucred who;
	int pidfd = -1;
	socklen_t len = sizeof who, pidfd_len = sizeof pidfd;
	char path[40];
	struct buf text = { 0 };

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 || who.pid <= 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &pidfd_len) < 0 || pidfd_len != sizeof pidfd)
		pidfd = -1;
	snprintf(path, sizeof path, "/proc/%d/cgroup", who.pid);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	buf_reserve(&text, CGROUP_TEXT_MAX);
	for (ssize_t n = file >= 0 ? 1 : 0; n > 0 && text.len < CGROUP_TEXT_MAX;) {
		n = io_read(file, text.at + text.len, CGROUP_TEXT_MAX - text.len, IO_FOREVER);
		text.len += n > 0 ? (size_t)n : 0;
	}
	/* Its process is still there, now that its group has been read; or the file is of the caller's uid. */
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	struct stat st;
	if (file >= 0 && (pidfd >= 0 ? poll(&end, 1, 0) == 0 : fstat(file, &st) == 0 && st.st_uid == who.uid))
		cgroup_parse(buf_span(&text), out);
	io_close(&file);
	io_close(&pidfd);
	buf_free(&text);
}

void submitter_of_caller(const struct settings *s, const struct login_file *logins, int fd, uint32_t uid, struct submitter *out)
{
	find_login(logins, uid, out);
	find_cgroup(fd, &out->cgroup);
	judge(s, out, true);
}

void submitter_of_client(const struct settings *s, const struct login_file *logins, const struct caller *client, struct submitter *out)
{
	find_login(logins, client->uid, out);
	judge(s, out, client->known);
}

void submitter_copy(const struct submitter *who, struct submitter *out)
{
	*out = *who;
	out->login = mem_text(who->login);
}

void submitter_free(struct submitter *who)
{
	free(who->login);
	*who = (struct submitter){ 0 };
}
