/* SPDX-License-Identifier: ISC */
#include "relay/signetd/judge.h"

#include "base/clock.h"
#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "base/conf/settings_idn.h"
#include "base/io.h"
#include "relay/signetd/capacity.h"
#include "relay/signetd/child.h"
#include "relay/signetd/keys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { TRIAL_MS = 10 * 1000 };

static int add_fault(struct buf *faults, const struct fault *f)
{
	buf_printf(faults, "%s\n", f->text);
	return -1;
}

int judge(const char *path, struct judged *out, struct buf *faults)
{
	struct fault unread = { 0 }, no_such_user = { 0 }, no_role = { 0 };

	*out = (struct judged){ 0 };
	if (path && access(path, R_OK) < 0) {
		buf_printf(faults, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	if (path == NULL)
		path = CONFIG_DEFAULT_FILE;
	if (config_check(path, faults) > 0)
		return -1;
	if (config_load(path, &out->settings, &unread) < 0)
		return add_fault(faults, &unread);
	if (settings_have_no_queue(&out->settings)) {
		settings_free(&out->settings);
		buf_printf(faults, "%s: queue = \"none\" means that sendmail delivers by itself, and there is nothing for signetd to do; set it to "
		           "\"disk\", or do not start signetd\n", path);
		return -1;
	}
	if (out->settings.sessions == 0)
		out->settings.sessions = capacity_here();
	own_name_complete(&out->settings, &out->nameless);
	settings_to_ascii(&out->settings);
	size_t bad = secrets_read(&out->settings, &out->secrets, faults);
	if (run_as_find(&out->settings, &out->run_as, &no_such_user) < 0)
		add_fault(faults, &no_such_user);
	if (child_check(&out->settings, &no_role) < 0)
		add_fault(faults, &no_role);
	out->routes = routes_read(&out->settings, faults);
	if (bad == 0 && out->routes && no_such_user.kind == FAULT_NONE && no_role.kind == FAULT_NONE)
		return 0;
	judged_free(out);
	return -1;
}

void judged_free(struct judged *j)
{
	routes_free(j->routes);
	settings_free(&j->settings);
	secrets_free(&j->secrets);
	*j = (struct judged){ 0 };
}

/* ---- the trial ---- */

/* The end of its channels right after START lets a signer that is content end by itself. */
static int run_signer(const struct judged *j, int parent[2], int queue[2], struct fault *f)
{
	struct channel *c;
	pid_t pid = child_start(&(struct child_plan){ .settings = &j->settings, .run_as = &j->run_as, .role = ROLE_SIGNER,
		.fds = { parent[1], queue[1], -1, -1 }, .lock = -1 }, f);

	io_close(&parent[1]);
	io_close(&queue[1]);
	if (pid < 0)
		return -1;
	c = channel_new(parent[0]);
	parent[0] = -1;
	child_tell_settings(c, &j->settings);
	keys_tell(c, &j->settings, &j->secrets);
	channel_send(c, FRAME_START, (struct span){ 0 }, -1);
	channel_free(c);
	io_close(&queue[0]);
	/* It has TRIAL_MS; one that takes longer is killed, which says nothing against the keys. */
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
	int64_t deadline = clock_boot_ms() + TRIAL_MS;
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	while (fd >= 0 && poll(&ended, 1, clock_wait_ms(deadline)) < 0 && errno == EINTR)
		continue;
	if (fd < 0 || !(ended.revents & POLLIN))
		kill(pid, SIGKILL);
	io_close(&fd);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && (WEXITSTATUS(status) == EX_CONFIG || WEXITSTATUS(status) == EX_UNAVAILABLE))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "a signer given these keys does not begin (see above)");
	return 0;
}

int judge_by_trial(const struct judged *j, struct buf *faults)
{
	int parent[2] = { -1, -1 }, queue[2] = { -1, -1 };
	struct fault f = { 0 };

	if (j->settings.dkim_count == 0)
		return 0;
	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, parent) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, queue) < 0)
		fault_set(&f, FAULT_TEMPORARY, "4.3.0", "no channel for a role: %s", strerror(errno));
	else
		run_signer(j, parent, queue, &f);
	for (int i = 0; i < 2; i++) {
		io_close(&parent[i]);
		io_close(&queue[i]);
	}
	return f.kind == FAULT_NONE ? 0 : add_fault(faults, &f);
}
