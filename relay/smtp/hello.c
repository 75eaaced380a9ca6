/* SPDX-License-Identifier: ISC */
#include "relay/smtp/hello.h"

#include "base/log.h"
#include "relay/smtp/dial.h"
#include "relay/smtp/secure.h"
#include "relay/smtp/transcript.h"

#include <stdio.h>
#include <stdlib.h>

/* RFC 5321 section 4.5.3.2, but where another waits to be tried. */
enum {
	CONNECT_WAIT_MS = 30 * 1000,
	CONNECT_NEXT_WAIT_MS = 10 * 1000,
	GREETING_WAIT_MS = 5 * 60 * 1000,
	GREETING_NEXT_WAIT_MS = 45 * 1000,
	GREETING_MORE_MS = 1000,             /* at least, when it is looked at again */
	EHLO_WAIT_MS = 5 * 60 * 1000,
	STARTTLS_WAIT_MS = 2 * 60 * 1000,
	RSET_WAIT_MS = 60 * 1000,
	QUIT_WAIT_MS = 5 * 1000,
	ATTEMPTS_MAX = 20,
	CONNECTIONS_MAX = 5,                 /* established, unless the session says otherwise */
};

/* One attempt at one address. */
struct attempt {
	const struct hello *h;
	struct search *search;
	const struct target *target;
	struct tls_demand demand;
	const struct ip_address *address;   /* NULL: the host by name, which the proxy looks up */
	size_t index;             /* of address */
	int64_t connect_wait_ms;
	int64_t greeting_until_ms;
	bool last;                /* nothing else waits to be tried */
	bool silent;              /* set: the greeting did not come, and it made way for the next */
	struct server *server;
	bool afresh;              /* resuming a TLS session was tried before and failed */
	bool clear;               /* TLS was tried before and failed */
	bool try_afresh;          /* set: a ticket was offered, and may be what broke it */
	bool try_clear;           /* set: it may be tried again in clear */
	char no_tls[REPLY_TEXT_MAX];   /* with clear: how TLS failed */
	enum session_scope scope;
	struct reply *reply;
};

/* The way through all hosts and addresses. */
struct search {
	const struct hello *h;
	struct server *out;
	struct session_end *end;
	size_t left;                   /* attempts */
	uint32_t connections, connections_max;
	bool proxy_failed;             /* and would for every other */
	struct buf refused;            /* own addresses that were not used, for a person */
	struct attempt silent;         /* the first that made way; it may still greet */
	struct server silent_server;   /* its wire is NULL: there is none */
};

/* 421 to anything is the session's end (RFC 5321 section 3.8), whatever was asked. */
static int attempt_failed(struct attempt *a, enum session_scope scope)
{
	a->scope = a->reply->code == 421 ? SESSION_REFUSED : scope;
	return -1;
}

static int attempt_refused(struct attempt *a, enum smtp_step step)
{
	server_refused(a->server, step, a->reply);
	return attempt_failed(a, SESSION_REFUSED);
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
	return is_implicit(a) || tls_demand_is_firm(&a->demand);
}

/* ---- greeting and EHLO ---- */

static int read_greeting(struct attempt *a)
{
	struct server *s = a->server;
	int64_t give_way_ms = patience_until(s->patience, GREETING_NEXT_WAIT_MS);
	int64_t until_ms = !a->last && give_way_ms < a->greeting_until_ms ? give_way_ms : a->greeting_until_ms;

	if (server_await_until(s, until_ms, STEP_CONNECTION, a->reply) < 0) {
		a->silent = s->late && !a->last;
		/* Where it waits for us to begin with TLS, nobody begins. */
		if (s->late && s->at.smarthost && !is_implicit(a))
			reply_append(a->reply, "; if that port speaks TLS from the first byte, as 465 does, set implicit_tls = true");
		return attempt_failed(a, SESSION_UNREACHABLE);
	}
	return s->reader.reply.code == 220 ? 0 : attempt_refused(a, STEP_CONNECTION);
}

static int send_greeting(struct attempt *a, const char *verb)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s %s", verb, a->h->session->helo);
	int result = server_ask(a->server, buf_text(&line), EHLO_WAIT_MS, STEP_HELO, a->reply);
	buf_free(&line);
	return result < 0 ? attempt_failed(a, SESSION_UNREACHABLE) : 0;
}

/* Some close once they have refused EHLO, and what they said to it is why. */
static int send_helo(struct attempt *a)
{
	struct reply refusal;
	struct buf said = { 0 };

	server_refused(a->server, STEP_HELO, &refusal);
	int result = send_greeting(a, "HELO");
	if (result < 0 && a->reply->code == 0) {
		reply_print_words(&refusal, &said);
		reply_prefix(a->reply, "EHLO refused (%s)", buf_text(&said));
	}
	buf_free(&said);
	return result;
}

static int say_hello(struct attempt *a)
{
	struct server *s = a->server;

	if (send_greeting(a, "EHLO") < 0)
		return -1;
	if (reply_class(&s->reader.reply) == 2) {
		ehlo_parse(buf_span(&s->reader.reply.text), &s->ehlo);
		if (a->h->session->step_by_step)
			s->ehlo.capabilities &= ~(uint32_t)CAP_PIPELINING;
		return 0;
	}
	/* RFC 5321 section 3.2: a server from before 1993. It can do nothing that was demanded. */
	bool helo = reply_class(&s->reader.reply) == 5 && !tls_demanded(a) && !a->h->login->user[0];
	if (helo && send_helo(a) < 0)
		return -1;
	s->ehlo = (struct ehlo){ 0 };
	if (helo && reply_class(&s->reader.reply) == 2)
		return 0;
	return attempt_refused(a, STEP_HELO);
}

/* ---- TLS ---- */

static int start_tls_now(struct attempt *a)
{
	struct secure with = { .session = a->h->session, .target = a->target, .demand = &a->demand, .tls = a->h->tls,
	                       .afresh = a->afresh };
	struct fault f;

	if (secure_begin(&with, a->server, &f) == 0) {
		transcript_note("%s", a->server->tls);
		return 0;
	}
	*a->reply = reply_of_fault(&f, STEP_STARTTLS, a->server->relay);
	if (with.heard_clear && is_implicit(a))
		reply_append(a->reply, "; what it says is not TLS: if that port begins in clear, as 587 does, set implicit_tls = false");
	a->try_afresh = with.blames_ticket;
	a->try_clear = !tls_demanded(a);
	snprintf(a->no_tls, sizeof a->no_tls, "%s", f.text);
	return attempt_failed(a, SESSION_TLS);
}

static int starttls_refused(struct attempt *a)
{
	struct server *s = a->server;
	struct reply refusal;
	struct buf said = { 0 };
	int result = 0;

	if (s->reader.reply.code == 421)
		return attempt_refused(a, STEP_STARTTLS);
	server_refused(s, STEP_STARTTLS, &refusal);
	reply_print_words(&refusal, &said);
	if (tls_demanded(a)) {
		server_trouble(s, "4.7.5", STEP_STARTTLS, a->reply, "TLS is demanded (%s), and it refuses STARTTLS: %s%s",
		               tls_demand_name(&a->demand), buf_text(&said), tls_demand_hint(&a->demand));
		result = attempt_failed(a, SESSION_TLS);
	} else {
		/* Some close after such a refusal: whether this one does is seen before any mail is spoken of. */
		snprintf(a->no_tls, sizeof a->no_tls, "%s refuses STARTTLS: %s", s->relay, buf_text(&said));
		if (server_ask(s, "RSET", RSET_WAIT_MS, STEP_RSET, a->reply) < 0) {
			a->try_clear = a->reply->code == 0;
			if (a->try_clear)
				reply_prefix(a->reply, "STARTTLS refused (%s)", buf_text(&said));
			result = attempt_failed(a, SESSION_UNREACHABLE);
		} else if (s->reader.reply.code == 421) {
			result = attempt_refused(a, STEP_RSET);
		} else {
			s->no_tls = mem_text(a->no_tls);
		}
	}
	buf_free(&said);
	return result;
}

/* STARTTLS where it is wanted, and EHLO again. */
static int maybe_start_tls(struct attempt *a)
{
	struct server *s = a->server;
	bool offered = s->ehlo.capabilities & CAP_STARTTLS;

	if (is_implicit(a) || a->demand.level == TLS_NONE || a->clear || (!offered && !tls_demanded(a)))
		return 0;
	if (!offered) {
		server_trouble(s, "4.7.5", STEP_STARTTLS, a->reply, "TLS is demanded (%s) and it does not offer STARTTLS%s",
		               tls_demand_name(&a->demand), tls_demand_hint(&a->demand));
		return attempt_failed(a, SESSION_TLS);
	}
	if (server_ask(s, "STARTTLS", STARTTLS_WAIT_MS, STEP_STARTTLS, a->reply) < 0)
		return attempt_failed(a, SESSION_TLS);
	if (s->reader.reply.code != 220)
		return starttls_refused(a);
	return start_tls_now(a) < 0 ? -1 : say_hello(a);
}

/* ---- what the messages need ---- */

static int meet_needs(struct attempt *a)
{
	struct server *s = a->server;
	uint8_t needs = a->h->session->needs;
	const char *status, *lacks;
	struct reply ignored;

	if ((needs & NEED_TLS) && !(s->tls_verified && (s->ehlo.capabilities & CAP_REQUIRETLS))) {
		status = "5.7.30";
		lacks = "the message asks for REQUIRETLS (RFC 8689), which the server does not offer";
	} else if ((needs & NEED_UTF8) && !(s->ehlo.capabilities & CAP_SMTPUTF8)) {
		status = "5.6.7";
		lacks = "the message needs SMTPUTF8 (UTF-8 in its header or an address), which the server does not offer";
	} else {
		return 0;
	}
	reply_set(a->reply, FAULT_PERMANENT, status, STEP_HELO, s->relay, "%s: %s", s->relay, lacks);
	server_ask(s, "QUIT", QUIT_WAIT_MS, STEP_QUIT, &ignored);
	return attempt_failed(a, SESSION_UNMET);
}

/* ---- AUTH ---- */

/* A server that closes after its last reply is found out before mail is asked for. */
static int stays_connected(struct attempt *a, enum smtp_step step)
{
	return server_stays(a->server, step, a->reply) == 0 ? 0 : attempt_failed(a, SESSION_UNREACHABLE);
}

/* What a command printed may have expired since: once more with what it prints now. */
static enum sasl_result attempt_login(struct attempt *a)
{
	struct login *login = a->h->login;
	enum sasl_result result = sasl_authenticate(a->h->sasl, a->server, login, a->reply);
	struct buf why = { 0 };
	struct fault f;

	if (result != SASL_REFUSED || !login->commanded)
		return result;
	reply_print(a->reply, &why);
	log_line(LOG_LEVEL_WARNING, "%s; asking the %s of smarthost %s for another", buf_text(&why),
	         login->by_oauth ? "token server" : "command", a->h->session->hop);
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
		return stays_connected(a, STEP_HELO);
	if (!wire_tls(s->wire) && session->tls != TLS_NONE) {
		server_trouble(s, "4.7.11", STEP_AUTH, a->reply,
		               "no TLS, and the password is not sent in clear (only where tls = \"none\" is set)");
		return attempt_failed(a, SESSION_AUTH);
	}
	enum sasl_result result = attempt_login(a);
	if (result == SASL_DONE)
		return stays_connected(a, STEP_AUTH);
	if (a->reply->code == 421)
		return attempt_failed(a, SESSION_AUTH);
	struct buf why = { 0 };
	reply_print(a->reply, &why);
	if (result == SASL_REFUSED) {
		buf_add_text(&why, "; ");
		login_remedy(a->h->login, session->hop, a->h->mail_waits, &why);
	}
	log_line(LOG_LEVEL_ERROR, "AUTH failed%s%s%s: %s", a->h->mail_waits ? "; mail for " : " at ", session->hop,
	         a->h->mail_waits ? " waits" : "", buf_text(&why));
	buf_free(&why);
	return attempt_failed(a, SESSION_AUTH);
}

/* ---- attempts ---- */

static int from_greeting_on(struct attempt *a)
{
	if (read_greeting(a) < 0 || say_hello(a) < 0 || maybe_start_tls(a) < 0 || meet_needs(a) < 0)
		return -1;
	return authenticate(a);
}

/* Where a proxy is set nothing goes past it, even if its addresses are lost. */
static bool is_proxied(const struct search *x)
{
	return x->h->proxy != NULL;
}

/* A smarthost is the proxy's to look up; of an MX, addresses are what DNSSEC and DANE were about. */
static bool is_by_name(const struct search *x, const struct target *t)
{
	struct ip_address literal;

	return is_proxied(x) && strcmp(x->h->session->hop, "mx") != 0 && !ip_address_parse(span_of(t->host), &literal);
}

/* As dialling_next(), for a target behind a proxy: always told of the one. */
static void call_by_proxy(struct search *x, const struct target *t, size_t index, int64_t wait_ms, struct dialled *out)
{
	const struct session *s = x->h->session;
	struct ip_address literal;
	const struct ip_address *address = index < t->address_count ? &t->addresses[index] : NULL;
	bool about_proxy;

	if (address == NULL && ip_address_parse(span_of(t->host), &literal))
		address = &literal;
	struct proxy_call c = { .proxy = x->h->proxy, .target = t, .address = is_by_name(x, t) ? NULL : address, .port = port_of(s, t),
	                        .source = s->source, .wait_ms = wait_ms, .patience = x->h->patience };
	*out = (struct dialled){ .index = index };
	out->fd = proxy_dial(&c, &out->fault, &about_proxy);
	x->proxy_failed |= out->fd < 0 && about_proxy;
}

/* "mx.example.org[192.0.2.1]:25"; through a proxy its name stands beside the address, or in its place. */
static char *name_relay(const struct attempt *a)
{
	struct buf out = { 0 };

	buf_printf(&out, "%s[", a->target->host);
	if (a->address)
		ip_address_print(a->address, &out);
	if (is_proxied(a->search)) {
		buf_add_text(&out, a->address ? "+" : "");
		proxy_print(a->h->proxy, &out);
	}
	buf_printf(&out, "]:%u", port_of(a->h->session, a->target));
	return buf_take(&out);
}

/* On a connection that dialling made, or did not make. */
static int attempt_address(struct attempt *a, const struct dialled *call)
{
	const struct session *session = a->h->session;
	struct server *s = a->server;
	struct ip_address own;
	struct buf from = { 0 };

	a->try_afresh = a->try_clear = a->silent = false;
	*s = (struct server){ .patience = a->h->patience, .relay = name_relay(a), .tls = mem_text("") };
	s->no_tls = a->clear ? mem_text(a->no_tls) : NULL;
	s->at = (struct hearing){
		.relay = s->relay, .server = a->target->host, .own_address = s->own_address, .own_name = session->helo,
		.smarthost = strcmp(session->hop, "mx") != 0, .has_login = a->h->login->user[0],
	};
	if (call->fd < 0) {
		*a->reply = reply_of_fault(&call->fault, STEP_CONNECTION, s->relay);
		reply_prefix(a->reply, "%s", s->relay);
		return attempt_failed(a, SESSION_UNREACHABLE);
	}
	a->search->connections++;
	/* What the server sees is the proxy's address, which nobody tells us. */
	if (!is_proxied(a->search) && ip_address_own(call->fd, &own))
		ip_address_print(&own, &from);
	snprintf(s->own_address, sizeof s->own_address, "%s", buf_text(&from));
	buf_free(&from);
	s->wire = wire_new(call->fd);
	transcript_note("connected to %s", s->relay);
	a->greeting_until_ms = patience_until(s->patience, GREETING_WAIT_MS);
	if (is_implicit(a) && start_tls_now(a) < 0)
		return -1;
	return from_greeting_on(a);
}

/*
 * No mail was spoken of yet: nothing that is said here is final for any, but that no host at all meets its needs. Of two
 * failures that of the higher scope tells more: a refusal more than silence, a broken demand more than a refusal.
 */
static void remember_failure(struct session_end *end, enum session_scope scope, const struct reply *r)
{
	bool first = end->reply.kind == FAULT_NONE;
	bool final = scope == SESSION_UNMET && (first || end->reply.kind == FAULT_PERMANENT);

	if (first || scope > end->scope)
		*end = (struct session_end){ .scope = scope, .reply = *r };
	if (!final)
		reply_make_temporary(&end->reply);
}

static void note_attempt(const struct attempt *a, const char *more)
{
	struct buf line = { 0 };

	reply_print(a->reply, &line);
	transcript_note("%s%s", buf_text(&line), more);
	if (more[0])
		log_line(LOG_LEVEL_WARNING, "%s%s", buf_text(&line), more);
	buf_free(&line);
}

static bool may_connect(const struct search *x)
{
	return x->connections < x->connections_max;
}

/* The same address once more, since a connection that TLS has broken is of no use for anything. */
static int attempt_again(struct attempt *a, const char *how)
{
	const struct session *s = a->h->session;
	struct dialled call;

	note_attempt(a, how);
	server_free(a->server);
	if (is_proxied(a->search)) {
		call_by_proxy(a->search, a->target, a->index, a->connect_wait_ms, &call);
	} else {
		struct dialling *d = dialling_new(a->target, &a->index, 1, port_of(s, a->target), a->connect_wait_ms, a->h->patience);
		dialling_from(d, s->source);
		dialling_next(d, &call);
		dialling_free(d);
	}
	return attempt_address(a, &call);
}

/* What a first try came to, and on another connection where TLS may be to blame. */
static int conclude_attempt(struct attempt *a, int result)
{
	struct search *x = a->search;

	if (result < 0 && a->try_afresh && may_connect(x)) {
		a->afresh = true;
		result = attempt_again(a, "; trying a full TLS handshake");
	}
	if (result < 0 && a->try_clear && may_connect(x)) {
		a->clear = true;
		result = attempt_again(a, "; trying in clear");
	}
	if (result == 0)
		return 0;
	note_attempt(a, "");
	remember_failure(x->end, a->scope, a->reply);
	/* A host that has made way is listened to again when no other was of use: the first such one. */
	if (a->silent && x->silent_server.wire == NULL) {
		x->silent = *a;
		x->silent_server = *a->server;
		*a->server = (struct server){ 0 };
	}
	server_free(a->server);
	return result;
}

static int listen_again(struct search *x)
{
	struct reply r = { 0 };
	struct attempt a = x->silent;
	int64_t least_ms = patience_until(x->h->patience, GREETING_MORE_MS);

	*x->out = x->silent_server;
	x->silent_server = (struct server){ 0 };
	x->out->at.own_address = x->out->own_address;
	a.server = x->out;
	a.reply = &r;
	a.last = true;
	a.silent = false;
	if (a.greeting_until_ms < least_ms)
		a.greeting_until_ms = least_ms;
	return conclude_attempt(&a, from_greeting_on(&a));
}

/* ---- all of them ---- */

static bool is_refused(const struct session *s, const struct ip_address *own)
{
	for (size_t i = 0; i < s->refused_count; i++)
		if (s->refused[i].family == own->family &&
		    memcmp(s->refused[i].bytes, own->bytes, own->family == 4 ? 4 : 16) == 0)
			return true;
	return false;
}

/* Addresses that would be dialled from one of ours that is refused there are not dialled. Returns how many are left. */
static size_t leave_out(struct search *x, const struct target *t, size_t *order, size_t count)
{
	const struct session *s = x->h->session;
	struct ip_address own;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		bool known = s->refused_count > 0 && dial_source(&t->addresses[order[i]], port_of(s, t), s->source, &own);
		if (!known || !is_refused(s, &own)) {
			order[kept++] = order[i];
			continue;
		}
		struct buf name = { 0 };
		ip_address_print(&own, &name);
		transcript_note("nothing is sent from %s, which the site refuses", buf_text(&name));
		if (x->refused.len == 0 || strstr(buf_text(&x->refused), buf_text(&name)) == NULL)
			buf_printf(&x->refused, "%s%s", x->refused.len ? ", " : "", buf_text(&name));
		buf_free(&name);
	}
	return kept;
}

static bool search_goes_on(const struct search *x)
{
	return x->end->scope != SESSION_AUTH && may_connect(x) && !x->proxy_failed;
}

static int attempt_target(struct search *x, const struct target *t, bool last)
{
	const struct session *s = x->h->session;
	int64_t wait_ms = last ? CONNECT_WAIT_MS : CONNECT_NEXT_WAIT_MS;
	size_t *order = mem_resize(NULL, t->address_count + 1, sizeof *order);
	bool proxied = is_proxied(x), by_name = is_by_name(x, t) || (proxied && t->address_count == 0);
	struct tls_demand demand;
	struct dialled call;
	size_t count = 0, told = 0, called = 0;
	int result = -1;

	secure_demand(s, t, &demand);
	dial_order(t, order);
	if (demand.refused.kind == FAULT_NONE) {
		/* Of the addresses that a proxy sends from we know none. */
		count = proxied ? t->address_count : leave_out(x, t, order, t->address_count);
		if (by_name) {
			order[0] = t->address_count;
			count = 1;
		}
	} else {
		/* A host that is not to be used has no addresses to dial. */
		struct reply refused = reply_of_fault(&demand.refused, STEP_STARTTLS, t->host);
		remember_failure(x->end, demand.refused.kind == FAULT_PERMANENT ? SESSION_UNMET : SESSION_TLS, &refused);
	}
	count = count < x->left ? count : x->left;
	x->left -= count;
	struct dialling *d = dialling_new(t, order, proxied ? 0 : count, port_of(s, t), wait_ms, x->h->patience);
	dialling_from(d, s->source);
	while (result < 0 && search_goes_on(x) && (proxied ? called < count : dialling_next(d, &call))) {
		if (proxied)
			call_by_proxy(x, t, order[called++], wait_ms, &call);
		struct reply r = { 0 };
		struct attempt a = { .h = x->h, .search = x, .target = t, .demand = demand,
		                     .address = call.index < t->address_count ? &t->addresses[call.index] : NULL, .index = call.index, .connect_wait_ms = wait_ms, .server = x->out, .reply = &r };
		a.last = (last && ++told == count) || x->connections + 1 == x->connections_max;
		result = conclude_attempt(&a, attempt_address(&a, &call));
	}
	dialling_free(d);
	free(order);
	return result;
}

/* No host was of use, and nothing has been said yet or what was said does not say why. */
static void explain_end(struct search *x)
{
	const struct session *s = x->h->session;
	struct session_end *end = x->end;
	const char *where = s->domain[0] ? s->domain : s->hop;
	bool nothing = end->reply.kind == FAULT_NONE;

	if (x->refused.len > 0 && x->connections == 0 && (nothing || end->scope == SESSION_UNREACHABLE)) {
		struct reply before = end->reply;
		end->scope = SESSION_UNREACHABLE;
		end->none_left = true;
		reply_set(&end->reply, FAULT_TEMPORARY, "4.4.1", STEP_CONNECTION, "",
		          "no address is left to send to %s from; refused there: %.200s%s%s", where, buf_text(&x->refused),
		          nothing ? "" : "; ", before.text);
	} else if (nothing) {
		end->scope = SESSION_UNREACHABLE;
		reply_set(&end->reply, FAULT_TEMPORARY, "4.4.4", STEP_CONNECTION, "", "no host of %s has an address", where);
	}
}

int hello_begin(const struct hello *h, struct server *out, struct session_end *end)
{
	const struct session *s = h->session;
	struct search x = {
		.h = h, .out = out, .end = end, .left = ATTEMPTS_MAX,
		.connections_max = s->connections_max ? s->connections_max : CONNECTIONS_MAX,
	};
	int result = -1;

	*end = (struct session_end){ 0 };
	for (size_t i = 0; i < s->target_count && x.left > 0 && result < 0 && search_goes_on(&x); i++)
		result = attempt_target(&x, &s->targets[i], i + 1 == s->target_count);
	if (result < 0 && x.silent_server.wire && end->scope != SESSION_AUTH)
		result = listen_again(&x);
	if (result < 0)
		explain_end(&x);
	else
		*end = (struct session_end){ 0 };
	end->connections = x.connections;
	if (result == 0)
		out->connections = x.connections;
	server_free(&x.silent_server);
	buf_free(&x.refused);
	return result;
}
