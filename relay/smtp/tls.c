/* SPDX-License-Identifier: ISC */
#include "relay/smtp/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICKET_LIFE_MAX_S = 60 * 60 };

struct tls_context {
	SSL_CTX *ssl;
};

struct tls {
	SSL *ssl;
	enum tls_check_kind check;
	uint8_t terms[TLS_TERMS_BYTES];
	bool offers;
	bool heard_clear;        /* what came in place of the handshake is not TLS */
	SSL_SESSION *fresh;      /* what the server gave last */
	short wants;
};

static const char *last_error(void)
{
	static char text[256];
	unsigned long code = ERR_peek_last_error();

	ERR_error_string_n(code, text, sizeof text);
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	return reason ? reason : code ? text : "no reason given";
}

/* Called by OpenSSL with each ticket; 1: it is ours now. */
static int keep_fresh(SSL *ssl, SSL_SESSION *session)
{
	struct tls *t = SSL_get_app_data(ssl);

	SSL_SESSION_free(t->fresh);
	t->fresh = session;
	return 1;
}

int tls_context_new(const struct tls_roots *roots, struct tls_context **out, struct fault *f)
{
	struct tls_context *c = mem_alloc(sizeof *c);

	*out = NULL;
	c->ssl = SSL_CTX_new(TLS_client_method());
	if (c->ssl == NULL || SSL_CTX_dane_enable(c->ssl) != 1) {
		tls_context_free(c);
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "OpenSSL: %s", last_error());
	}
	SSL_CTX_set_min_proto_version(c->ssl, TLS1_2_VERSION);
	SSL_CTX_set_options(c->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(c->ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ssl, keep_fresh);
	if (roots && (roots->folder ? SSL_CTX_load_verify_dir(c->ssl, roots->folder)
	                            : SSL_CTX_load_verify_file(c->ssl, roots->bundle)) != 1) {
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot read certificates from ca_file %s: %s",
		          roots->folder ? roots->folder : roots->bundle, last_error());
		tls_context_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ssl);
	free(c);
}

static bool is_address(const char *name)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* False when OpenSSL can use none of the records: they are as unusable as those of unknown kinds. */
static bool expect_records(SSL *ssl, const struct tls_check *check)
{
	size_t added = 0;

	if (SSL_dane_enable(ssl, check->names[0]) != 1)
		abort();
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < check->tlsa_count; i++) {
		const struct tlsa *r = &check->tlsa[i];
		added += SSL_dane_tlsa_add(ssl, r->usage, r->selector, r->matching, r->data, r->len) == 1;
	}
	return added > 0;
}

/* OpenSSL itself keeps the terms with the session, whatever became of the ticket on its way. */
static bool offer_ticket(SSL *ssl, const struct tls_check *check)
{
	const unsigned char *at = (const unsigned char *)check->ticket->session.at;
	SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, (long)check->ticket->session.len);
	unsigned int len = 0;
	const unsigned char *terms = session ? SSL_SESSION_get0_id_context(session, &len) : NULL;
	bool offered = terms && len == TLS_TERMS_BYTES && memcmp(terms, check->terms, len) == 0 &&
	               SSL_SESSION_is_resumable(session) && SSL_set_session(ssl, session) == 1;

	SSL_SESSION_free(session);
	return offered;
}

struct tls *tls_new(struct tls_context *c, int fd, const struct tls_check *check)
{
	struct tls *t = mem_alloc(sizeof *t);

	t->check = check->kind;
	t->ssl = SSL_new(c->ssl);
	memcpy(t->terms, check->terms, sizeof t->terms);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1 ||
	    SSL_set_session_id_context(t->ssl, t->terms, sizeof t->terms) != 1)
		abort();
	SSL_set_app_data(t->ssl, t);
	if (!is_address(check->name))
		SSL_set_tlsext_host_name(t->ssl, check->name);
	if (t->check == TLS_CHECK_DANE && !expect_records(t->ssl, check))
		t->check = TLS_CHECK_NOTHING;
	if (t->check != TLS_CHECK_NOTHING) {
		X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
		X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		for (size_t i = 0; i < check->name_count; i++) {
			if (is_address(check->names[i]))
				X509_VERIFY_PARAM_set1_ip_asc(param, check->names[i]);
			else
				X509_VERIFY_PARAM_add1_host(param, check->names[i], 0);
		}
	}
	SSL_set_verify(t->ssl, t->check >= TLS_CHECK_CHAIN ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	SSL_set_connect_state(t->ssl);
	t->offers = check->ticket && offer_ticket(t->ssl, check);
	return t;
}

void tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_SESSION_free(t->fresh);
	SSL_free(t->ssl);
	free(t);
}

/* What OpenSSL says after a call that did not succeed, as errno; wants is set. */
static int errno_of_call(struct tls *t, int result)
{
	int saved = errno;

	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		t->wants = POLLIN;
		return EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		t->wants = POLLOUT;
		return EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return saved ? saved : ECONNRESET;
	default:
		/* Closed without a close_notify, as many servers do; a reply has an end of its own. */
		return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? 0 : EPROTO;
	}
}

static int handshake_fault(struct tls *t, int error, struct fault *f)
{
	/* OpenSSL looks at the record's version first. */
	t->heard_clear = error == EPROTO && ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_WRONG_VERSION_NUMBER;
	long verdict = SSL_get_verify_result(t->ssl);

	if (t->check >= TLS_CHECK_CHAIN && verdict != X509_V_OK)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "its certificate cannot be trusted: %s",
		                 X509_verify_cert_error_string(verdict));
	if (error == EPROTO)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "TLS handshake failed: %s", last_error());
	return fault_set(f, FAULT_TEMPORARY, "4.7.5", "TLS handshake failed: %s",
	                 error ? strerror(error) : "connection closed");
}

int tls_handshake(struct tls *t, struct fault *f)
{
	ERR_clear_error();
	errno = 0;
	t->wants = 0;
	int result = SSL_do_handshake(t->ssl);
	/* A resumed session says what its certificate was worth then. */
	if (result == 1 && t->check >= TLS_CHECK_CHAIN && SSL_get_verify_result(t->ssl) != X509_V_OK)
		return handshake_fault(t, 0, f);
	if (result == 1)
		return 1;
	int error = errno_of_call(t, result);
	return error == EAGAIN ? 0 : handshake_fault(t, error, f);
}

ssize_t tls_read(struct tls *t, void *into, size_t len)
{
	size_t done;

	ERR_clear_error();
	errno = 0;
	t->wants = 0;
	int result = SSL_read_ex(t->ssl, into, len, &done);
	if (result == 1)
		return (ssize_t)done;
	errno = errno_of_call(t, result);
	return errno ? -1 : 0;
}

ssize_t tls_write(struct tls *t, const void *bytes, size_t len)
{
	size_t done;

	ERR_clear_error();
	errno = 0;
	t->wants = 0;
	int result = SSL_write_ex(t->ssl, bytes, len, &done);
	if (result == 1)
		return (ssize_t)done;
	int error = errno_of_call(t, result);
	errno = error ? error : EPIPE;
	return -1;
}

/* The handshake is done, and the ticket was taken. */
static bool resumed(const struct tls *t)
{
	return SSL_session_reused(t->ssl);
}

bool tls_heard_clear(const struct tls *t)
{
	return t->heard_clear;
}

bool tls_may_blame_ticket(const struct tls *t)
{
	return t->offers && (t->check < TLS_CHECK_CHAIN || SSL_get_verify_result(t->ssl) == X509_V_OK);
}

/* How long all certificates that vouched are still valid; at most `most`. */
static long chain_life_s(const SSL *ssl, long most)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);

	for (int i = 0; i < sk_X509_num(chain); i++) {
		int days = 0, seconds = 0;
		if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(sk_X509_value(chain, i))) != 1)
			return 0;
		if (days < 1 && seconds < most)
			most = days < 0 ? 0 : seconds;
	}
	return most;
}

bool tls_take_ticket(const struct tls *t, struct tls_ticket *out)
{
	*out = (struct tls_ticket){ 0 };
	if (t->fresh == NULL || resumed(t) || !SSL_SESSION_is_resumable(t->fresh))
		return false;
	/* In TLS 1.3 a life of 0 is none (RFC 8446 section 4.6.1), in TLS 1.2 one that is not told (RFC 5077 section 5.6). */
	unsigned long told_s = SSL_SESSION_get_ticket_lifetime_hint(t->fresh);
	if (told_s == 0 && SSL_version(t->ssl) >= TLS1_3_VERSION)
		return false;
	long life_s = chain_life_s(t->ssl, told_s && told_s < TICKET_LIFE_MAX_S ? (long)told_s : TICKET_LIFE_MAX_S);
	int len = i2d_SSL_SESSION(t->fresh, NULL);
	if (life_s <= 0 || len <= 0 || len > TLS_TICKET_BYTES_MAX)
		return false;
	memcpy(out->terms, t->terms, sizeof out->terms);
	out->life_s = (uint32_t)life_s;
	buf_reserve(&out->session, (size_t)len);
	unsigned char *at = (unsigned char *)out->session.at;
	out->session.len = (size_t)i2d_SSL_SESSION(t->fresh, &at);
	return true;
}

short tls_wants(const struct tls *t)
{
	return t->wants;
}

bool tls_has_pending(const struct tls *t)
{
	return SSL_pending(t->ssl) > 0;    /* not SSL_has_pending(3): half a record may be all that comes for minutes */
}

const char *tls_doubt(const struct tls *t)
{
	long verdict = SSL_get_verify_result(t->ssl);

	return verdict == X509_V_OK ? NULL : X509_verify_cert_error_string(verdict);
}

enum tls_trust tls_trust(const struct tls *t)
{
	if (SSL_get0_peer_certificate(t->ssl) == NULL)
		return TLS_ANONYMOUS;
	return t->check == TLS_CHECK_NOTHING || tls_doubt(t) ? TLS_UNTRUSTED : TLS_VERIFIED;
}

const char *tls_trust_name(enum tls_trust trust)
{
	static const char *const names[] = {
		[TLS_ANONYMOUS] = "Anonymous", [TLS_UNTRUSTED] = "Untrusted", [TLS_VERIFIED] = "Verified",
	};

	return names[trust];
}

void tls_summarise(const struct tls *t, struct buf *out)
{
	buf_printf(out, "%s/", SSL_get_version(t->ssl));
	for (const char *c = tls_trust_name(tls_trust(t)); *c; c++)
		buf_add_byte(out, byte_lower(*c));
}

void tls_describe(const struct tls *t, struct buf *out)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(t->ssl);
	uint8_t usage, selector, matching;
	int algorithm_bits, bits = SSL_CIPHER_get_bits(cipher, &algorithm_bits);

	buf_printf(out, "%s with cipher %s (%d/%d bits)", SSL_get_version(t->ssl), SSL_CIPHER_get_name(cipher), bits,
	           algorithm_bits);
	if (t->check == TLS_CHECK_DANE &&
	    SSL_get0_dane_tlsa(t->ssl, &usage, &selector, &matching, NULL, NULL) >= 0)
		buf_printf(out, ", TLSA %u %u %u", usage, selector, matching);
	if (resumed(t))
		buf_add_text(out, ", resumed");
}

/* RFC 9266 section 2: this label, no context, this length. */
static const char exporter_label[] = "EXPORTER-Channel-Binding";
enum { EXPORTER_BYTES = 32, FINISHED_BYTES_MAX = 64 };

const char *tls_channel_binding(const struct tls *t, struct buf *out)
{
	unsigned char bytes[FINISHED_BYTES_MAX];

	if (SSL_version(t->ssl) >= TLS1_3_VERSION) {
		if (SSL_export_keying_material(t->ssl, bytes, EXPORTER_BYTES, exporter_label, sizeof exporter_label - 1, NULL, 0,
		                               1) != 1)
			return NULL;
		buf_add(out, bytes, EXPORTER_BYTES);
		return "tls-exporter";
	}
	/* The first Finished of the handshake: the server's where a session is resumed. */
	if (SSL_get_extms_support(t->ssl) != 1)
		return NULL;
	size_t len = SSL_session_reused(t->ssl) ? SSL_get_peer_finished(t->ssl, bytes, sizeof bytes)
	                                        : SSL_get_finished(t->ssl, bytes, sizeof bytes);
	if (len == 0 || len > sizeof bytes)
		return NULL;
	buf_add(out, bytes, len);
	return "tls-unique";
}

void tls_digest(struct span bytes, uint8_t out[TLS_TERMS_BYTES])
{
	if (EVP_Digest(bytes.at, bytes.len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void tls_close(struct tls *t)
{
	ERR_clear_error();
	SSL_shutdown(t->ssl);
}
