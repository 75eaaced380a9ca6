/* SPDX-License-Identifier: ISC */
/* Callers of a socket, each a process in a group that it has been put in. Where groups cannot be made, in that of the test. */
#include "relay/pickup/submitter.h"
#include "base/io.h"
#include "tests/process.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where groups are made, and what of a path there is under it: made from the last to the first when removed. */
static const char *const roots[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
static char group[PATH_MAX];
static struct settings settings;
static const struct login_file logins;

static bool make_group(const char *name)
{
	for (size_t i = 0; i < 2; i++) {
		struct stat st;
		snprintf(group, sizeof group, "%s/cgroup.procs", roots[i]);
		if (stat(group, &st) < 0)
			continue;
		snprintf(group, sizeof group, "%s/%s", roots[i], name);
		if (mkdir(group, 0755) == 0)
			return true;
	}
	return false;
}

static bool enter_group(void)
{
	char path[PATH_MAX + 20];

	snprintf(path, sizeof path, "%s/cgroup.procs", group);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool entered = fd >= 0 && write(fd, "0", 1) == 1;
	io_close(&fd);
	return entered;
}

static int listen_here(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "signet-submitter-test-%d", getpid());
	if (bind(fd, (struct sockaddr *)address, sizeof *address) < 0 || listen(fd, 10) < 0)
		abort();
	return fd;
}

/* A caller, in the group if there is one; it connects, and stays until it is ended, or goes at once. */
static pid_t call(const struct sockaddr_un *address, bool in_group, bool stays)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if ((in_group && !enter_group()) || connect(fd, (const struct sockaddr *)address, sizeof *address) < 0)
		_exit(1);
	if (stays)
		pause();
	_exit(0);
}

static void end_of(pid_t pid)
{
	process_signal(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void own_cgroup(struct cgroup *out)
{
	char text[CGROUP_TEXT_MAX];
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;

	io_close(&fd);
	cgroup_parse((struct span){ text, n > 0 ? (size_t)n : 0 }, out);
}

/* Entries with blanks between them; a uid that is neither root's nor ours. */
static void trust(void)
{
	enum { UID = 4000000000U };
	static const struct { const char *what, *trusted, *unit, *container; bool may; } rows[] = {
		{ "nobody is named", "", "app.service", "", false },
		{ "a login name", "x www-data", "", "", true },
		{ "another login name", "www", "", "", false },
		{ "a uid", "33 4000000000", "", "", true },
		{ "another uid", "400000000", "", "", false },
		{ "a unit", "unit:app.service", "app.service", "", true },
		{ "another unit", "unit:app.service", "capp.service", "", false },
		{ "a unit's name as a login name", "app.service", "app.service", "", false },
		{ "units of a pattern", "unit:app@*", "app@web1.service", "", true },
		{ "no unit is known", "unit:*", "", "", false },
		{ "a user's unit of that name", "unit:*app.service", "user@1000.service/app.service", "", false },
		{ "a user's unit, whatever is said", "unit:user@1000.service/app.service", "user@1000.service/app.service", "", false },
		{ "a container's unit of that name", "unit:app.service", "app.service", "lxc:web1", false },
		{ "a container", "container:lxc:web1", "app.service", "lxc:web1", true },
		{ "another container", "container:lxc:web1", "", "lxc:web10", false },
		{ "all of a kind", "container:docker:*", "", "docker:0123456789ab", true },
		{ "a user's container", "container:*", "", "user@1000.service/podman:0123456789ab", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct submitter who = { .uid = UID, .login = (char *)(uintptr_t)"www-data" };
		struct text_list trusted = { 0 };
		for (struct span rest = span_of(rows[i].trusted); rest.len > 0;)
			text_list_add(&trusted, span_word(&rest));
		strcpy(who.cgroup.unit, rows[i].unit);
		strcpy(who.cgroup.container, rows[i].container);
		is_int(submitter_is_trusted(&trusted, &who), rows[i].may, "%s: %s", rows[i].what, rows[i].may ? "trusted" : "not trusted");
		who.uid = 0;
		ok(submitter_is_trusted(&trusted, &who), "%s: root is", rows[i].what);
		text_list_free(&trusted);
	}
}

/* What an SMTP client's user may, and that one who hides it may no more: its mail is the roles' user's, which is trusted. */
static void clients(void)
{
	static const struct { const char *what, *trusted; bool own, known, restricted; } rows[] = {
		{ "the roles' own user", "www-data", true, true, false },
		{ "nobody known", "www-data", true, false, true },
		{ "another user", "www-data", false, true, true },
		{ "a trusted user", "4000000000", false, true, false },
		{ "nobody known where nobody is trusted", "", true, false, true },
	};

	for (size_t i = 0; i < TAP_ROWS(rows); i++) {
		struct caller client = { .uid = rows[i].own ? getuid() : 4000000000U, .known = rows[i].known };
		struct settings s;
		struct submitter who;
		settings_defaults(&s);
		free(s.untrusted_sender);
		s.untrusted_sender = mem_text("refuse");
		if (rows[i].trusted[0])
			text_list_add(&s.trusted_users, span_of(rows[i].trusted));
		submitter_of_client(&s, &logins, &client, &who);
		ok(who.uid == client.uid && who.cgroup.unit[0] == '\0' && who.restricted == rows[i].restricted, "by SMTP: %s", rows[i].what);
		submitter_free(&who);
		settings_free(&s);
	}
}

int main(void)
{
	struct sockaddr_un address;
	struct cgroup own;
	struct submitter who, copy;
	int listener = listen_here(&address);

	settings_defaults(&settings);
	tap_plan(9 + 5 + 2 * 17 + 5);
	trust();
	clients();
	own_cgroup(&own);
	pid_t pid = call(&address, false, true);
	int fd = accept(listener, NULL, NULL);
	submitter_of_caller(&settings, &logins, fd, getuid(), &who);
	is_int(who.uid, getuid(), "the uid");
	is_text(who.cgroup.unit, own.unit, "the unit of a caller like us");
	is_text(who.cgroup.container, own.container, "and its container");
	submitter_copy(&who, &copy);
	ok(copy.login != who.login && strcmp(copy.login, who.login) == 0, "a copy owns its texts");
	submitter_free(&copy);
	submitter_free(&who);
	end_of(pid);
	close(fd);

	char name[64];
	snprintf(name, sizeof name, "signet test %d\001.service", getpid());
	bool may = make_group(name);
	if (may) {
		char want[64];
		pid = call(&address, true, true);
		fd = accept(listener, NULL, NULL);
		submitter_of_caller(&settings, &logins, fd, getuid(), &who);
		snprintf(want, sizeof want, "signet?test?%d?.service", getpid());
		is_text(who.cgroup.unit, want, "a caller in a unit with an odd name");
		submitter_free(&who);
		end_of(pid);
		submitter_of_caller(&settings, &logins, fd, getuid(), &who);
		is_text(who.cgroup.unit, "", "one that has gone is in none that is sure");
		submitter_free(&who);
		close(fd);
		pid = call(&address, true, false);
		fd = accept(listener, NULL, NULL);
		siginfo_t info;
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
		submitter_of_caller(&settings, &logins, fd, getuid(), &who);
		is_text(who.cgroup.unit, "", "nor is one that has ended and still has its pid");
		submitter_free(&who);
		end_of(pid);
		close(fd);
		rmdir(group);
	} else {
		for (int i = 0; i < 3; i++)
			tap_skip("a caller in a unit", "no control group can be made here");
	}

	static const struct { const char *policy; uint32_t uid; bool restricted; } policies[] = {
		{ "keep", 4000000000U, false }, { "rewrite", 4000000000U, true }, { "refuse", 4000000000U, true },
		{ "refuse", 4000000001U, false }, { "refuse", 0, false },
	};
	text_list_add(&settings.trusted_users, SPAN("4000000001"));
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
		free(settings.untrusted_sender);
		settings.untrusted_sender = mem_text(policies[i].policy);
		submitter_of_file(&settings, &logins, policies[i].uid, &who);
		is_int(who.restricted, policies[i].restricted, "\"%s\": uid %u", policies[i].policy, who.uid);
		submitter_free(&who);
	}

	submitter_of_file(&settings, &logins, 0, &who);
	is_text(who.login, "root", "a file's owner has a name");
	is_text(who.cgroup.unit, "", "and no unit");
	submitter_free(&who);
	settings_free(&settings);
	close(listener);
	return tap_done();
}
