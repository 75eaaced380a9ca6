/* SPDX-License-Identifier: ISC */
/*
 * session_lab - plays signetd and the queue for one real smtp and one real
 * esmtp process, against tests/lab/hostile_smtp.py on loopback. Included by
 * the tests that use it.
 */
#ifndef TESTS_RELAY_SESSION_LAB_H
#define TESTS_RELAY_SESSION_LAB_H

#include "tests/process.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/channel.h"
#include "tests/base/mail/said.h"
#include "tests/relay/copy_order.h"
#include "tests/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAB_OUTCOMES_MAX = 4096, LAB_RUN_MS = 20 * 1000 };

struct lab_message {
	const char *sender;
	const char *const *recipients;       /* NULL-terminated */
	struct span fields, message;
	bool as_file;                        /* as a descriptor, not inline */
	bool eight_bit, utf8, require_tls;
	bool whole;
	enum dsn_ret ret;
	const char *envid, *orcpt;           /* orcpt of every recipient */
	uint8_t notify;
};

struct lab_session {
	double scale;
	const char *hop, *domain;
	const char *host;               /* NULL: as the domain */
	enum tls_level tls;
	bool implicit;
	uint8_t needs;
	const char *ca_file, *user, *password;
	const char *token_command, *password_command, *mechanisms;   /* as the smarthost's settings; mechanisms by blanks */
	uint32_t messages_per_session;       /* 1000 when 0 */
	const char *secrets[3];              /* what the command prints, each time it is asked for; "!TEXT" is a fault */
	const char *addresses;               /* blank-separated; 127.0.0.1 when NULL. '/': of the next host */
	const char *source, *refused;        /* own addresses: of IPv4; blank-separated. NULL: none */
	uint32_t connections_max;
	bool step_by_step;
	const struct target *evidence;       /* whose dane and sts the host has; NULL: none */
	uint16_t port;                       /* the server's when 0 */
	const struct tls_ticket *ticket;     /* from a session before; NULL: none */
	const struct lab_message *messages;
	size_t message_count, repeat;        /* the messages so many times */
	bool never_commit;                   /* outcomes stay uncommitted */
	bool close_queue_at_deliver, kill_library_at_deliver;
	int close_queue_ms, kill_library_ms; /* after the first DELIVER */
	bool endless;                        /* no QUIT: the session has to end by itself */
};

struct lab_result {
	bool ready, ended;
	struct session_ready ready_frame;
	struct session_end end;
	struct outcome *outcomes;
	size_t outcome_count, delivered_frames, uncommitted, most_uncommitted;
	int smtp_status, esmtp_status;       /* of wait(2) */
	int64_t ms;
	double cpu_ms;                       /* of both */
};

static char lab_dir[64];
static uint16_t lab_port;
static pid_t lab_server = -1;
static int lab_server_stdin = -1;

static inline const char *lab_build(void)
{
	return getenv("BUILD") ? getenv("BUILD") : "build";
}

static inline void lab_bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void lab_path(struct buf *out, const char *name)
{
	buf_clear(out);
	buf_printf(out, "%s/%s", lab_dir, name);
}

/* ---- the server ---- */

static inline void lab_open(void)
{
	int in[2], out[2];
	char line[64] = "";

	strcpy(lab_dir, "/tmp/signet-smtp-XXXXXX");
	signal(SIGPIPE, SIG_IGN);
	scratch_make(lab_dir);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		lab_bail("no room for the lab");
	lab_server = fork();
	if (lab_server == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execlp("python3", "python3", "tests/lab/hostile_smtp.py", lab_dir, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	lab_server_stdin = in[1];
	for (size_t len = 0; len < sizeof line - 1 && strchr(line, '\n') == NULL; ) {
		ssize_t n = io_read(out[0], line + len, sizeof line - 1 - len, clock_boot_ms() + LAB_RUN_MS);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(out[0]);
	if (strncmp(line, "port ", 5) != 0)
		lab_bail("hostile_smtp.py does not start (is python3 there?)");
	lab_port = (uint16_t)atoi(line + 5);
}

static inline void lab_close(void)
{
	io_close(&lab_server_stdin);
	waitpid(lab_server, NULL, 0);
}

static inline void lab_write(const char *name, struct span text)
{
	struct buf path = { 0 };

	lab_path(&path, name);
	int fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || io_write_all(fd, text.at, text.len, IO_FOREVER) < 0)
		lab_bail(name);
	close(fd);
	buf_free(&path);
}

static inline void lab_script(const char *text)
{
	lab_write("script", span_of(text));
}

static inline bool lab_exists(int connection, const char *name)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%d.%s", lab_dir, connection, name);
	bool there = access(buf_text(&path), F_OK) == 0;
	buf_free(&path);
	return there;
}

static inline int lab_connections(void)
{
	static int known;

	while (lab_exists(known + 1, "commands"))
		known++;
	return known;
}

static inline void lab_read(int connection, const char *name, struct buf *out)
{
	struct buf path = { 0 };

	buf_clear(out);
	buf_printf(&path, "%s/%d.%s", lab_dir, connection, name);
	int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		io_read_file(fd, out, SIZE_MAX / 2);
		close(fd);
	}
	buf_free(&path);
}

/* Waits until the server has written down how the connection ended. */
static inline void lab_await_end(int connection, struct buf *how)
{
	int64_t until = clock_boot_ms() + LAB_RUN_MS;

	while (!lab_exists(connection, "end") && clock_boot_ms() < until)
		usleep(2000);
	lab_read(connection, "end", how);
}

/* ---- the processes ---- */

static inline void lab_pair(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		lab_bail("socketpair");
}

static inline void lab_add_smarthost(struct settings *settings, const struct lab_session *s)
{
	struct span rest = span_of(s->mechanisms ? s->mechanisms : "");
	struct smarthost *h = mem_alloc(sizeof *h);

	*h = (struct smarthost){
		.name = mem_text(s->hop), .host = mem_text(s->domain), .port = 587, .user = mem_text(s->user ? s->user : ""),
		.password_file = mem_text(""), .ca_file = mem_text(""), .sessions = 5,
		.messages_per_session = s->messages_per_session ? s->messages_per_session : 1000,
		.password_command = mem_text(s->password_command ? s->password_command : ""),
		.token_command = mem_text(s->token_command ? s->token_command : ""),
	};
	while (rest.at && rest.len > 0)
		text_list_add(&h->mechanisms, span_cut(&rest, ' '));
	settings->smarthosts = h;
	settings->smarthost_count = 1;
}

/* Answers wait to be asked for. */
static inline void lab_send_secrets(struct channel *parent, const struct lab_session *s)
{
	for (size_t i = 0; i < sizeof s->secrets / sizeof s->secrets[0] && s->secrets[i]; i++) {
		bool fault = s->secrets[i][0] == '!';
		channel_put(parent, fault ? FRAME_NO_SECRET : FRAME_SECRET, span_of(s->secrets[i] + fault), -1);
	}
}

static inline void lab_send_settings(struct channel *template, const struct lab_session *s)
{
	struct settings settings;
	struct buf payload = { 0 };

	settings_defaults(&settings);
	if (s->hop && strcmp(s->hop, "mx") != 0)
		lab_add_smarthost(&settings, s);
	settings.time_scale = s->scale;
	free(settings.log);
	settings.log = mem_text("stderr");
	free(settings.ca_file);
	settings.ca_file = mem_text(s->ca_file ? s->ca_file : "");
	settings_pack(&settings, &payload);
	channel_put(template, FRAME_SETTINGS, buf_span(&payload), -1);
	channel_put(template, FRAME_START, (struct span){ 0 }, -1);
	buf_free(&payload);
	settings_free(&settings);
}

/* A copy, with these descriptors by place; they stay the caller's. */
static inline pid_t lab_start(const char *name, const struct lab_session *s, const int fds[ROLE_PLACES])
{
	struct buf path = { 0 };
	int parent[2];

	buf_printf(&path, "%s/libexec/signet/%s", lab_build(), name);
	lab_pair(parent);
	pid_t template = fork();
	if (template == 0) {
		/* A descriptor that leaks ends a long session. */
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 64, 64 });
#ifndef SANITIZE
		/* And so does memory that grows with the message. */
		setrlimit(RLIMIT_DATA, &(struct rlimit){ 10 << 20, 10 << 20 });
#endif
		copy_execute_template(buf_text(&path), parent[1]);
	}
	buf_free(&path);
	close(parent[1]);
	struct channel *channel = channel_new(parent[0]);
	lab_send_settings(channel, s);
	pid_t pid = copy_order(channel, strcmp(name, "smtp") == 0 ? ROLE_SMTP : ROLE_ESMTP, fds);
	channel_free(channel);
	waitpid(template, NULL, 0);
	return pid;
}

static inline void lab_send_start(struct channel *parent, const struct lab_session *s)
{
	if (s->password)
		channel_put(parent, FRAME_SECRET, span_of(s->password), -1);
	channel_put(parent, FRAME_START, (struct span){ 0 }, -1);
	lab_send_secrets(parent, s);
	channel_flush(parent);
}

static inline void lab_parse(struct span text, struct ip_address *out)
{
	if (!ip_address_parse(text, out))
		lab_bail("address");
}

static inline void lab_add_hosts(const struct lab_session *s, struct session *session)
{
	struct span rest = span_of(s->addresses ? s->addresses : "127.0.0.1");

	while (rest.at) {
		struct span addresses = span_cut(&rest, '/');
		session->targets = mem_resize(session->targets, session->target_count + 1, sizeof *session->targets);
		struct target *t = &session->targets[session->target_count++];
		*t = s->evidence ? *s->evidence : (struct target){ 0 };
		t->host = mem_text(s->host ? s->host : s->domain);
		t->addresses = NULL;
		t->address_count = 0;
		while (addresses.at) {
			t->addresses = mem_resize(t->addresses, t->address_count + 1, sizeof *t->addresses);
			lab_parse(span_cut(&addresses, ' '), &t->addresses[t->address_count++]);
		}
	}
}

static inline void lab_send_session(struct channel *queue, const struct lab_session *s)
{
	struct span refused = span_of(s->refused ? s->refused : "");
	struct session session = {
		.hop = mem_text(s->hop), .domain = mem_text(s->domain), .port = s->port ? s->port : lab_port,
		.implicit_tls = s->implicit, .tls = s->tls, .ca_file = mem_text(s->ca_file ? s->ca_file : ""),
		.helo = mem_text("client.test"), .needs = s->needs,
		.connections_max = s->connections_max, .step_by_step = s->step_by_step,
		.tickets = (struct tls_ticket *)(uintptr_t)s->ticket, .ticket_count = s->ticket ? 1 : 0,
	};
	struct buf payload = { 0 };

	lab_add_hosts(s, &session);
	if (s->source)
		lab_parse(span_of(s->source), &session.source[0]);
	while (refused.len > 0)
		lab_parse(span_cut(&refused, ' '), &session.refused[session.refused_count++]);
	session_encode(&session, &payload);
	channel_put(queue, FRAME_SESSION, buf_span(&payload), -1);
	channel_flush(queue);
	buf_free(&payload);
	/* What the hosts have of the evidence stays its owner's. */
	for (size_t i = 0; i < session.target_count; i++) {
		free(session.targets[i].host);
		free(session.targets[i].addresses);
	}
	free(session.targets);
	session.targets = NULL;
	session.tickets = NULL;
	session.target_count = session.ticket_count = 0;
	session_free(&session);
}

static inline int lab_body_file(struct span message)
{
	char name[] = "/tmp/signet-smtp-body-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	unlink(name);
	if (fd < 0 || io_write_all(fd, message.at, message.len, IO_FOREVER) < 0)
		lab_bail("body file");
	return fd;
}

static inline void lab_send_delivery(struct channel *queue, const struct lab_message *m, uint64_t ticket)
{
	struct delivery d = {
		.ticket = ticket, .queue_id = mem_text("Q1"), .sender = mem_text(m->sender),
		.envid = mem_text(m->envid ? m->envid : ""), .ret = m->ret, .eight_bit = m->eight_bit, .utf8 = m->utf8, .require_tls = m->require_tls,
		.whole = m->whole,
		.size_bytes = m->message.len, .fields = m->fields,
	};
	struct buf payload = { 0 };
	int fd = -1;

	for (size_t i = 0; m->recipients[i]; i++) {
		d.recipients = mem_resize(d.recipients, i + 1, sizeof *d.recipients);
		d.recipients[i] = (struct delivery_recipient){
			.id = 100 * ticket + i, .address = mem_text(m->recipients[i]), .notify = m->notify,
			.orcpt = mem_text(m->orcpt ? m->orcpt : ""),
		};
		d.recipient_count = i + 1;
	}
	if (m->as_file)
		fd = lab_body_file(m->message);
	else
		d.message = m->message;
	delivery_encode(&d, &payload);
	channel_put(queue, FRAME_DELIVER, buf_span(&payload), fd);
	buf_free(&payload);
	delivery_free(&d);
}

/* ---- one run ---- */

struct lab_run_state {
	const struct lab_session *s;
	struct lab_result *r;
	struct channel *queue;
	pid_t smtp, esmtp;
	size_t sent, total;
	uint32_t credit;
	bool quit_sent;
};

static inline void lab_deliver(struct lab_run_state *x)
{
	while (x->credit > 0 && x->sent < x->total) {
		lab_send_delivery(x->queue, &x->s->messages[x->sent % x->s->message_count], x->sent);
		x->sent++;
		x->credit--;
	}
	bool done = x->r->outcome_count == x->total;
	if (x->r->ready && done && !x->quit_sent && !x->s->endless) {
		channel_put(x->queue, FRAME_QUIT, (struct span){ 0 }, -1);
		x->quit_sent = true;
	}
}

static inline void lab_on_outcome(struct lab_run_state *x, struct span payload)
{
	struct buf one = { 0 };

	if (x->r->outcome_count == LAB_OUTCOMES_MAX ||
	    outcome_decode(payload, &x->r->outcomes[x->r->outcome_count]) < 0)
		lab_bail("an outcome is malformed");
	x->r->outcome_count++;
	if (++x->r->uncommitted > x->r->most_uncommitted)
		x->r->most_uncommitted = x->r->uncommitted;
	if (x->s->never_commit)
		return;
	pack_u32(&one, 1);
	channel_put(x->queue, FRAME_COMMITTED, buf_span(&one), -1);
	x->r->uncommitted--;
	buf_free(&one);
}

static inline void lab_on_frame(struct lab_run_state *x, const struct frame *frame)
{
	struct unpack u = unpack_from(frame->payload);

	if (x->r->ended)
		lab_bail("a frame behind SESSION_END");
	switch (frame->type) {
	case FRAME_READY:
		x->r->ready = session_ready_decode(frame->payload, &x->r->ready_frame) == 0;
		break;
	case FRAME_WANT:
		x->credit += unpack_u32(&u);
		break;
	case FRAME_OUTCOME:
		lab_on_outcome(x, frame->payload);
		break;
	case FRAME_SESSION_END:
		x->r->ended = session_end_decode(frame->payload, &x->r->end) == 0;
		break;
	case FRAME_TROUBLE:
		break;
	default:
		lab_bail("an unknown frame");
	}
}

/* Misfortunes from our side, some time after the first delivery. */
static inline void lab_misfortune(struct lab_run_state *x, int64_t since_ms)
{
	if (x->sent == 0)
		return;
	if (x->s->kill_library_at_deliver && since_ms >= x->s->kill_library_ms && x->esmtp > 0)
		process_signal(x->esmtp, SIGKILL);
	if (x->s->close_queue_at_deliver && since_ms >= x->s->close_queue_ms && x->queue) {
		channel_free(x->queue);
		x->queue = NULL;
	}
}

static inline void lab_pump(struct lab_run_state *x)
{
	int64_t until = clock_boot_ms() + LAB_RUN_MS, first = 0;
	bool misfortunate = x->s->kill_library_at_deliver || x->s->close_queue_at_deliver;
	struct frame frame;

	while (x->queue && clock_boot_ms() < until) {
		/* What a session that is ending has still said comes first: its loss shows when reading. */
		channel_flush(x->queue);
		struct pollfd p = { channel_fd(x->queue), POLLIN, 0 };
		if (channel_wants_write(x->queue))
			p.events |= POLLOUT;
		poll(&p, 1, misfortunate ? 5 : 1000);
		int result = channel_fill(x->queue);
		while (channel_next(x->queue, &frame))
			lab_on_frame(x, &frame);
		lab_deliver(x);
		if (result < 0)
			return;
		if (x->sent && first == 0)
			first = clock_boot_ms();
		if (misfortunate)
			lab_misfortune(x, clock_boot_ms() - first);
	}
}

/* Both must end by themselves, soon. */
static inline int lab_reap(pid_t pid, struct lab_result *r)
{
	int64_t until = clock_boot_ms() + LAB_RUN_MS;
	struct rusage usage;
	int status = -1;

	/* A copy that did not come about: -1 is any child to wait4(2). */
	if (pid <= 0)
		return -1;
	while (wait4(pid, &status, WNOHANG, &usage) == 0) {
		if (clock_boot_ms() > until) {
			printf("# process %d had to be killed\n", (int)pid);
			process_signal(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -1;
		}
		usleep(1000);
	}
	r->cpu_ms += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
	return status;
}

static inline void lab_run(const struct lab_session *s, struct lab_result *out)
{
	int parent[2], queue[2], jobs[2], dialogue[2];
	struct lab_run_state x = { .s = s, .r = out };

	*out = (struct lab_result){ 0 };
	out->outcomes = mem_resize(NULL, LAB_OUTCOMES_MAX, sizeof *out->outcomes);
	x.total = s->message_count * (s->repeat ? s->repeat : 1);
	lab_pair(parent);
	lab_pair(queue);
	lab_pair(jobs);
	lab_pair(dialogue);
	int64_t begin = clock_boot_ms();
	x.smtp = lab_start("smtp", s, (int[ROLE_PLACES]){ parent[1], queue[1], jobs[0], dialogue[0] });
	x.esmtp = lab_start("esmtp", s, (int[ROLE_PLACES]){ -1, -1, jobs[1], dialogue[1] });
	close(parent[1]);
	close(queue[1]);
	close(jobs[0]);
	close(jobs[1]);
	close(dialogue[0]);
	close(dialogue[1]);
	struct channel *signetd = channel_new(parent[0]);
	lab_send_start(signetd, s);
	x.queue = channel_new(queue[0]);
	lab_send_session(x.queue, s);
	lab_pump(&x);
	out->ms = clock_boot_ms() - begin;
	channel_free(x.queue);
	out->smtp_status = lab_reap(x.smtp, out);
	out->esmtp_status = lab_reap(x.esmtp, out);
	channel_free(signetd);
}

static inline void lab_result_free(struct lab_result *r)
{
	for (size_t i = 0; i < r->outcome_count; i++)
		outcome_free(&r->outcomes[i]);
	free(r->outcomes);
	if (r->ready)
		session_ready_free(&r->ready_frame);
	if (r->ended)
		session_end_free(&r->end);
}

/* ---- what came of it ---- */

__attribute__((unused)) static const char *const lab_scopes[] = { "done", "unreachable", "refused", "tls", "auth", "lost",
	"unmet" };

static inline void lab_one(const struct recipient_outcome *o, struct buf *out)
{
	static const char kinds[] = { '=', 'T', 'P', 'Y' };

	buf_printf(out, "%c%s%s", kinds[o->reply.kind], o->reply.status, o->unknown ? "?" : "");
}

/*
 * "lost: =2.0.0,P5.1.1 T4.4.2?": the session's end, then outcomes in the order
 * they came, recipients by comma; '=' delivered, 'T' temporary, 'P' permanent,
 * '?' unknown.
 */
static inline void lab_summary(const struct lab_result *r, struct buf *out)
{
	buf_printf(out, "%s%s:", r->ready ? "" : "no ", r->ended ? lab_scopes[r->end.scope] : "silence");
	for (size_t i = 0; i < r->outcome_count; i++)
		for (size_t k = 0; k < r->outcomes[i].recipient_count; k++) {
			buf_add_byte(out, k ? ',' : ' ');
			lab_one(&r->outcomes[i].recipients[k], out);
		}
}

/* RFC 5321 section 4.5.2, written anew here. */
static inline void lab_wire_form(const struct lab_message *m, struct buf *out)
{
	struct buf whole = { 0 };

	buf_add_span(&whole, m->fields);
	buf_add_span(&whole, m->message);
	for (size_t i = 0; i < whole.len; i++) {
		bool starts = i == 0 || whole.at[i - 1] == '\n';
		if (starts && whole.at[i] == '.')
			buf_add_byte(out, '.');
		buf_add_byte(out, whole.at[i]);
	}
	buf_add_text(out, ".\r\n");
	buf_free(&whole);
}

#endif
