/* SPDX-License-Identifier: ISC */
#include "relay/signetd/child.h"

#include "base/log.h"
#include "relay/template.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

enum { ABOVE_ALL = 64, ENVIRONMENT_MAX = 16 };

/* The environment that roles get. The loader's variables only where they cannot give anyone more rights. */
static const struct {
	const char *name;
	bool not_for_root;
} passed_on[] = {
	{ "TZ", false },
	{ "ASAN_OPTIONS", false },
	{ "UBSAN_OPTIONS", false },
	{ "LSAN_OPTIONS", false },
	{ "LD_LIBRARY_PATH", true },
	{ "LD_PRELOAD", true },
};

static char **make_environment(enum role role)
{
	static char *names[ENVIRONMENT_MAX];
	size_t count = 0;

	names[count++] = (char *)(uintptr_t)"PATH=/usr/bin:/bin";
	/* What libraries call is looked up by the template, not by each of its copies. */
	if (role_is_disposable(role))
		names[count++] = (char *)(uintptr_t)"LD_BIND_NOW=1";
	for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++) {
		const char *value = getenv(passed_on[i].name);
		struct buf text = { 0 };
		if (value == NULL || (passed_on[i].not_for_root && geteuid() == 0))
			continue;
		buf_printf(&text, "%s=%s", passed_on[i].name, value);
		names[count++] = buf_take(&text);
	}
	names[count] = NULL;
	return names;
}

__attribute__((noreturn))
static void child_failed(const char *what)
{
	log_line(LOG_LEVEL_ERROR, "cannot begin a role: %s: %s", what, strerror(errno));
	_exit(EX_UNAVAILABLE);
}

/* All are moved out of the way first, so that none is overwritten before it has been placed. */
static void place_descriptors(const struct child_plan *plan)
{
	int wanted[CHILD_LOCK_FD + 1], null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		child_failed("/dev/null");
	for (int to = 0; to <= CHILD_LOCK_FD; to++)
		wanted[to] = -1;
	wanted[0] = wanted[1] = null;
	wanted[CHILD_LOCK_FD] = plan->lock;
	/* The places of copies are kept free: nothing that a template opens has their numbers. */
	for (int i = 0; i < ROLE_PLACES; i++)
		wanted[ROLE_FD_PARENT + i] = plan->fds[i] < 0 && role_is_disposable(plan->role) ? null : plan->fds[i];
	for (int to = 0; to <= CHILD_LOCK_FD; to++)
		if (wanted[to] >= 0 && (wanted[to] = fcntl(wanted[to], F_DUPFD_CLOEXEC, ABOVE_ALL)) < 0)
			child_failed("descriptors");
	for (int to = 0; to <= CHILD_LOCK_FD; to++) {
		if (to == STDERR_FILENO)
			continue;
		if (wanted[to] < 0)
			close(to);
		else if (dup2(wanted[to], to) < 0)
			child_failed("descriptors");
	}
	close_range(CHILD_LOCK_FD + 1, ~0U, 0);
}

/*
 * A role that becomes other users (relay/local, relay/event) keeps those of these capabilities that this process has,
 * through execve(2) too. It loses all others.
 */
static int keep_change_of_user(void)
{
	static const int kept[] = { CAP_SETUID, CAP_SETGID };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3], set[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, has) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		set[0].permitted |= has[0].permitted & (1U << kept[i]);
	set[0].effective = set[0].inheritable = set[0].permitted;
	if (syscall(SYS_capset, &header, set) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if ((set[0].permitted & (1U << kept[i])) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0) < 0)
			return -1;
	return 0;
}

/* The parent's death is heard only after the change of user, which would forget it. */
static void give_up_privilege(const struct child_plan *plan, pid_t parent)
{
	bool becomes_others = plan->role == ROLE_LOCAL || plan->role == ROLE_EVENT;
	struct rlimit none = { 0, 0 };
	bool holds_secrets = plan->role == ROLE_SIGNER || plan->role == ROLE_SMTP || plan->role == ROLE_OAUTH;

	if (holds_secrets && setrlimit(RLIMIT_CORE, &none) < 0)
		child_failed("core dumps");
	if (becomes_others && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		child_failed("keeping capabilities");
	if (run_as_become(plan->run_as, plan->role == ROLE_PICKUP) < 0)
		child_failed("changing to the user of the setting user");
	/* Capabilities by which an unprivileged signetd reads its owner's keys are not for roles. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || (becomes_others && keep_change_of_user() < 0))
		child_failed("ambient capabilities");
	/* A delivery agent or a program of the aliases may be set-id; what no role needs is denied to all others. */
	bool runs_agent = plan->role == ROLE_LOCAL && (plan->settings->local_command[0] || plan->settings->alias_programs.count > 0);
	if (!runs_agent && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		child_failed("no_new_privs");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		child_failed("parent death signal");
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
}

static char *path_of(const struct settings *s, enum role role)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", s->libexec, role_name(role));
	return buf_take(&path);
}

pid_t child_start(const struct child_plan *plan, struct fault *f)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot begin %s: %s", role_name(plan->role), strerror(errno));
	if (pid != 0)
		return pid;
	/* The new process does not return from here: it becomes the role. */
	char instance[sizeof TEMPLATE_NAME];
	char *path = path_of(plan->settings, plan->role);
	char *argv[] = { path, instance, NULL };
	sigset_t none;
	if (role_is_disposable(plan->role))
		memcpy(instance, TEMPLATE_NAME, sizeof instance);
	else
		snprintf(instance, sizeof instance, "%llu", (unsigned long long)plan->instance);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	setsid();          /* a terminal's ^C is the parent's to hear */
	umask(077);
	char **environment = make_environment(plan->role);
	place_descriptors(plan);
	give_up_privilege(plan, parent);
	execve(path, argv, environment);
	child_failed(path);
}

int child_check(const struct settings *s, struct fault *f)
{
	for (enum role role = ROLE_PICKUP; role < ROLE_CONTROL; role++) {
		char *path = path_of(s, role);
		if (access(path, X_OK) < 0)
			fault_set(f, FAULT_PERMANENT, "4.3.5", "%s: %s; the setting libexec names the folder of the roles", path,
			          strerror(errno));
		free(path);
		if (f->kind != FAULT_NONE)
			return -1;
	}
	return 0;
}

void child_tell_settings(struct channel *c, const struct settings *s)
{
	struct buf packed = { 0 };

	settings_pack(s, &packed);
	channel_put(c, FRAME_SETTINGS, buf_span(&packed), -1);
	buf_free(&packed);
}
