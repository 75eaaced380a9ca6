#include "relay/smtp/hello.h"

#include "base/log.h"
#include "relay/smtp/dial.h"
#include "relay/smtp/secure.h"
#include "relay/smtp/transcript.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

/* RFC 5321 section 4.5.3.2 allows five minutes for most; a host that takes a minute will not do better in five. */
enum {
	CONNECT_WAIT_MS = 30 * 1000,
	CONNECT_NEXT_WAIT_MS = 10 * 1000,    /* where another host waits to be tried */
	GREETING_WAIT_MS = 60 * 1000,
	EHLO_WAIT_MS = 60 * 1000,
	STARTTLS_WAIT_MS = 60 * 1000,
	QUIT_WAIT_MS = 5 * 1000,
	ATTEMPTS_MAX = 20,
};

/* One attempt at one address. */
struct attempt {
	const struct hello *h;
	const struct target *target;
	const struct tls_demand *demand;
	const struct ip_address *address;
	int64_t connect_wait_ms;
	struct server *server;
	bool afresh;              /* resuming a TLS session was tried before and failed */
	bool clear;               /* TLS was tried before and failed */
	bool try_afresh;          /* set: a ticket was offered, and may be what broke it */
	bool try_clear;           /* set: it may be tried again in clear */
	enum session_scope scope;
	struct reply *reply;
};

static int failed(struct attempt *a, enum session_scope scope)
{
	a->scope = scope;
	return -1;
}

/* The members of a pool may have ports of their own. */
static uint16_t port_of(const struct session *s, const struct target *t)
{
	return t->port ? t->port : s->port;
}

static bool is_implicit(const struct attempt *a)
{
	return a->target->port ? a->target->implicit_tls : a->h->session->implicit_tls;
}

static bool tls_demanded(const struct attempt *a)
{
	return is_implicit(a) || tls_demand_is_firm(a->demand);
}

/* ---- greeting and EHLO ---- */

static int read_greeting(struct attempt *a)
{
	struct server *s = a->server;

	if (server_await(s, GREETING_WAIT_MS, STEP_CONNECTION, a->reply) < 0)
		return failed(a, SESSION_UNREACHABLE);
	if (s->reader.reply.code == 220)
		return 0;
	server_refused(s, STEP_CONNECTION, a->reply);
	return failed(a, SESSION_REFUSED);
}

static int greet(struct attempt *a, const char *verb)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s %s", verb, a->h->session->helo);
	int result = server_ask(a->server, buf_text(&line), EHLO_WAIT_MS, STEP_HELO, a->reply);
	buf_free(&line);
	return result < 0 ? failed(a, SESSION_UNREACHABLE) : 0;
}

static int say_hello(struct attempt *a)
{
	struct server *s = a->server;

	if (greet(a, "EHLO") < 0)
		return -1;
	if (reply_class(&s->reader.reply) == 2) {
		ehlo_parse(buf_span(&s->reader.reply.text), &s->ehlo);
		return 0;
	}
	/* RFC 5321 section 3.2: a server from before 1993. It can do nothing that was demanded. */
	bool helo = reply_class(&s->reader.reply) == 5 && !tls_demanded(a) && !a->h->login->user[0];
	if (helo && greet(a, "HELO") < 0)
		return -1;
	s->ehlo = (struct ehlo){ 0 };
	if (helo && reply_class(&s->reader.reply) == 2)
		return 0;
	server_refused(s, STEP_HELO, a->reply);
	return failed(a, SESSION_REFUSED);
}

/* ---- TLS ---- */

static int start_tls_now(struct attempt *a)
{
	struct secure with = { .session = a->h->session, .target = a->target, .demand = a->demand, .tls = a->h->tls,
	                       .afresh = a->afresh };

	struct fault f;

	if (secure_begin(&with, a->server, &f) == 0) {
		transcript_note("%s", a->server->tls);
		return 0;
	}
	*a->reply = reply_of_fault(&f, STEP_STARTTLS, a->server->relay);
	a->try_afresh = with.blames_ticket;
	a->try_clear = !tls_demanded(a);
	return failed(a, SESSION_TLS);
}

static int no_tls(struct attempt *a, const char *why)
{
	server_trouble(a->server, "4.7.5", STEP_STARTTLS, a->reply, "TLS is demanded (%s) and %s%s",
	               tls_demand_name(a->demand), why, tls_demand_hint(a->demand));
	return failed(a, SESSION_TLS);
}

static int tls_refused(struct attempt *a)
{
	struct reply refusal;
	struct buf said = { 0 };

	server_refused(a->server, STEP_STARTTLS, &refusal);
	reply_print_words(&refusal, &said);
	server_trouble(a->server, "4.7.5", STEP_STARTTLS, a->reply, "TLS is demanded (%s), and it refuses STARTTLS: %s%s",
	               tls_demand_name(a->demand), buf_text(&said), tls_demand_hint(a->demand));
	buf_free(&said);
	return failed(a, SESSION_TLS);
}

/* STARTTLS where it is wanted, and EHLO again. */
static int maybe_start_tls(struct attempt *a)
{
	struct server *s = a->server;

	if (is_implicit(a) || a->demand->level == TLS_NONE || a->clear)
		return 0;
	if (!(s->ehlo.capabilities & CAP_STARTTLS))
		return tls_demanded(a) ? no_tls(a, "it does not offer STARTTLS") : 0;
	if (server_ask(s, "STARTTLS", STARTTLS_WAIT_MS, STEP_STARTTLS, a->reply) < 0)
		return failed(a, SESSION_TLS);
	if (s->reader.reply.code != 220) {
		if (!tls_demanded(a))
			return 0;
		return tls_refused(a);
	}
	return start_tls_now(a) < 0 ? -1 : say_hello(a);
}

/* ---- what the messages need ---- */

static int unmet(struct attempt *a, const char *status, const char *what)
{
	struct reply ignored;

	reply_set(a->reply, FAULT_PERMANENT, status, STEP_HELO, a->server->relay, "%s: %s", a->server->relay, what);
	server_ask(a->server, "QUIT", QUIT_WAIT_MS, STEP_QUIT, &ignored);
	return failed(a, SESSION_UNMET);
}

static int meet_needs(struct attempt *a)
{
	const struct server *s = a->server;
	uint8_t needs = a->h->session->needs;

	if ((needs & NEED_TLS) && !(s->tls_verified && (s->ehlo.capabilities & CAP_REQUIRETLS)))
		return unmet(a, "5.7.30", "the message asks for REQUIRETLS (RFC 8689), which the server does not offer");
	if ((needs & NEED_UTF8) && !(s->ehlo.capabilities & CAP_SMTPUTF8))
		return unmet(a, "5.6.7", "the message needs SMTPUTF8 (UTF-8 in its header or an address), which the server does not "
		             "offer");
	return 0;
}

/* ---- AUTH ---- */

/* What a command printed may have expired since: once more with what it prints now. */
static enum sasl_result log_in(struct attempt *a)
{
	struct login *login = a->h->login;
	enum sasl_result result = sasl_authenticate(a->h->sasl, a->server, login, a->reply);
	struct buf why = { 0 };
	struct fault f;

	if (result != SASL_REFUSED || !login->commanded)
		return result;
	reply_print(a->reply, &why);
	log_line(LOG_LEVEL_WARNING, "%s; asking the command of smarthost %s for another", buf_text(&why), a->h->session->hop);
	buf_free(&why);
	if (login_ask(login, &f) == 0)
		return sasl_authenticate(a->h->sasl, a->server, login, a->reply);
	*a->reply = reply_of_fault(&f, STEP_AUTH, a->server->relay);
	return SASL_FAILED;
}

static int authenticate(struct attempt *a)
{
	const struct session *session = a->h->session;
	struct server *s = a->server;

	if (!a->h->login->user[0])
		return 0;
	if (!wire_tls(s->wire) && session->tls != TLS_NONE) {
		server_trouble(s, "4.7.11", STEP_AUTH, a->reply,
		               "no TLS, and the password is not sent in clear (only where tls = \"none\" is set)");
		return failed(a, SESSION_AUTH);
	}
	enum sasl_result result = log_in(a);
	if (result == SASL_DONE)
		return 0;
	struct buf why = { 0 };
	reply_print(a->reply, &why);
	log_line(LOG_LEVEL_ERROR, "AUTH failed; mail for %s waits: %s%s%s%s", session->hop, buf_text(&why),
	         result == SASL_REFUSED ? "; fix user or " : "", result == SASL_REFUSED ? login_setting(a->h->login) : "",
	         result == SASL_REFUSED ? " of that smarthost, then: signet queue flush" : "");
	buf_free(&why);
	return failed(a, SESSION_AUTH);
}

/* ---- attempts ---- */

static void own_address(int fd, char out[REPLY_SOURCE_MAX])
{
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof own;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&own;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&own;

	out[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return;
	if (own.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, out, REPLY_SOURCE_MAX);
	else if (own.ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, out, REPLY_SOURCE_MAX);
}

static char *relay_name(const struct attempt *a)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s[", a->target->host);
	ip_address_print(a->address, &name);
	buf_printf(&name, "]:%u", port_of(a->h->session, a->target));
	return buf_take(&name);
}

/* What judging this server's replies wants to know. */
static struct hearing hearing_of(const struct attempt *a)
{
	const struct session *session = a->h->session;

	return (struct hearing){
		.relay = a->server->relay, .server = a->target->host, .own_address = a->server->own_address,
		.own_name = session->helo, .smarthost = strcmp(session->hop, "mx") != 0, .has_login = a->h->login->user[0],
	};
}

/* On a connection that dialling made, or did not make. */
static int attempt(struct attempt *a, const struct dialled *call)
{
	struct server *s = a->server;

	a->try_afresh = a->try_clear = false;
	*s = (struct server){ .patience = a->h->patience, .relay = relay_name(a), .tls = mem_text("") };
	s->at = hearing_of(a);
	if (call->fd < 0) {
		*a->reply = reply_of_fault(&call->fault, STEP_CONNECTION, s->relay);
		reply_prefix(a->reply, "%s", s->relay);
		return failed(a, SESSION_UNREACHABLE);
	}
	own_address(call->fd, s->own_address);
	s->wire = wire_new(call->fd);
	transcript_note("connected to %s", s->relay);
	if (is_implicit(a) && start_tls_now(a) < 0)
		return -1;
	if (read_greeting(a) < 0 || say_hello(a) < 0 || maybe_start_tls(a) < 0 || meet_needs(a) < 0)
		return -1;
	return authenticate(a);
}

/* Which of two failures tells more: a refusal more than silence, a broken demand more than a refusal. */
static bool tells_more(enum session_scope scope, enum session_scope than)
{
	return scope > than;
}

/* No mail was spoken of yet: nothing that is said here is final for any, but that no host at all meets its needs. */
static void remember(struct session_end *end, enum session_scope scope, const struct reply *r)
{
	bool first = end->reply.kind == FAULT_NONE;
	bool final = scope == SESSION_UNMET && (first || end->reply.kind == FAULT_PERMANENT);

	if (first || tells_more(scope, end->scope))
		*end = (struct session_end){ .scope = scope, .reply = *r };
	if (!final)
		reply_make_temporary(&end->reply);
}

static void note(const struct attempt *a, const char *more)
{
	struct buf line = { 0 };

	reply_print(a->reply, &line);
	transcript_note("%s%s", buf_text(&line), more);
	if (more[0])
		log_line(LOG_LEVEL_WARNING, "%s%s", buf_text(&line), more);
	buf_free(&line);
}

/* The same address once more, since a connection that TLS has broken is of no use for anything. */
static int attempt_again(struct attempt *a, size_t index, const char *how)
{
	const struct session *s = a->h->session;
	struct dialling *d = dialling_new(a->target, &index, 1, port_of(s, a->target), a->connect_wait_ms, a->h->patience);
	struct dialled call;

	dialling_from(d, s->source);
	note(a, how);
	server_free(a->server);
	dialling_next(d, &call);
	dialling_free(d);
	return attempt(a, &call);
}

static int attempt_address(struct attempt *a, const struct dialled *call, struct session_end *end)
{
	int result = attempt(a, call);

	if (result < 0 && a->try_afresh) {
		a->afresh = true;
		result = attempt_again(a, call->index, "; trying a whole TLS handshake");
	}
	if (result < 0 && a->try_clear) {
		a->clear = true;
		result = attempt_again(a, call->index, "; trying in clear");
	}
	if (result < 0) {
		note(a, "");
		remember(end, a->scope, a->reply);
		server_free(a->server);
	}
	return result;
}

/* 0, or -1; *left counts what may still be tried. */
static int attempt_target(const struct hello *h, const struct target *t, bool last, size_t *left, struct server *out,
                          struct session_end *end)
{
	int64_t wait_ms = last ? CONNECT_WAIT_MS : CONNECT_NEXT_WAIT_MS;
	size_t *order = mem_resize(NULL, t->address_count + 1, sizeof *order);
	size_t count = t->address_count < *left ? t->address_count : *left;
	struct tls_demand demand;
	struct dialled call;
	int result = -1;

	secure_demand(h->session, t, &demand);
	if (demand.refused.kind != FAULT_NONE) {
		bool by_need = demand.refused.kind == FAULT_PERMANENT;
		struct reply refused = reply_of_fault(&demand.refused, STEP_STARTTLS, t->host);
		remember(end, by_need ? SESSION_UNMET : SESSION_TLS, &refused);
		count = 0;
	}
	dial_order(t, order);
	*left -= count;
	struct dialling *d = dialling_new(t, order, count, port_of(h->session, t), wait_ms, h->patience);
	dialling_from(d, h->session->source);
	while (result < 0 && end->scope != SESSION_AUTH && dialling_next(d, &call)) {
		struct reply r = { 0 };
		struct attempt a = { .h = h, .target = t, .demand = &demand, .address = &t->addresses[call.index],
		                     .connect_wait_ms = wait_ms, .server = out, .reply = &r };
		result = attempt_address(&a, &call, end);
	}
	dialling_free(d);
	free(order);
	return result;
}

int hello_begin(const struct hello *h, struct server *out, struct session_end *end)
{
	const struct session *s = h->session;
	size_t left = ATTEMPTS_MAX;
	int result = -1;

	*end = (struct session_end){ 0 };
	for (size_t i = 0; i < s->target_count && left > 0 && result < 0 && end->scope != SESSION_AUTH; i++)
		result = attempt_target(h, &s->targets[i], i + 1 == s->target_count, &left, out, end);
	if (result < 0 && end->reply.kind == FAULT_NONE) {
		end->scope = SESSION_UNREACHABLE;
		reply_set(&end->reply, FAULT_TEMPORARY, "4.4.4", STEP_CONNECTION, "", "no host of %s has an address",
		          s->domain[0] ? s->domain : s->hop);
	}
	if (result == 0)
		*end = (struct session_end){ 0 };
	return result;
}
