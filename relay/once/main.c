/* SPDX-License-Identifier: ISC */
/*
 * once - hands one message to the only next hop while its caller waits: what
 * signetd and its roles do together where there is a queue (the setting queue).
 *
 * On descriptor 0 is the dialogue of base/mail/submit.h; SIGNET_CONFIG names the
 * configuration. It takes one record, brings it into normal form and signs it, as pickup and
 * signer would, plans as resolver would, and has the roles smtp and esmtp speak
 * it, which it begins first of all, so that they get ready meanwhile. The reply
 * is what the next hop said. It all has to be done within the setting timeout;
 * once the caller has gone, nothing more is sent.
 *
 * It runs as its caller, whose own the keys and passwords are that it reads: there
 * is nothing to protect from what the record holds. What the server says is heard
 * by the confined roles alone.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/conf/proxy_place.h"
#include "base/conf/settings_idn.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mail/submit.h"
#include "relay/once/letter.h"
#include "relay/once/verdict.h"
#include "relay/resolver/planner.h"
#include "relay/signetd/commands.h"
#include "relay/signetd/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	CALLER = STDIN_FILENO,
	READ_STEP = 64 * 1024,
	SESSION = 1,                /* its number */
	ASKS_MAX = 2,               /* for a secret, and for another when that is refused */
	POLITE_MS = 500,            /* for the reply to QUIT */
	END_MS = 2000,              /* for killed processes to be gone */
};

struct once {
	const char *file;
	int64_t until_ms;           /* boot time */
	struct settings settings;
	const struct smarthost *hop;
	struct routes *routes;
	struct secrets secrets;
	struct run_as run_as;
	struct inherited held;
	struct starter starter;
	struct processes processes;
	struct slot slots[2];
	struct process *smtp;       /* the session's copy */
	struct channel *session;
	struct commands *commands;
	int children;               /* signalfd(2): some process has ended */
	struct dns *dns;
	struct planner *planner;
	struct channel *asker, *resolver;    /* and its two sides */
	struct plan plan;
	struct letter *letter;
	struct delivery delivery;
	bool is_put;                /* the session has it */
	char tls[64];               /* as the log has it */
	struct buf last_said;       /* to the server */
	bool has_verdict;
	struct fault verdict;
};

/* ---- the caller ---- */

/* Kills what still runs and reaps it: nobody else would, where process 1 is the caller. */
static void end(struct once *o)
{
	int64_t until = clock_boot_ms() + END_MS;
	pid_t pid = 1;

	for (size_t i = 0; i < o->processes.count; i++) {
		struct process *p = o->processes.items[i];
		channel_free(p->channel);
		p->channel = NULL;
		process_kill(p);
	}
	if (o->commands)
		commands_free(o->commands);
	while (pid >= 0 && clock_wait_ms(until) > 0)
		if ((pid = waitpid(-1, NULL, WNOHANG)) == 0)
			poll(NULL, 0, 1);
	secrets_free(&o->secrets);
	_exit(EX_OK);
}

static void tell_caller(const struct fault *f)
{
	struct submit_reply reply = { .kind = f->kind == FAULT_NONE ? SUBMIT_ACCEPTED : SUBMIT_REFUSED, .fault = *f };
	struct buf out = { 0 };

	if (f->kind == FAULT_NONE)
		reply.text = span_of(f->text);
	submit_encode_reply(&reply, &out);
	io_write_all(CALLER, out.at, out.len, clock_boot_ms() + END_MS);
	buf_free(&out);
}

static void refuse(struct once *o, const struct fault *f)
{
	log_line(LOG_LEVEL_WARNING, "%s", f->text);
	tell_caller(f);
	end(o);
}

/* Waits for any of fds. Everything ends when the caller hangs up, or the time is over. */
static void wait_for_any(struct once *o, struct pollfd *fds, size_t count, const char *while_what)
{
	struct pollfd all[8] = { { .fd = CALLER } };     /* POLLHUP needs no asking */

	if (count >= sizeof all / sizeof all[0])
		abort();
	memcpy(all + 1, fds, count * sizeof *fds);
	int64_t until = o->until_ms, commands_ms = o->commands ? commands_deadline_ms(o->commands) : INT64_MAX;
	int n = poll(all, 1 + count, clock_wait_ms(commands_ms < until ? commands_ms : until));
	for (size_t i = 0; i < count; i++)
		fds[i].revents = n > 0 ? all[1 + i].revents : 0;
	if (n > 0 && (all[0].revents & (POLLHUP | POLLERR)))
		end(o);
	if (n == 0 && commands_ms <= clock_boot_ms())
		commands_enforce(o->commands);
	if (n > 0 || clock_wait_ms(until) > 0)
		return;
	/* The step is not known where nothing was said yet. */
	struct span said = buf_span(&o->last_said);
	struct fault f;
	fault_set(&f, FAULT_TEMPORARY, "4.4.2", "%s: no answer within the setting timeout (%llu s), %s%.*s%s", o->hop->name,
	          (unsigned long long)o->settings.timeout_ms / 1000, said.len > 0 ? "which was waited for after " : while_what,
	          said.len > 200 ? 200 : (int)said.len, said.len > 0 ? said.at : "",
	          span_eq(said, SPAN(".")) ? "; the message may have arrived" : "; nothing was sent");
	refuse(o, &f);
}

/* ---- the configuration ---- */

static int read_configuration(struct once *o, struct fault *f)
{
	struct buf faults = { 0 };

	if (config_load(o->file, &o->settings, f) < 0)
		return -1;
	struct settings *s = &o->settings;
	o->until_ms = clock_boot_ms() + s->timeout_ms;
	o->hop = settings_only_hop(s);
	if (!settings_have_no_queue(s) || o->hop == NULL)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s: queue is not \"none\"", o->file);
	letter_settings(s);
	settings_to_ascii(s);
	s->sessions = s->sessions ? s->sessions : 1;
	if (strcmp(s->log, "stderr") == 0 || strcmp(s->log, "syslog") == 0) {
		log_open("signet/once", s->log);
	} else {
		/* A file becomes descriptor 2, here and in the roles. */
		int fd = open(s->log, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0640);
		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
			fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot open the log %s (setting log): %s", s->log, strerror(errno));
		io_close(&fd);
		if (f->kind != FAULT_NONE)
			return -1;
	}
	log_as_json(strcmp(s->log_format, "json") == 0);
	log_show_addresses(log_addresses_named(s->log_addresses));
	o->routes = routes_read(s, &faults);
	size_t bad = secrets_read(s, &o->secrets, &faults);
	if (o->routes == NULL || bad > 0) {
		struct span rest = buf_span(&faults), line = span_cut(&rest, '\n');
		fault_set(f, FAULT_PERMANENT, "4.3.5", "%.*s", (int)line.len, line.at);
	}
	buf_free(&faults);
	return f->kind == FAULT_NONE ? 0 : -1;
}

/* ---- the roles ---- */

static void tell_secret(void *context, uint64_t session, uint64_t number, struct span secret, const struct fault *f)
{
	struct process *p = ((struct once *)context)->smtp;

	(void)session;
	p->secret = number ? number : p->secret;
	channel_put(p->channel, number ? FRAME_SECRET : FRAME_NO_SECRET, number ? secret : span_of(f->text), -1);
	channel_flush(p->channel);
}

/* Its refresh tokens have to be kept, and there is nowhere to keep them (config_rules says so first). */
static int refuse_refresh(void *context, size_t hop, struct span job, struct fault *f)
{
	(void)context, (void)hop, (void)job;
	return fault_set(f, FAULT_TEMPORARY, "4.3.5", "a login by OAuth needs signetd, which keeps its tokens");
}

/* They run as whoever runs this: there is no user to change to. */
static int begin_roles(struct once *o, struct fault *f)
{
	static const enum role roles[] = { ROLE_SMTP, ROLE_ESMTP };
	sigset_t ended;
	int ignored;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, NULL);
	o->children = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
	o->commands = commands_new(&o->settings, &(struct commands_user){ .answer = tell_secret, .refresh = refuse_refresh, .context = o });
	o->run_as = (struct run_as){ .uid = geteuid(), .gid = getegid(), .drop_group = getegid() };
	o->held = SOCKETS_NONE;
	o->starter = (struct starter){ &o->settings, &o->secrets, &o->run_as, o->routes, &o->held };
	for (size_t i = 0; i < 2; i++) {
		o->slots[i] = (struct slot){ .role = roles[i] };
		if (starter_execute(&o->starter, &o->processes, &o->slots[i], &ignored) == NULL)
			return fault_set(f, FAULT_TEMPORARY, "4.3.0", "nothing was sent: the role %s cannot be begun", role_name(roles[i]));
	}
	return 0;
}

/* ---- the message and the way ---- */

static void take_record(struct once *o)
{
	char bytes[READ_STEP];
	struct fault f = { 0 };
	int whole = 0;

	while (whole == 0) {
		struct pollfd p = { .fd = CALLER, .events = POLLIN };
		wait_for_any(o, &p, 1, "while the message was read");
		if (!(p.revents & POLLIN))
			continue;
		ssize_t n = read(CALLER, bytes, sizeof bytes);
		if (n == 0)
			end(o);
		struct span piece = { bytes, n > 0 ? (size_t)n : 0 };
		whole = n > 0 ? letter_feed(o->letter, &piece, &f) : 0;
	}
	if (whole < 0 || letter_finish(o->letter, &f) < 0 || letter_sign(o->letter, &o->secrets, &f) < 0)
		refuse(o, &f);
}

/* The resolver's planner is asked as the queue would ask it; it answers while the message is read. */
static int begin_plan(struct once *o, struct fault *f)
{
	struct buf name = { 0 }, payload = { 0 };
	struct plan_job job = { .ticket = 1, .kind = hop_plan(o->hop, "", &name) };
	struct proxy_place proxy;
	int ends[2];

	o->dns = dns_new(&o->settings, f);
	if (o->dns == NULL || starter_pair(ends, f) < 0) {
		buf_free(&name);
		return -1;
	}
	o->asker = channel_new(ends[0]);
	o->resolver = channel_new(ends[1]);
	o->planner = planner_new(o->dns, &o->settings, o->resolver);
	job.name = buf_take(&name);
	if (proxy_place_parse(span_of(hop_proxy(&o->settings, o->hop)), &proxy))
		job.proxy = mem_text_span(proxy.host);
	plan_job_encode(&job, &payload);
	channel_send(o->asker, FRAME_PLAN, buf_span(&payload), -1);
	buf_free(&payload);
	plan_job_free(&job);
	channel_fill(o->resolver);
	return planner_take(o->planner) < 0 ? fault_set(f, FAULT_TEMPORARY, "4.3.0", "nothing was sent: no plan can be made") : 0;
}

static void await_plan(struct once *o)
{
	struct frame frame;

	while (channel_flush(o->resolver) == 0 && channel_fill(o->asker) == 0 && !channel_next(o->asker, &frame)) {
		struct pollfd p = { .fd = dns_fd(o->dns), .events = POLLIN };
		wait_for_any(o, &p, 1, "while its name was looked up");
		if (p.revents)
			dns_process(o->dns);
	}
	struct fault f = { 0 };
	if (plan_decode(frame.payload, &o->plan) < 0)
		fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the plan is malformed");
	else
		f = o->plan.fault;
	if (f.kind == FAULT_NONE && hop_keep_families(&o->settings, o->hop, o->plan.targets, &o->plan.target_count, &f) == 0)
		return;
	f.kind = FAULT_TEMPORARY;
	fault_prefix(&f, "nothing was sent");
	refuse(o, &f);
}

/* ---- the session ---- */

static uint32_t draw(void *context, uint32_t below)
{
	(void)context;
	return (uint32_t)random() % below;
}

/* The session stands, and wants the message. */
static void put_delivery(struct once *o, struct span count)
{
	struct buf payload = { 0 };

	(void)count;
	if (o->is_put)
		return;
	o->is_put = true;
	int body = letter_body(o->letter);
	delivery_encode(&o->delivery, &payload);
	channel_put(o->session, FRAME_DELIVER, buf_span(&payload), body >= 0 ? fcntl(body, F_DUPFD_CLOEXEC, 0) : -1);
	channel_put(o->session, FRAME_QUIT, SPAN(""), -1);
	buf_free(&payload);
}

static void begin_session(struct once *o)
{
	const struct smarthost *hop = o->hop;
	struct peer smtp = { ROLE_SMTP, SESSION }, esmtp = { ROLE_ESMTP, SESSION };
	struct session session = {
		.hop = hop->name, .domain = hop->host, .port = hop->port, .implicit_tls = hop->implicit_tls, .tls = hop->tls,
		.ca_file = hop->ca_file[0] ? hop->ca_file : o->settings.ca_file, .helo = o->settings.hostname,
		.needs = letter_needs(o->letter), .targets = o->plan.targets, .target_count = o->plan.target_count, .transcript = true,
	};
	int jobs[2], dialogue[2] = { -1, -1 }, queue = -1, ignored;
	struct buf payload = { 0 };
	struct fault f = { 0 };

	if (starter_pair(jobs, &f) < 0 || starter_pair(dialogue, &f) < 0)
		refuse(o, &f);
	o->smtp = starter_copy(&o->starter, &o->processes, &smtp, jobs[0], dialogue[0], hop->name, &queue);
	if (o->smtp == NULL || starter_copy(&o->starter, &o->processes, &esmtp, jobs[1], dialogue[1], "", &ignored) == NULL) {
		fault_set(&f, FAULT_TEMPORARY, "4.3.0", "nothing was sent: a session cannot be begun");
		refuse(o, &f);
	}
	o->session = channel_new(queue);
	letter_delivery(o->letter, hop, &o->delivery);
	hop_source(&o->settings, hop, session.source);
	srandom((unsigned)clock_boot_ms() ^ (unsigned)getpid());
	targets_draw(session.targets, session.target_count, draw, NULL);
	session_encode(&session, &payload);
	channel_put(o->session, FRAME_SESSION, buf_span(&payload), -1);
	buf_free(&payload);
}

/* The log of it, in the form of the queue's. */
static void log_delivery(const struct once *o, const struct reply *r, const char *address)
{
	struct buf said = { 0 };

	reply_print(r, &said);
	log_about(LOG_LEVEL_INFO, &(struct log_about){ .program = "signet/smtp", .queue_id = o->delivery.queue_id, .recipient = address,
		.relay = r->relay, .tls = o->tls, .dsn = r->status }, "%s: to=<%s>, relay=%s tls=%s, dsn=%s, status=%s (%s)", o->delivery.queue_id,
		address, r->relay[0] ? r->relay : "none", o->tls, r->status, r->kind == FAULT_NONE ? "sent" :
		o->verdict.kind == FAULT_TEMPORARY ? "deferred" : "bounced", buf_text(&said));
	buf_free(&said);
}

static void take_outcome(struct once *o, struct span payload)
{
	struct outcome outcome;

	if (outcome_decode(payload, &outcome) < 0)
		return;
	verdict_of_outcome(&outcome, &o->delivery, &o->verdict);
	o->has_verdict = true;
	for (size_t i = 0; i < outcome.recipient_count && i < o->delivery.recipient_count; i++)
		log_delivery(o, &outcome.recipients[i].reply, o->delivery.recipients[i].address);
	outcome_free(&outcome);
}

static void take_end(struct once *o, struct span payload)
{
	struct session_end session_end;

	if (o->has_verdict || session_end_decode(payload, &session_end) < 0)
		return;
	verdict_of_end(&session_end, &o->verdict);
	o->has_verdict = true;
	for (size_t i = 0; i < o->delivery.recipient_count; i++)
		log_delivery(o, &session_end.reply, o->delivery.recipients[i].address);
}

/* Of the dialogue only the last command is kept: what was waited for when the time was over. */
static void take_line(struct once *o, struct span payload)
{
	struct transcript_line line;

	if (transcript_line_decode(payload, &line) < 0)
		return;
	if (line.side == TRANSCRIPT_OURS) {
		buf_clear(&o->last_said);
		buf_add_text(&o->last_said, line.text);
	}
	transcript_line_free(&line);
}

static void take_ready(struct once *o, struct span payload)
{
	struct session_ready ready;

	if (session_ready_decode(payload, &ready) < 0)
		return;
	snprintf(o->tls, sizeof o->tls, "%s", ready.tls_summary);
	session_ready_free(&ready);
}

/* False: the session's process is gone. */
static bool hear_session(struct once *o)
{
	static void (*const takes[])(struct once *o, struct span payload) = {
		[FRAME_READY] = take_ready, [FRAME_WANT] = put_delivery, [FRAME_OUTCOME] = take_outcome, [FRAME_TRANSCRIPT] = take_line, [FRAME_SESSION_END] = take_end,
	};
	bool is_there = channel_fill(o->session) == 0;
	struct frame frame;

	while (channel_next(o->session, &frame)) {
		io_close(&frame.fd);
		if (frame.type < sizeof takes / sizeof takes[0] && takes[frame.type])
			takes[frame.type](o, frame.payload);
	}
	return is_there;
}

/* One turn of the loop. False: the session is over. */
static bool session_turn(struct once *o)
{
	struct process *smtp = o->smtp;
	struct pollfd fds[] = {
		{ .fd = channel_fd(o->session), .events = (short)(POLLIN | (channel_wants_write(o->session) ? POLLOUT : 0)) },
		{ .fd = smtp->channel && !smtp->deaf ? channel_fd(smtp->channel) : -1, .events = POLLIN },
		{ .fd = o->children, .events = POLLIN },
	};
	struct signalfd_siginfo ignored;
	struct frame frame;
	int status;
	pid_t pid;

	wait_for_any(o, fds, sizeof fds / sizeof fds[0], "while it was connected to");
	while (fds[2].revents && read(o->children, &ignored, sizeof ignored) > 0)
		continue;
	while (fds[2].revents && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		commands_reaped(o->commands, pid, status);
	if (fds[1].revents && channel_fill(smtp->channel) < 0)
		smtp->deaf = true;
	/* It asks for what the smarthost's command prints. */
	while (fds[1].revents && channel_next(smtp->channel, &frame)) {
		io_close(&frame.fd);
		if (frame.type == FRAME_ASK_SECRET && smtp->asked++ < ASKS_MAX)
			commands_ask(o->commands, o->hop->name, SESSION, smtp->secret);
	}
	if ((fds[0].revents & POLLOUT) && channel_flush(o->session) < 0)
		return false;
	return !(fds[0].revents & (POLLIN | POLLHUP | POLLERR)) || hear_session(o);
}

static void converse(struct once *o)
{
	bool goes_on = channel_flush(o->session) == 0;

	while (goes_on && !o->has_verdict)
		goes_on = session_turn(o);
	if (!o->has_verdict)
		fault_set(&o->verdict, FAULT_TEMPORARY, "4.3.0", "the process that speaks SMTP has ended%s",
		          span_eq(buf_span(&o->last_said), SPAN(".")) ? "; the message may have arrived" : "; nothing was sent");
	tell_caller(&o->verdict);
	/* The caller has its answer, and waits no longer than this for the server's good-bye. */
	o->until_ms = clock_boot_ms() + POLITE_MS;
	while (goes_on && clock_wait_ms(o->until_ms) > 0) {
		struct pollfd p = { .fd = channel_fd(o->session), .events = POLLIN };
		goes_on = poll(&p, 1, clock_wait_ms(o->until_ms)) > 0 && hear_session(o);
	}
}

int main(void)
{
	static struct once o;
	struct fault f = { 0 };

	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });     /* it holds keys, and its roles a password */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	log_open("signet/once", "stderr");
	o.file = config_file(NULL);
	snprintf(o.tls, sizeof o.tls, "none");
	if (read_configuration(&o, &f) < 0 || begin_roles(&o, &f) < 0 || begin_plan(&o, &f) < 0)
		refuse(&o, &f);
	o.letter = letter_new(&o.settings, o.routes);
	take_record(&o);
	await_plan(&o);
	begin_session(&o);
	converse(&o);
	end(&o);
}
