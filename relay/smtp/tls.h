/* SPDX-License-Identifier: ISC */
/*
 * tls - TLS for one connection as a client, never waiting. Of the roles
 * only this module knows OpenSSL.
 *
 * Certificates are read when the context is made, so that a confined process
 * opens no file. Names are checked as RFC 6125 says, without partial
 * wildcards; TLS 1.2 is the least. DANE is checked as RFC 7672 section 3 says:
 * with DANE-EE(3) the record alone counts, neither name nor date; with
 * DANE-TA(2) the name counts too.
 *
 * A session is resumed with a ticket of the same terms only; where the server
 * does not take it, the handshake is a full one and checks as ever. What a
 * resumed session hands out is not kept: it would carry on what a certificate
 * once proved, for ever, and no certificate would be checked again.
 */
#ifndef RELAY_SMTP_TLS_H
#define RELAY_SMTP_TLS_H

#include "base/buf.h"
#include "base/fault.h"
#include "dns/tlsa.h"
#include "relay/tls_ticket.h"

#include <sys/types.h>

struct tls_context;
struct tls;

/* Where the CA certificates are: a folder, read when one is needed, or a bundle, read at once. */
struct tls_roots {
	const char *folder, *bundle;    /* one of them; the other is NULL */
};

/* roots: NULL where none is to vouch. -1 with a fault 4.3.5 when they cannot be read; *out is NULL then. */
int tls_context_new(const struct tls_roots *roots, struct tls_context **out, struct fault *f);
void tls_context_free(struct tls_context *c);

enum tls_check_kind {
	TLS_CHECK_NOTHING,
	TLS_CHECK_AND_TELL,      /* chain and name are looked at; the handshake goes on, and tls_doubt says what is wrong */
	TLS_CHECK_CHAIN,         /* chain and name must be right */
	TLS_CHECK_DANE,          /* one of tlsa must match; names[0] is who owns the records */
};

struct tls_check {
	enum tls_check_kind kind;
	const char *name;             /* sent as SNI where it is not an address */
	const char *const *names;     /* any of them may be in the certificate */
	size_t name_count;
	const struct tlsa *tlsa;
	size_t tlsa_count;
	uint8_t terms[TLS_TERMS_BYTES];     /* relay/smtp/terms.h */
	const struct tls_ticket *ticket;    /* NULL: a full handshake; one of other terms is not used */
};

struct tls *tls_new(struct tls_context *c, int fd, const struct tls_check *check);
void tls_free(struct tls *t);

/* The handshake has failed, and a ticket that was offered may be why: it was not the certificate. */
bool tls_may_blame_ticket(const struct tls *t);

/* The handshake has failed, since the server said something in clear. */
bool tls_heard_clear(const struct tls *t);

/*
 * What the server gave for the next session, once something was read after the handshake. False, and *out holds
 * nothing, where there is none to be kept. It lives no longer than the server says, the certificates that were
 * checked, and an hour.
 */
bool tls_take_ticket(const struct tls *t, struct tls_ticket *out);

/* 1 done, 0 call again when tls_wants, -1 with a fault 4.7.5 that says why. */
int tls_handshake(struct tls *t, struct fault *f);

/* As read(2) and write(2): -1 with EAGAIN to be called again when tls_wants, else EPROTO or what the socket said. */
ssize_t tls_read(struct tls *t, void *into, size_t len);
ssize_t tls_write(struct tls *t, const void *bytes, size_t len);

/* POLLIN and POLLOUT bits beyond what the caller waits for anyway. */
short tls_wants(const struct tls *t);

/* Bytes were decrypted already: poll(2) does not know of them. */
bool tls_has_pending(const struct tls *t);

/* What the handshake proved, in Postfix's words. */
enum tls_trust {
	TLS_ANONYMOUS,           /* there was no certificate */
	TLS_UNTRUSTED,           /* there was one, and nothing to check it by */
	TLS_VERIFIED,            /* it is the one that was asked for */
};

enum tls_trust tls_trust(const struct tls *t);
const char *tls_trust_name(enum tls_trust trust);

/* With TLS_CHECK_AND_TELL: why it would not have been good enough; NULL when it would. */
const char *tls_doubt(const struct tls *t);

/* "TLSv1.3/verified" appended: the log's tls= */
void tls_summarise(const struct tls *t, struct buf *out);

/*
 * "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)" appended, then ", TLSA 3 1 1" where one matched, or
 * ", resumed".
 */
void tls_describe(const struct tls *t, struct buf *out);

/*
 * What binds AUTH to this connection (RFC 5056): its type's name, and the
 * bytes appended. NULL where this TLS version has none that is safe.
 * "tls-exporter" (RFC 9266) in TLS 1.3, "tls-unique" (RFC 5929) in TLS 1.2 with extended master secret (RFC 7627).
 */
const char *tls_channel_binding(const struct tls *t, struct buf *out);

/* SHA-256. */
void tls_digest(struct span bytes, uint8_t out[TLS_TERMS_BYTES]);

/* Tells the peer that this is the end. */
void tls_close(struct tls *t);

#endif
