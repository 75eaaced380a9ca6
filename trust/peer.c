/* SPDX-License-Identifier: ISC */
#include "trust/peer.h"

#include "base/sha256.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct peer {
	SSL_CTX *context;
	SSL *ssl;
	char *host;
};

void peer_chain_free(struct peer_chain *c)
{
	for (size_t i = 0; i < c->count; i++) {
		buf_free(&c->certificates[i]);
		buf_free(&c->keys[i]);
	}
	free(c->certificates);
	free(c->keys);
	free(c->doubt);
	*c = (struct peer_chain){ 0 };
}

static int fail(struct fault *f, const char *status, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return fault_set(f, FAULT_TEMPORARY, status, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}

struct peer *peer_new(int fd, const char *host, const char *roots, struct fault *f)
{
	struct peer *p = mem_alloc(sizeof *p);

	p->host = mem_text(host);
	p->context = SSL_CTX_new(TLS_client_method());
	if (p->context && roots && SSL_CTX_load_verify_file(p->context, roots) != 1)
		ERR_clear_error();               /* then nobody vouches for it, and that is told */
	p->ssl = p->context ? SSL_new(p->context) : NULL;
	if (p->ssl == NULL || SSL_set_fd(p->ssl, fd) != 1 || SSL_set_tlsext_host_name(p->ssl, host) != 1) {
		fail(f, "4.3.5", "TLS cannot begin");
		peer_free(p);
		return NULL;
	}
	SSL_set_verify(p->ssl, SSL_VERIFY_NONE, NULL);
	return p;
}

void peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	SSL_free(p->ssl);
	SSL_CTX_free(p->context);
	free(p->host);
	free(p);
}

static void add_der(struct buf *out, unsigned char *der, int len)
{
	if (len > 0)
		buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
}

static void take_chain(struct peer *p, struct peer_chain *out)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(p->ssl);
	X509 *own = SSL_get0_peer_certificate(p->ssl);
	int count = chain ? sk_X509_num(chain) : 0;
	struct tm tm = { 0 };

	out->certificates = mem_alloc((size_t)(count + 1) * sizeof *out->certificates);
	out->keys = mem_alloc((size_t)(count + 1) * sizeof *out->keys);
	for (int i = 0; i < count; i++) {
		unsigned char *der = NULL, *key = NULL;
		X509 *x = sk_X509_value(chain, i);
		int len = i2d_X509(x, &der), key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &key);
		add_der(&out->certificates[out->count], der, len);
		add_der(&out->keys[out->count++], key, key_len);
	}
	if (own && ASN1_TIME_to_tm(X509_get0_notAfter(own), &tm) == 1)
		out->expires_s = timegm(&tm);
	out->named = own && X509_check_host(own, p->host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
	long verdict = SSL_get_verify_result(p->ssl);
	out->vouched = verdict == X509_V_OK;
	out->doubt = mem_text(out->vouched ? "" : X509_verify_cert_error_string(verdict));
}

int peer_handshake(struct peer *p, short *events, struct peer_chain *out, struct fault *f)
{
	ERR_clear_error();
	int result = SSL_connect(p->ssl), error = SSL_get_error(p->ssl, result);

	if (result == 1) {
		take_chain(p, out);
		return 1;
	}
	*events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return 0;
	return fail(f, "4.7.5", "the TLS handshake fails");
}

/* ---- TLSA ---- */

static void add_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static void print_matched(const struct buf *der, unsigned matching, struct buf *out)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (matching == 1) {
		sha256(buf_span(der), digest);
		add_hex(out, digest, SHA256_BYTES);
	} else if (matching == 2 && EVP_Digest(der->at, der->len, digest, &len, EVP_sha512(), NULL) == 1) {
		add_hex(out, digest, len);
	} else if (matching == 0) {
		add_hex(out, (const uint8_t *)der->at, der->len);
	}
}

int peer_chain_fits(const struct peer_chain *c, const char *tlsa)
{
	unsigned usage, selector, matching;
	int at = 0, fits = 0;

	if (sscanf(tlsa, "%u %u %u %n", &usage, &selector, &matching, &at) != 3 || usage < 2 || usage > 3 || selector > 1 || matching > 2)
		return -1;
	for (size_t i = 0; i < c->count && (usage == 2 || i == 0); i++) {
		struct buf hex = { 0 };
		print_matched(selector ? &c->keys[i] : &c->certificates[i], matching, &hex);
		fits |= hex.len > 0 && strcmp(buf_text(&hex), tlsa + at) == 0;
		buf_free(&hex);
	}
	return fits;
}
