/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/relay/role_start.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "relay/protocol.h"

#include <sched.h>
#include <sys/mount.h>

static const struct responder_row zone[] = {
	{ "plain.example", "MX", "10 a.example" },
	{ "a.example", "A", "192.0.2.1" },
};

static void put_job(struct started_role *r, uint64_t ticket, const char *name)
{
	struct plan_job job = { .ticket = ticket, .kind = PLAN_MX, .name = mem_text(name) };
	struct buf payload = { 0 };

	plan_job_encode(&job, &payload);
	channel_send(r->queue, FRAME_PLAN, buf_span(&payload), -1);
	buf_free(&payload);
	plan_job_free(&job);
}

static bool receive_plan(struct started_role *r, struct plan *out)
{
	struct frame frame;

	return channel_receive(r->queue, &frame, clock_boot_ms() + 30000) == 1 && frame.type == FRAME_PLANNED &&
	       plan_decode(frame.payload, out) == 0;
}

static void plans(const char *path, const struct settings *s)
{
	struct started_role r = role_start_program(path, s);
	struct plan plan = { 0 };

	put_job(&r, 7, "plain.example");
	ok(receive_plan(&r, &plan), "the role answers, confined");
	is_int(plan.ticket, 7, "with the ticket");
	is_int(plan.target_count, 1, "and a target");
	plan_free(&plan);
	put_job(&r, 8, "gone.example");
	ok(receive_plan(&r, &plan), "and again");
	is_text(plan.fault.status, "5.1.2", "no such domain");
	plan_free(&plan);
	channel_free(r.parent);
	r.parent = NULL;
	is_int(role_wait(&r), 0, "it ends with its parent");
}

static void queue_gone(const char *path, const struct settings *s)
{
	struct started_role r = role_start_program(path, s);

	channel_free(r.queue);
	r.queue = NULL;
	is_int(role_wait(&r), 0, "it ends with the queue");
}

static void bad_settings(const char *path, struct settings *s)
{
	free(s->trust_anchor_file);
	s->trust_anchor_file = mem_text("/nonexistent/anchor");
	struct started_role r = role_start_program(path, s);
	is_int(role_wait(&r), 78, "settings that will not do are EX_CONFIG");
}

/* Looks at a hosts file of our own; 77 where namespaces are not allowed. */
static int see_hosts_change(const char *path, struct settings *s)
{
	char hosts[] = "/tmp/resolver-test-XXXXXX";
	struct plan plan;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return 77;
	int fd = mkstemp(hosts);
	int mounted = mount(hosts, "/etc/hosts", NULL, MS_BIND, NULL);
	unlink(hosts);
	if (fd < 0 || mounted < 0)
		return 77;
	struct started_role r = role_start_program(path, s);
	put_job(&r, 1, "plain.example");
	if (!receive_plan(&r, &plan))
		return 1;
	plan_free(&plan);
	if (write(fd, "192.0.2.1 a\n", 12) != 12)
		return 1;
	close(fd);
	/* It looks when it is asked, and not more often than it has to. */
	for (uint64_t ticket = 2;; ticket++) {
		put_job(&r, ticket, "plain.example");
		if (!receive_plan(&r, &plan))
			break;
		plan_free(&plan);
		usleep(50 * 1000);
	}
	return role_wait(&r);
}

static void hosts_change(const char *path, struct settings *s)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(see_hosts_change(path, s));
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		tap_skip("it sees that hosts changed", "no namespaces here");
	else
		is_int(WEXITSTATUS(status), 75, "it sees that hosts changed, and ends to be started anew");
}

int main(void)
{
	struct settings s;
	char path[300];

	if (!role_program("resolver", path, sizeof path))
		return 0;
	tap_plan(9);
	struct responder server = responder_start(zone, sizeof zone / sizeof zone[0]);
	settings_defaults(&s);
	text_list_add(&s.mx_allow, SPAN("192.0.2.0/24"));    /* the machine that runs this may lie there */
	free(s.log);
	s.log = mem_text("stderr");
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/dev/null");
	text_list_add(&s.forwarders, span_of(server.server));
	plans(path, &s);
	queue_gone(path, &s);
	s.time_scale = 0.1;
	hosts_change(path, &s);
	bad_settings(path, &s);
	settings_free(&s);
	responder_stop(&server);
	return tap_done();
}
