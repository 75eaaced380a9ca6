#include "relay/smtp/hello.h"

#include "base/log.h"
#include "relay/smtp/dial.h"
#include "relay/smtp/secure.h"
#include "relay/smtp/transcript.h"

#include <stdlib.h>

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
	struct fault *fault;
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

	if (server_await(s, GREETING_WAIT_MS, "the greeting", a->fault) < 0)
		return failed(a, SESSION_UNREACHABLE);
	if (s->reader.reply.code == 220)
		return 0;
	server_refused(s, "the connection", a->fault);
	return failed(a, SESSION_REFUSED);
}

static int greet(struct attempt *a, const char *verb)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s %s", verb, a->h->session->helo);
	int result = server_ask(a->server, buf_text(&line), EHLO_WAIT_MS, verb, a->fault);
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
	const char *verb = helo ? "HELO" : "EHLO";
	if (helo && greet(a, verb) < 0)
		return -1;
	s->ehlo = (struct ehlo){ 0 };
	if (helo && reply_class(&s->reader.reply) == 2)
		return 0;
	server_refused(s, verb, a->fault);
	return failed(a, SESSION_REFUSED);
}

/* ---- TLS ---- */

static int start_tls_now(struct attempt *a)
{
	struct secure with = { .session = a->h->session, .target = a->target, .demand = a->demand, .tls = a->h->tls,
	                       .afresh = a->afresh };

	if (secure_begin(&with, a->server, a->fault) == 0) {
		transcript_note("%s", a->server->tls);
		return 0;
	}
	a->try_afresh = with.blames_ticket;
	a->try_clear = !tls_demanded(a);
	return failed(a, SESSION_TLS);
}

static int no_tls(struct attempt *a, const char *why)
{
	fault_set(a->fault, FAULT_TEMPORARY, "4.7.5", "%s: TLS is demanded (%s) and %s%s", a->server->relay,
	          tls_demand_name(a->demand), why, tls_demand_hint(a->demand));
	return failed(a, SESSION_TLS);
}

static int tls_refused(struct attempt *a)
{
	struct fault reply;

	server_refused(a->server, "STARTTLS", &reply);
	fault_set(a->fault, FAULT_TEMPORARY, "4.7.5", "%s: TLS is demanded (%s): %s%s", a->server->relay,
	          tls_demand_name(a->demand), reply.text, tls_demand_hint(a->demand));
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
	if (server_ask(s, "STARTTLS", STARTTLS_WAIT_MS, "STARTTLS", a->fault) < 0)
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
	struct fault ignored;

	fault_set(a->fault, FAULT_PERMANENT, status, "%s: %s", a->server->relay, what);
	server_ask(a->server, "QUIT", QUIT_WAIT_MS, "QUIT", &ignored);
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
	enum sasl_result result = sasl_authenticate(a->h->sasl, a->server, login, a->fault);

	if (result != SASL_REFUSED || !login->commanded)
		return result;
	log_line(LOG_LEVEL_WARNING, "%s; asking the command of smarthost %s for another", a->fault->text, a->h->session->hop);
	return login_ask(login, a->fault) < 0 ? SASL_FAILED : sasl_authenticate(a->h->sasl, a->server, login, a->fault);
}

static int authenticate(struct attempt *a)
{
	const struct session *session = a->h->session;
	struct server *s = a->server;

	if (!a->h->login->user[0])
		return 0;
	if (!wire_tls(s->wire) && session->tls != TLS_NONE) {
		fault_set(a->fault, FAULT_TEMPORARY, "4.7.11",
		          "%s: no TLS, and the password is not sent in clear (only where tls = \"none\" is set)", s->relay);
		return failed(a, SESSION_AUTH);
	}
	enum sasl_result result = log_in(a);
	if (result == SASL_DONE)
		return 0;
	log_line(LOG_LEVEL_ERROR, "AUTH failed; mail for %s waits: %s%s%s%s", session->hop, a->fault->text,
	         result == SASL_REFUSED ? "; mend user or " : "", result == SASL_REFUSED ? login_setting(a->h->login) : "",
	         result == SASL_REFUSED ? " of that smarthost, then: signet queue flush" : "");
	return failed(a, SESSION_AUTH);
}

/* ---- attempts ---- */

static char *relay_name(const struct attempt *a)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s[", a->target->host);
	ip_address_print(a->address, &name);
	buf_printf(&name, "]:%u", port_of(a->h->session, a->target));
	return buf_take(&name);
}

/* On a connection that dialling made, or did not make. */
static int attempt(struct attempt *a, const struct dialled *call)
{
	struct server *s = a->server;

	a->try_afresh = a->try_clear = false;
	*s = (struct server){ .patience = a->h->patience, .relay = relay_name(a), .tls = mem_text("") };
	if (call->fd < 0) {
		*a->fault = call->fault;
		fault_prefix(a->fault, "%s", s->relay);
		return failed(a, SESSION_UNREACHABLE);
	}
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
static void remember(struct session_end *end, const char *relay, enum session_scope scope, const struct fault *f)
{
	bool first = end->fault.kind == FAULT_NONE;
	bool final = scope == SESSION_UNMET && (first || end->fault.kind == FAULT_PERMANENT);

	if (first || tells_more(scope, end->scope)) {
		free(end->relay);
		*end = (struct session_end){ .scope = scope, .fault = *f, .relay = mem_text(relay) };
	}
	if (!final)
		fault_make_temporary(&end->fault);
}

/* The same address once more, since a connection that TLS has broken is of no use for anything. */
static int attempt_again(struct attempt *a, size_t index, const char *how)
{
	const struct session *s = a->h->session;
	struct dialling *d = dialling_new(a->target, &index, 1, port_of(s, a->target), a->connect_wait_ms, a->h->patience);
	struct dialled call;

	dialling_from(d, s->source);
	log_line(LOG_LEVEL_WARNING, "%s; trying %s", a->fault->text, how);
	transcript_note("%s; trying %s", a->fault->text, how);
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
		result = attempt_again(a, call->index, "a whole TLS handshake");
	}
	if (result < 0 && a->try_clear) {
		a->clear = true;
		result = attempt_again(a, call->index, "in clear");
	}
	if (result < 0) {
		transcript_note("%s", a->fault->text);
		remember(end, a->server->relay, a->scope, a->fault);
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
		remember(end, t->host, by_need ? SESSION_UNMET : SESSION_TLS, &demand.refused);
		count = 0;
	}
	dial_order(t, order);
	*left -= count;
	struct dialling *d = dialling_new(t, order, count, port_of(h->session, t), wait_ms, h->patience);
	dialling_from(d, h->session->source);
	while (result < 0 && end->scope != SESSION_AUTH && dialling_next(d, &call)) {
		struct fault f = { 0 };
		struct attempt a = { .h = h, .target = t, .demand = &demand, .address = &t->addresses[call.index],
		                     .connect_wait_ms = wait_ms, .server = out, .fault = &f };
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
	if (result < 0 && end->fault.kind == FAULT_NONE) {
		end->scope = SESSION_UNREACHABLE;
		end->relay = mem_text("");
		fault_set(&end->fault, FAULT_TEMPORARY, "4.4.4", "no host of %s has an address", s->domain[0] ? s->domain : s->hop);
	}
	if (result == 0) {
		free(end->relay);
		*end = (struct session_end){ 0 };
	}
	return result;
}
