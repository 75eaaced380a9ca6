/* SPDX-License-Identifier: ISC */
#include "tests/process.h"
#include "tests/relay/queue/rig.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/channel.h"
#include "relay/queue/control_server.h"
#include "relay/queue/peers.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"
#include "tests/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_MAX = 20 * 1000 };    /* steps */

static struct rig *running;       /* the last one begun */
static struct core_time stands_at;

/* A core that is killed, or ends, leaves its memory as a process does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* ---- time ---- */

void rig_clock_set(struct core_time now)
{
	stands_at = now;
}

struct core_time rig_now(void)
{
	if (running && running->is_process)
		return (struct core_time){ clock_wall_ms(), clock_boot_ms() };
	return stands_at;
}

static int core_log = -1, own_log = -1;
static bool is_core_log;

/* What it logs goes to its file, as that of a process. */
static void log_as_core(void)
{
	if (own_log < 0)
		own_log = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	dup2(core_log, STDERR_FILENO);
	is_core_log = true;
}

static void log_as_test(void)
{
	if (is_core_log)
		dup2(own_log, STDERR_FILENO);
	is_core_log = false;
}

static int64_t thread_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void rig_step(struct rig *r, const struct epoll_event *ready, int count)
{
	struct core_time now = rig_now();

	int64_t begun_us = r->is_timed ? thread_us() : 0;

	r->steps++;
	log_as_core();
	core_step(r->queue, &now, ready, count);
	log_as_test();
	int64_t took_us = r->is_timed ? thread_us() - begun_us : 0;
	if (took_us > r->longest_step_us)
		r->longest_step_us = took_us;
}

/* Perhaps from the midst of a step. */
static void rig_drop(struct rig *r)
{
	log_as_test();
	store_close(r->core.store);
	close(r->core.epoll);
	channel_free(r->core.parent);
	peers_end(r->queue);
	control_end(r->queue);
	routes_free(r->core.routes);
	settings_free(&r->given);
	r->queue = NULL;
}

/* Nothing that follows would be of use. */
static void bail_out(const struct rig *r, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
static void bail_out(const struct rig *r, const char *format, ...)
{
	va_list ap;

	if (r->bails)
		r->bails();
	printf("Bail out! ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

/* ---- what a turn does not miss ---- */

/* What a look at all sites would do something about. */
struct sites_seen {
	size_t jobs, handed_out, destinations;
	unsigned sessions;
	int64_t next_ms;
};

static struct sites_seen see_sites(const struct queue *q)
{
	struct sites_seen seen = { .jobs = q->job_count, .sessions = q->session_count, .next_ms = INT64_MAX };

	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		seen.handed_out += x->sent.count;
	for (const struct site *s = q->sites; s; s = s->next) {
		int64_t when_ms = timers_when(&q->timers, TIMER_SITE, s->number);
		seen.destinations += s->destination_count;
		seen.next_ms = when_ms < seen.next_ms ? when_ms : seen.next_ms;
	}
	return seen;
}

static void nothing_came(struct queue *q, struct source *source, uint32_t events)
{
	(void)q, (void)source, (void)events;
}

static void step_again(struct rig *r)
{
	static struct source none = { .ready = nothing_came };
	struct epoll_event ready = { .data.ptr = &none };

	rig_step(r, &ready, 1);
	r->steps--;    /* it wanted none */
}

/*
 * A turn looks where something has changed: the next one, though it looks everywhere, must find nothing else to do.
 * False: it is over.
 */
static bool check_nothing_was_missed(struct rig *r)
{
	struct sites_seen before = see_sites(r->queue);
	bool works = !r->queue->store_bad && !r->queue->draining;
	r->queue->all_sites_changed = true;
	step_again(r);
	if (r->queue == NULL || core_exit_status(r->queue) >= 0)
		return false;
	struct sites_seen after = see_sites(r->queue);
	works &= !r->queue->store_bad;
	if (works && (after.jobs != before.jobs || after.handed_out != before.handed_out || after.sessions != before.sessions ||
	              after.destinations != before.destinations || after.next_ms < before.next_ms))
		bail_out(r, "A turn missed something: jobs %zu to %zu, of them handed out %zu to %zu, sessions %u to %u, "
		         "destinations %zu to %zu, next turn %lld to %lld", before.jobs, after.jobs, before.handed_out,
		         after.handed_out, before.sessions, after.sessions, before.destinations, after.destinations,
		         (long long)before.next_ms, (long long)after.next_ms);
	return true;
}

/* All that is ready, until it waits for something. What wants step after step and gets nothing done would never end. */
void rig_settle(struct rig *r)
{
	struct epoll_event ready[64];
	unsigned quiet = 0;
	unsigned long checked = r->steps;

	while (r->queue && core_exit_status(r->queue) < 0) {
		int n = epoll_wait(r->core.epoll, ready, 64, 0);
		if (n == 0 && core_next_boot_ms(r->queue) > rig_now().boot_ms) {
			if (r->steps == checked || !check_nothing_was_missed(r))
				return;
			checked = r->steps;
			continue;    /* its peers may have been told something */
		}
		rig_step(r, ready, n);
		quiet = n == 0 ? quiet + 1 : 0;
		if (quiet > QUIET_MAX)
			bail_out(r, "The core polls");
		if (core_exit_status(r->queue) >= 0)
			return;
	}
}

/* To the next time at which it wants a step, or until_ms. */
void rig_advance(struct rig *r, int64_t until_ms)
{
	int64_t now_ms = rig_now().boot_ms, next_ms = r->queue ? core_next_boot_ms(r->queue) : until_ms;

	next_ms = next_ms > now_ms ? next_ms : now_ms + 1;
	next_ms = next_ms < until_ms ? next_ms : until_ms;
	stands_at.wall_ms += next_ms - now_ms;
	stands_at.boot_ms = next_ms;
}

void rig_pass(int64_t ms)
{
	int64_t until_ms = rig_now().boot_ms + ms;

	if (running->is_process) {
		usleep((useconds_t)ms * 1000);
		return;
	}
	for (rig_settle(running); rig_now().boot_ms < until_ms; rig_settle(running))
		rig_advance(running, until_ms);
}

/* As channel_receive, with time that passes once all is quiet. */
int rig_receive_until(struct channel *c, struct frame *out, int64_t until_ms)
{
	if (running->is_process)
		return channel_receive(c, out, until_ms);
	for (;;) {
		rig_settle(running);
		int n = channel_receive(c, out, 0);
		if (n != 0 || rig_now().boot_ms >= until_ms)
			return n;
		rig_advance(running, until_ms);
	}
}

int rig_receive(struct channel *c, struct frame *out, int64_t wait_ms)
{
	return rig_receive_until(c, out, rig_now().boot_ms + wait_ms);
}

/* ---- the rig ---- */

void rig_run_command(const char *format, const char *argument)
{
	char command[300];

	snprintf(command, sizeof command, format, argument);
	if (system(command) != 0)
		fprintf(stderr, "# %s: failed\n", command);
}

char *rig_set(char **where, const char *value)
{
	free(*where);
	return *where = mem_text(value);
}

void rig_make(struct rig *r)
{
	static struct smarthost isp;

	running = NULL;
	*r = (struct rig){ 0 };
	snprintf(r->folder, sizeof r->folder, "/tmp/signet-queue-test.XXXXXX");
	scratch_make(r->folder);
	snprintf(r->spool, sizeof r->spool, "%s/spool", r->folder);
	snprintf(r->log, sizeof r->log, "%s/log", r->folder);
	mkdir(r->spool, 0700);
	settings_defaults(&r->settings);
	rig_set(&r->settings.spool, r->spool);
	rig_set(&r->settings.log, "stderr");
	rig_set(&r->settings.hostname, "mail.example.org");
	rig_set(&r->settings.domain, "example.org");
	rig_set(&r->settings.local_delivery, "none");
	r->settings.sessions = 20;     /* signetd gives what this machine can hold */
	r->settings.retry_min_ms = 400;
	r->settings.retry_max_ms = 400;
	r->settings.queue_life_ms = 3600 * 1000;
	r->settings.time_scale = 0.001;
	isp = (struct smarthost){ .name = mem_text("isp"), .host = mem_text("smtp.isp.example"), .port = 587,
		.tls = TLS_VERIFY, .user = mem_text("me"), .password_file = mem_text(""), .password_command = mem_text(""),
		.token_command = mem_text(""), .ca_file = mem_text(""), .sessions = 2,
		.messages_per_session = 1000, .recipients_per_message = 100, .sign = true };
	r->settings.smarthosts = mem_alloc(sizeof isp);
	*r->settings.smarthosts = isp;
	r->settings.smarthost_count = 1;
	r->settings.dkim = mem_alloc(sizeof *r->settings.dkim);
	r->settings.dkim_count = 1;
	*r->settings.dkim = (struct dkim_key){ .domain = mem_text("example.org"), .selector = mem_text("s"), .file = mem_text("/dev/null"),
		.password_command = mem_text(""), .header_canon = mem_text("relaxed"), .body_canon = mem_text("relaxed"),
		.identity = mem_text(""), .domainkeys_selector = mem_text(""), .domainkeys_file = mem_text(""),
		.domainkeys_canon = mem_text("nofws") };
	struct route_rule *rule = r->settings.routes = mem_alloc(sizeof *rule);
	r->settings.route_count = 1;
	text_list_add(&rule->to, SPAN("*"));
	text_list_add(&rule->via, SPAN("mx"));
}

void rig_without_keys(struct rig *r)
{
	struct settings keys = { .dkim = r->settings.dkim, .dkim_count = r->settings.dkim_count };

	settings_free(&keys);
	r->settings.dkim = NULL;
	r->settings.dkim_count = 0;
}

void rig_fall_back_to_isp(struct rig *r)
{
	struct route_rule *rule = r->settings.routes;

	text_list_add(&rule->via, SPAN("isp"));
	rule->fallback_on = FALLBACK_UNREACHABLE;
	rule->fallback_for_ms = 3600 * 1000;
}

void rig_fall_back_when_blocked(struct rig *r, int64_t stay_ms)
{
	rig_fall_back_to_isp(r);
	r->settings.routes->fallback_on = FALLBACK_BLOCKED;
	r->settings.routes->fallback_for_ms = stay_ms;
}

static void be_queue(const struct rig *r, int fd)
{
	char path[300];
	const char *build = getenv("BUILD");
	int log = open(r->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	snprintf(path, sizeof path, "%s/libexec/signet/queue", build ? build : "build");
	dup2(log, 2);
	if (fd == 3)
		io_set_cloexec(fd, false);
	else
		dup2(fd, 3);
	close_range(4, ~0U, 0);
	execl(path, "queue", "0", (char *)NULL);
	_exit(127);
}

struct channel *rig_give_peer(struct rig *r, enum role role, uint64_t instance)
{
	int pair[2];
	struct buf payload = { 0 };
	struct peer peer = { role, instance };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		exit(1);
	peer_encode(&peer, &payload);
	channel_send(r->parent, FRAME_PEER, buf_span(&payload), pair[0]);
	buf_free(&payload);
	return channel_new(pair[1]);
}

void rig_exec(struct rig *r)
{
	int pair[2];
	struct buf packed = { 0 };

	running = r;
	r->is_process = true;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		exit(1);
	r->pid = fork();
	if (r->pid == 0)
		be_queue(r, pair[0]);
	close(pair[0]);
	r->parent = channel_new(pair[1]);
	settings_pack(&r->settings, &packed);
	channel_send(r->parent, FRAME_SETTINGS, buf_span(&packed), -1);
	channel_send(r->parent, FRAME_START, SPAN(""), -1);
	buf_free(&packed);
}

void rig_begin(struct rig *r)
{
	int pair[2];
	struct buf packed = { 0 };
	struct fault f;

	running = r;
	settings_pack(&r->settings, &packed);
	if (settings_unpack(buf_span(&packed), &r->given) < 0)
		exit(1);
	buf_free(&packed);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		exit(1);
	close(core_log);
	core_log = open(r->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	r->parent = channel_new(pair[1]);
	r->core = (struct core_setup){
		.settings = &r->given, .routes = routes_open(&r->given, -1), .store = store_open(r->spool, &f),
		.parent = channel_new(pair[0]), .epoll = epoll_create1(EPOLL_CLOEXEC), .random = 1, .now = rig_now(),
	};
	if (r->core.store == NULL || r->core.routes == NULL) {
		fprintf(stderr, "# the store: %s\n", f.text);
		exit(1);
	}
	r->queue = mem_alloc(sizeof *r->queue);
	log_as_core();
	core_begin(r->queue, &r->core);
	log_as_test();
}

void rig_give_helpers(struct rig *r)
{
	r->pickup = rig_give_peer(r, ROLE_PICKUP, 0);
	r->signer = rig_give_peer(r, ROLE_SIGNER, 0);
	r->resolver = rig_give_peer(r, ROLE_RESOLVER, 0);
}

void rig_start(struct rig *r)
{
	rig_begin(r);
	rig_give_helpers(r);
}

void rig_start_process(struct rig *r)
{
	rig_exec(r);
	rig_give_helpers(r);
}

void rig_close(struct rig *r)
{
	channel_free(r->parent);
	channel_free(r->pickup);
	channel_free(r->signer);
	channel_free(r->resolver);
	r->parent = r->pickup = r->signer = r->resolver = NULL;
}

int rig_wait(struct rig *r)
{
	int status = 0;

	if (!r->is_process) {
		rig_settle(r);
		status = core_exit_status(r->queue);
		rig_drop(r);
		running = NULL;
		return status;
	}
	for (int i = 0; i < 1000; i++) {
		if (waitpid(r->pid, &status, WNOHANG) == r->pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
		usleep(10 * 1000);
	}
	process_signal(r->pid, SIGKILL);
	waitpid(r->pid, &status, 0);
	return -1;
}

void rig_kill(struct rig *r)
{
	if (r->is_process) {
		process_signal(r->pid, SIGKILL);
		rig_wait(r);
	} else {
		rig_drop(r);
	}
	rig_close(r);
}
