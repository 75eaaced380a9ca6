/* SPDX-License-Identifier: ISC */
/*
 * smtp - the role that holds one session with one server: dials, greets, TLS,
 * AUTH; then carries what libesmtp says in the process beside it, and reports
 * what became of each recipient. Network, no files but roots' certificates.
 */
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/secret.h"
#include "relay/confine.h"
#include "relay/role.h"
#include "relay/route/hop.h"
#include "relay/smtp/hello.h"
#include "relay/smtp/pump.h"
#include "relay/smtp/secure.h"
#include "relay/smtp/transcript.h"
#include "relay/template.h"

#include <stdlib.h>
#include <sysexits.h>

enum {
	SESSION_FRAME_WAIT_MS = 60 * 1000,
	SETUP_MS = 30 * 60 * 1000,     /* all hosts and addresses together: the last has all that RFC 5321 allows */
	QUIT_WAIT_MS = 5 * 1000,
};

struct secrets {
	struct login *login;
	struct buf proxy;         /* the password there */
};

static void take_secret(void *context, const struct frame *frame)
{
	struct secrets *s = context;

	if (frame->type == FRAME_SECRET)
		buf_add_span(&s->login->secret, frame->payload);
	else if (frame->type == FRAME_PROXY_SECRET)
		buf_add_span(&s->proxy, frame->payload);
}

/* The queue's first frame says what this session is for. */
static void receive_session(struct channel *queue, struct session *out)
{
	struct frame frame = { .fd = -1 };
	int result = channel_receive(queue, &frame, clock_boot_ms() + SESSION_FRAME_WAIT_MS);

	if (result < 0)
		template_copy_end(EXIT_SUCCESS);
	if (result == 0 || frame.type != FRAME_SESSION || session_decode(frame.payload, out) < 0) {
		log_line(LOG_LEVEL_ERROR, "no session from the queue");
		template_copy_end(EX_PROTOCOL);
	}
	io_close(&frame.fd);
}

/* What every session starts from: the template makes it. */
struct means {
	struct secure_store certificates;
	struct sasl *sasl;        /* NULL where no smarthost has a user, or see fault */
	struct fault fault;
};

/*
 * What is read or opened late by a library is read now. Ends the process where it cannot be confined. True: something is
 * lacking, and once its owner has put it there, only another template sees it.
 */
static bool prepare_means(const struct settings *s, struct means *m)
{
	struct secure_paths late;
	struct fault f = { 0 };
	bool logs_in = false;

	secure_store_fill(s, &m->certificates, &late);
	for (size_t i = 0; i < s->smarthost_count; i++)
		logs_in |= s->smarthosts[i].user[0] != '\0';
	if (logs_in)
		m->sasl = sasl_new(&m->fault);
	memory_find_heap();
	if (confine(ROLE_SMTP, CONFINE_NETWORK | CONFINE_BIND | CONFINE_COPIES | (late.count > 0 ? CONFINE_FILES : 0),
	            late.paths, late.count, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(EX_TEMPFAIL);
	}
	bool lacks = m->fault.kind != FAULT_NONE || m->certificates.bare == NULL;
	for (size_t i = 0; i < m->certificates.roots_count; i++)
		lacks |= m->certificates.roots[i].tls == NULL;
	return lacks;
}

static int equip_hello(const struct means *m, const struct settings *s, struct hello *h, struct fault *f)
{
	const char *ca_file = h->session->ca_file[0] ? h->session->ca_file : s->ca_file;

	if (secure_is_wanted(h->session) && (h->tls = secure_context(&m->certificates, h->session, ca_file, f)) == NULL)
		return -1;
	if (h->login->user[0] && m->sasl == NULL) {
		*f = m->fault;
		return -1;
	}
	h->sasl = h->login->user[0] ? m->sasl : NULL;
	return 0;
}

static void send_ready(struct channel *queue, const struct server *server)
{
	struct buf summary = { 0 };
	struct session_ready ready = {
		.relay = server->relay, .host = (char *)(uintptr_t)server->at.server,
		.source = (char *)(uintptr_t)server->own_address, .tls = server->tls, .connections = server->connections,
		.capabilities = server->ehlo.capabilities, .size_limit = server->ehlo.size_limit,
		.rcpt_max = server->ehlo.rcpt_max,
	};
	struct buf payload = { 0 };
	const struct tls *tls = wire_tls(server->wire);

	if (tls) {
		tls_take_ticket(tls, &ready.ticket);
		tls_summarise(tls, &summary);
	} else {
		buf_add_text(&summary, "none");
	}
	ready.tls_summary = buf_take(&summary);
	session_ready_encode(&ready, &payload);
	channel_put(queue, FRAME_READY, buf_span(&payload), -1);
	secret_free(&payload);
	free(ready.tls_summary);
	tls_ticket_free(&ready.ticket);
}

static void send_end(struct channel *queue, const struct session_end *end)
{
	struct buf payload = { 0 };

	session_end_encode(end, &payload);
	channel_send(queue, FRAME_SESSION_END, buf_span(&payload), -1);
	buf_free(&payload);
}

/* Sets up and converses; the end has been sent to the queue when it returns. */
static void hold_session(const struct hello *h, struct patience *patience, struct channel *queue, size_t message_max)
{
	struct session_end end = { 0 };
	struct server server = { 0 };
	struct reply ignored;
	int64_t begin_ms = clock_boot_ms();

	patience->setup_until_ms = patience_until(patience, SETUP_MS);
	int result = hello_begin(h, &server, &end);
	patience->setup_until_ms = IO_FOREVER;
	if (result < 0) {
		send_end(queue, &end);
		server_free(&server);
		return;
	}
	/* LIMITS of the server; where it counts domains, every transaction has a session of its own. */
	size_t limit = server.ehlo.domain_max > 0 ? 1 : server.ehlo.mail_max;
	struct pump_setup setup = {
		.server = &server, .queue = queue, .jobs = channel_new(ROLE_FD_JOBS), .dialogue = ROLE_FD_DIALOGUE,
		.setup_ms = (uint32_t)(clock_boot_ms() - begin_ms),
		.message_max = limit > 0 && limit < message_max ? limit : message_max,
	};
	send_ready(queue, &server);
	pump_run(&setup, &end);
	end.connections = server.connections;
	send_end(queue, &end);
	transcript_begin(NULL);
	if (end.scope == SESSION_DONE)
		server_ask(&server, "QUIT", QUIT_WAIT_MS, STEP_QUIT, &ignored);
	channel_free(setup.jobs);
	server_free(&server);
}

/* Our own trouble, not the server's: the queue hears it as any other failed session. */
static void give_up_session(struct channel *queue, enum session_scope scope, const struct fault *f)
{
	struct session_end end = { .scope = scope, .reply = reply_of_fault(f, STEP_NONE, "") };

	log_line(LOG_LEVEL_ERROR, "%s", f->text);
	send_end(queue, &end);
}

int main(int argc, char **argv)
{
	static struct role_start start;
	static struct means means;
	static struct session session;
	struct login login = { 0 };
	struct secrets secrets = { .login = &login };
	struct proxy proxy = { 0 };
	struct fault f = { 0 };

	(void)argc;
	memory_expect_secrets();
	role_begin(ROLE_SMTP, argv, NULL, NULL, &start);
	bool lacks = prepare_means(&start.settings, &means);
	template_serve(argv, TEMPLATE_CONFINES, lacks, take_secret, &secrets, &start);
	receive_session(start.queue, &session);
	struct patience patience = {
		.scale = start.settings.time_scale, .setup_until_ms = IO_FOREVER,
		.ours = { start.parent ? ROLE_FD_PARENT : -1, ROLE_FD_QUEUE },
	};
	struct hello hello = { .session = &session, .patience = &patience, .login = &login,
		.mail_waits = !settings_have_no_queue(&start.settings) };
	const struct smarthost *hop = settings_smarthost(&start.settings, session.hop);
	struct hop_limits limits;
	hop_limits(&start.settings, hop, session.targets, session.target_count, &limits);
	login_begin(&login, hop, start.parent);
	/* A limit that is too low has been logged by signetd. */
	if (login.commanded || login.secret.len > 0 || secrets.proxy.len > 0)
		memory_lock_heap(&f);
	proxy.password = buf_span(&secrets.proxy);
	if (proxy_place_parse(span_of(hop_proxy(&start.settings, hop)), &proxy.place))
		hello.proxy = &proxy;
	if (session.transcript)
		transcript_begin(start.queue);
	if (equip_hello(&means, &start.settings, &hello, &f) < 0)
		give_up_session(start.queue, SESSION_TLS, &f);
	else if (login.user[0] && login_ask(&login, &f) < 0)
		give_up_session(start.queue, SESSION_AUTH, &f);
	else
		hold_session(&hello, &patience, start.queue, session.transcript ? 1 : limits.of[HOP_MESSAGES].most.count);
	login_free(&login);
	secret_free(&secrets.proxy);
	template_copy_end(EXIT_SUCCESS);
}
