/* SPDX-License-Identifier: ISC */
#include "relay/smtp/sasl.h"

#include "base/secret.h"

#include <gsasl.h>
#include <stdlib.h>

enum { STEPS_MAX = 8, AUTH_WAIT_MS = 60 * 1000, ERROR_SHOWN_MAX = 200 };

struct sasl {
	Gsasl *library;
};

/* One exchange. */
struct exchange {
	const struct login *login;
	struct server *server;
	const char *name;         /* of the mechanism */
	Gsasl_session *session;   /* NULL where libgsasl does not speak: a token, LOGIN */
	int result;               /* libgsasl's last word */
	int answers;              /* given to challenges */
	struct buf error;         /* what a server says of a token that it does not take */
};

/* ---- tokens ---- */

static void make_oauthbearer(const struct login *l, struct buf *out)
{
	buf_add_text(out, "n,a=");
	/* RFC 5801 section 4: ',' and '=' of a name in a GS2 header. */
	for (const char *c = l->user; *c; c++) {
		if (*c == ',' || *c == '=')
			buf_printf(out, "=%02X", (unsigned)*c);
		else
			buf_add_byte(out, *c);
	}
	buf_add_text(out, ",\1");
	if (l->host[0])
		buf_printf(out, "host=%s\1port=%u\1", l->host, l->port);
	buf_add_text(out, "auth=Bearer ");
	buf_add_span(out, buf_span(&l->secret));
	buf_add_text(out, "\1\1");
}

static void make_xoauth2(const struct login *l, struct buf *out)
{
	buf_printf(out, "user=%s\1auth=Bearer ", l->user);
	buf_add_span(out, buf_span(&l->secret));
	buf_add_text(out, "\1\1");
}

/* ---- mechanisms ---- */

/* In order; CRAM-MD5 shows no password, which counts only where TLS does not hide it. */
static const struct mechanism {
	const char *name;
	bool client_first;
	bool only_in_clear, only_in_tls;
	bool bound;                                        /* to the TLS connection */
	bool by_order;                                     /* the user, then the password, whatever the challenges say */
	void (*make)(const struct login *l, struct buf *out);  /* a token's first and only message */
	const char *error_answer;                          /* to the error that comes in place of a refusal */
} mechanisms[] = {
	{ .name = "SCRAM-SHA-256-PLUS", .client_first = true, .only_in_tls = true, .bound = true },
	{ .name = "SCRAM-SHA-256",      .client_first = true },
	{ .name = "SCRAM-SHA-1-PLUS",   .client_first = true, .only_in_tls = true, .bound = true },
	{ .name = "SCRAM-SHA-1",        .client_first = true },
	{ .name = "CRAM-MD5",           .only_in_clear = true },
	{ .name = "PLAIN",              .client_first = true },
	{ .name = "LOGIN",              .by_order = true },
	{ .name = "CRAM-MD5",           .only_in_tls = true },
	{ .name = "OAUTHBEARER", .client_first = true, .make = make_oauthbearer, .error_answer = "AQ==" },   /* RFC 7628 3.2.3 */
	{ .name = "XOAUTH2",     .client_first = true, .make = make_xoauth2, .error_answer = "" },
};

enum { MECHANISM_COUNT = sizeof mechanisms / sizeof mechanisms[0] };

struct sasl *sasl_new(struct fault *f)
{
	struct sasl *s = mem_alloc(sizeof *s);
	int error = gsasl_init(&s->library);

	if (error == GSASL_OK)
		return s;
	fault_set(f, FAULT_TEMPORARY, "4.3.0", "libgsasl: %s", gsasl_strerror(error));
	free(s);
	return NULL;
}

/* ---- one exchange ---- */

enum verdict { ACCEPTED, NEXT_MECHANISM, REFUSED, FAILED };

static enum verdict our_trouble(const struct exchange *x, const char *what, struct reply *r)
{
	server_trouble(x->server, "4.7.8", STEP_AUTH, r, "AUTH %s: %s", x->name, what);
	return FAILED;
}

static void add_base64(struct buf *line, struct span bytes)
{
	char *out = NULL;
	size_t len = 0;

	if (gsasl_base64_to(bytes.at, bytes.len, &out, &len) != GSASL_OK)
		abort();
	buf_add(line, out, len);
	explicit_bzero(out, len);
	gsasl_free(out);
}

static bool exchange_goes_on(int result)
{
	return result == GSASL_OK || result == GSASL_NEEDS_MORE;
}

/* The next answer, base64, appended to line; challenge is NULL before the first. */
static void add_answer(struct exchange *x, const struct mechanism *m, const char *challenge, struct buf *line)
{
	if (m->by_order) {
		/* draft-murchison-sasl-login: prompts are for people, and servers have all kinds of them, in base64 or not. */
		int turn = x->answers++;
		x->result = turn < 2 ? GSASL_OK : GSASL_MECHANISM_CALLED_TOO_MANY_TIMES;
		if (turn < 2)
			add_base64(line, turn == 0 ? span_of(x->login->user) : buf_span(&x->login->secret));
	} else if (m->make == NULL) {
		char *out = NULL;
		x->result = gsasl_step64(x->session, challenge, &out);
		if (exchange_goes_on(x->result))
			buf_add_text(line, out ? out : "");
		gsasl_free(out);
	} else if (challenge) {
		x->result = GSASL_OK;
		buf_add_text(line, m->error_answer);
	} else {
		struct buf message = { 0 };
		x->result = GSASL_OK;
		buf_reserve(&message, x->login->secret.len + strlen(x->login->user) * 3 + strlen(x->login->host) + 64);
		m->make(x->login, &message);
		add_base64(line, buf_span(&message));
		secret_free(&message);
	}
}

/* RFC 7628 section 3.2.2: JSON, in base64, that says why. */
static void keep_error(struct exchange *x, const struct buf *challenge)
{
	char *out = NULL;
	size_t len = 0;

	if (gsasl_base64_from(challenge->at, challenge->len, &out, &len) != GSASL_OK)
		return;
	buf_clear(&x->error);
	buf_add(&x->error, out, len < ERROR_SHOWN_MAX ? len : ERROR_SHOWN_MAX);
	gsasl_free(out);
}

/* Challenges and answers until the server decides. -1: lost. */
static int answer_challenges(struct exchange *x, const struct mechanism *m, struct reply *r)
{
	const struct server_reply *reply = &x->server->reader.reply;
	struct buf line = { 0 };
	int lost = 0;

	buf_reserve(&line, 2 * x->login->secret.len + 2048);   /* as in run_exchange() */
	for (int i = 0; i < STEPS_MAX && lost == 0 && reply->code == 334; i++) {
		buf_clear(&line);
		if (m->make)
			keep_error(x, &reply->text);
		add_answer(x, m, buf_text(&x->server->reader.reply.text), &line);
		if (!exchange_goes_on(x->result)) {
			buf_clear(&line);
			buf_add_text(&line, "*");   /* RFC 4954 section 4: cancel */
		}
		lost = server_ask_secretly(x->server, buf_text(&line), buf_span(&line), AUTH_WAIT_MS, STEP_AUTH, r);
	}
	secret_free(&line);
	return lost;
}

static enum verdict judge_exchange(struct exchange *x, struct reply *r)
{
	int code = x->server->reader.reply.code;

	if (code == 235 && x->result != GSASL_OK)
		return our_trouble(x, "the server did not prove that it knows the password", r);
	if (code == 235)
		return ACCEPTED;
	if (!exchange_goes_on(x->result))
		return our_trouble(x, gsasl_strerror(x->result), r);
	server_refused(x->server, STEP_AUTH, r);
	reply_make_temporary(r);
	/* A mechanism that is on the list and then not wanted, or not known: some say so by the code of a wrong password. */
	bool of_mechanism = code == 504 || code == 534 || (code == 535 && strcasestr(r->text, "mechanism"));
	if (x->error.len > 0) {
		reply_append(r, "; it says ");
		reply_append(r, buf_text(&x->error));
	}
	if (of_mechanism)
		return NEXT_MECHANISM;
	return code / 100 == 5 ? REFUSED : FAILED;
}

static enum verdict run_exchange(struct exchange *x, const struct mechanism *m, struct reply *r)
{
	struct buf line = { 0 };
	enum verdict verdict = FAILED;

	buf_reserve(&line, 2 * x->login->secret.len + 2048);   /* one that grows leaves copies behind */
	buf_printf(&line, "AUTH %s", m->name);
	x->result = GSASL_NEEDS_MORE;
	size_t before = line.len;
	if (m->client_first) {
		buf_add_text(&line, " ");
		before = line.len;
		add_answer(x, m, NULL, &line);
		if (line.len == before)
			buf_add_text(&line, "=");   /* RFC 4954: an empty initial response */
	}
	if (!exchange_goes_on(x->result))
		verdict = our_trouble(x, gsasl_strerror(x->result), r);
	else if (server_ask_secretly(x->server, buf_text(&line), span_between(line.at + before, line.at + line.len),
	                             AUTH_WAIT_MS, STEP_AUTH, r) == 0 && answer_challenges(x, m, r) == 0)
		verdict = judge_exchange(x, r);
	secret_free(&line);
	return verdict;
}

/* ---- which ---- */

/* Tells libgsasl what binds the exchange to this connection. */
static bool set_binding(Gsasl_session *session, const struct server *server)
{
	struct buf bytes = { 0 }, text = { 0 };
	const char *type = wire_tls(server->wire) ? tls_channel_binding(wire_tls(server->wire), &bytes) : NULL;

	if (type) {
		add_base64(&text, buf_span(&bytes));
		gsasl_property_set(session, strcmp(type, "tls-unique") == 0 ? GSASL_CB_TLS_UNIQUE : GSASL_CB_TLS_EXPORTER,
		                   buf_text(&text));
	}
	secret_free(&bytes);
	secret_free(&text);
	return type != NULL;
}

static enum verdict try_password(struct sasl *s, struct exchange *x, const struct mechanism *m, struct reply *r)
{
	struct buf password = { 0 };

	if (gsasl_client_start(s->library, m->name, &x->session) != GSASL_OK)
		return NEXT_MECHANISM;
	enum verdict verdict = NEXT_MECHANISM;
	if (!m->bound || set_binding(x->session, x->server)) {
		buf_reserve(&password, x->login->secret.len + 1);
		buf_add_span(&password, buf_span(&x->login->secret));
		gsasl_property_set(x->session, GSASL_AUTHID, x->login->user);
		gsasl_property_set(x->session, GSASL_PASSWORD, buf_text(&password));
		verdict = run_exchange(x, m, r);
		secret_free(&password);
	}
	gsasl_finish(x->session);
	return verdict;
}

static bool is_allowed(const struct mechanism *m, const struct login *login)
{
	const struct text_list *only = login->mechanisms;

	for (size_t i = 0; only && i < only->count; i++)
		if (span_eq_nocase(span_of(only->items[i]), span_of(m->name)))
			return true;
	return only == NULL || only->count == 0;
}

enum sasl_result sasl_authenticate(struct sasl *s, struct server *server, const struct login *login, struct reply *r)
{
	bool in_tls = wire_tls(server->wire) != NULL;

	server_trouble(server, "4.7.4", STEP_AUTH, r, "no AUTH mechanism in common%s; it offers%s",
	               login->is_token ? " for a token (OAUTHBEARER, XOAUTH2)" : "",
	               server->ehlo.auth[0] ? server->ehlo.auth : " none");
	for (size_t i = 0; i < MECHANISM_COUNT; i++) {
		const struct mechanism *m = &mechanisms[i];
		if ((in_tls ? m->only_in_clear : m->only_in_tls) || login->is_token != (m->make != NULL) ||
		    !is_allowed(m, login) || !ehlo_offers_auth(&server->ehlo, m->name))
			continue;
		struct exchange x = { .login = login, .server = server, .name = m->name };
		bool by_us = m->make || m->by_order;
		enum verdict verdict = by_us ? run_exchange(&x, m, r) : try_password(s, &x, m, r);
		buf_free(&x.error);
		if (verdict != NEXT_MECHANISM)
			return verdict == ACCEPTED ? SASL_DONE : verdict == REFUSED ? SASL_REFUSED : SASL_FAILED;
	}
	return SASL_FAILED;
}
