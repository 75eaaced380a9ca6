#include "relay/smtp/sasl.h"

#include <gsasl.h>
#include <stdlib.h>

enum { STEPS_MAX = 8, AUTH_WAIT_MS = 60 * 1000 };

struct sasl {
	Gsasl *library;
};

/* In order; CRAM-MD5 shows no password, which counts only where TLS does not hide it. */
static const struct {
	const char *name;
	bool client_first;
	bool only_in_clear, only_in_tls;
} mechanisms[] = {
	{ .name = "SCRAM-SHA-256", .client_first = true },
	{ .name = "SCRAM-SHA-1",   .client_first = true },
	{ .name = "CRAM-MD5",      .only_in_clear = true },
	{ .name = "PLAIN",         .client_first = true },
	{ .name = "LOGIN" },
	{ .name = "CRAM-MD5",      .only_in_tls = true },
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

void sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	gsasl_done(s->library);
	free(s);
}

enum verdict { ACCEPTED, NEXT_MECHANISM, FAILED };

static enum verdict our_trouble(struct server *server, const char *name, const char *what, struct fault *f)
{
	fault_set(f, FAULT_TEMPORARY, "4.7.8", "%s: AUTH %s: %s", server->relay, name, what);
	return FAILED;
}

/* One answer from libgsasl, base64, appended to line. Returns its result. */
static int answer(Gsasl_session *session, const char *challenge, struct buf *line)
{
	char *out = NULL;
	int result = gsasl_step64(session, challenge, &out);

	if (result == GSASL_OK || result == GSASL_NEEDS_MORE)
		buf_add_text(line, out ? out : "");
	gsasl_free(out);
	return result;
}

/* Challenges and answers until the server decides; *result is libgsasl's last word. */
static int converse(struct server *server, Gsasl_session *session, const char *step, int *result, struct fault *f)
{
	struct buf line = { 0 };
	int lost = 0;

	for (int i = 0; i < STEPS_MAX && lost == 0 && server->reader.reply.code == 334; i++) {
		buf_clear(&line);
		*result = answer(session, buf_text(&server->reader.reply.text), &line);
		if (*result != GSASL_OK && *result != GSASL_NEEDS_MORE) {
			buf_clear(&line);
			buf_add_text(&line, "*");   /* RFC 4954 section 4: cancel */
		}
		lost = server_ask(server, buf_text(&line), AUTH_WAIT_MS, step, f);
	}
	buf_free(&line);
	return lost;
}

static enum verdict judge(struct server *server, const char *name, const char *step, int result, struct fault *f)
{
	int code = server->reader.reply.code;

	if (code == 235 && result != GSASL_OK)
		return our_trouble(server, name, "the server did not prove that it knows the password", f);
	if (code == 235)
		return ACCEPTED;
	if (result != GSASL_OK && result != GSASL_NEEDS_MORE)
		return our_trouble(server, name, gsasl_strerror(result), f);
	server_refused(server, step, f);
	f->kind = FAULT_TEMPORARY;
	if (f->status[0] == '5')
		f->status[0] = '4';
	return code == 504 || code == 534 ? NEXT_MECHANISM : FAILED;
}

static enum verdict try_mechanism(struct sasl *s, struct server *server, size_t m, const char *user,
                                  const char *password, struct fault *f)
{
	const char *name = mechanisms[m].name;
	Gsasl_session *session = NULL;
	struct buf line = { 0 };
	char step[40] = "AUTH ";
	enum verdict verdict = FAILED;
	int result = gsasl_client_start(s->library, name, &session);

	if (result != GSASL_OK)
		return NEXT_MECHANISM;
	strncat(step, name, sizeof step - sizeof "AUTH ");
	gsasl_property_set(session, GSASL_AUTHID, user);
	gsasl_property_set(session, GSASL_PASSWORD, password);
	buf_printf(&line, "AUTH %s", name);
	result = GSASL_NEEDS_MORE;
	if (mechanisms[m].client_first) {
		buf_add_text(&line, " ");
		size_t before = line.len;
		result = answer(session, NULL, &line);
		if (line.len == before)
			buf_add_text(&line, "=");   /* RFC 4954: an empty initial response */
	}
	if (result != GSASL_OK && result != GSASL_NEEDS_MORE)
		verdict = our_trouble(server, name, gsasl_strerror(result), f);
	else if (server_ask(server, buf_text(&line), AUTH_WAIT_MS, step, f) == 0 &&
	         converse(server, session, step, &result, f) == 0)
		verdict = judge(server, name, step, result, f);
	explicit_bzero(line.at, line.cap);
	buf_free(&line);
	gsasl_finish(session);
	return verdict;
}

int sasl_authenticate(struct sasl *s, struct server *server, const char *user, const char *password,
                      struct fault *f)
{
	bool in_tls = wire_tls(server->wire) != NULL;

	fault_set(f, FAULT_TEMPORARY, "4.7.4", "%s: no AUTH mechanism in common; it offers%s", server->relay,
	          server->ehlo.auth[0] ? server->ehlo.auth : " none");
	for (size_t m = 0; m < MECHANISM_COUNT; m++) {
		if (in_tls ? mechanisms[m].only_in_clear : mechanisms[m].only_in_tls)
			continue;
		if (!ehlo_offers_auth(&server->ehlo, mechanisms[m].name))
			continue;
		enum verdict verdict = try_mechanism(s, server, m, user, password, f);
		if (verdict != NEXT_MECHANISM)
			return verdict == ACCEPTED ? 0 : -1;
	}
	return -1;
}
