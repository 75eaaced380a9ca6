/* SPDX-License-Identifier: ISC */
/*
 * secure - TLS on the connection to one host, as the demand has it: what its
 * certificate is checked by, the handshake with its deadline, and the log's
 * line that says what was proved and who asked for it.
 */
#ifndef RELAY_SMTP_SECURE_H
#define RELAY_SMTP_SECURE_H

#include "relay/protocol.h"
#include "relay/roots.h"
#include "relay/route/tls_demand.h"
#include "relay/smtp/server.h"

struct secure {
	const struct session *session;
	const struct target *target;
	const struct tls_demand *demand;
	struct tls_context *tls;
	bool afresh;             /* a full handshake, whatever tickets there are */
	bool blames_ticket;      /* set: it failed, and may not without the ticket */
	bool heard_clear;        /* set: it failed, since the server spoke in clear */
};

/* What the connection to target must be: by settings, by what was published, and by what the session needs. */
void secure_demand(const struct session *session, const struct target *target, struct tls_demand *out);

/* TLS may be spoken with some host of the session. */
bool secure_is_wanted(const struct session *session);

/* What is opened during a handshake: to be left readable by confine(). */
struct secure_paths {
	struct confine_path paths[ROOTS_PATHS_MAX];
	size_t count;
};

/* What sessions need and does not depend on them, read before the role confines itself. */
struct secure_store {
	struct tls_context *bare;             /* nobody vouches for anybody */
	struct fault fault;                   /* why there is not even that */
	struct secure_roots {
		const char *ca_file;              /* of the settings, borrowed; "" is the system's */
		struct tls_context *tls;          /* NULL: see fault */
		struct fault fault;
	} *roots;                             /* one for each ca_file that is set anywhere, and for what is meant without */
	size_t roots_count;
};

void secure_store_fill(const struct settings *s, struct secure_store *out, struct secure_paths *late);

/*
 * The context for a session, borrowed: with the roots of ca_file where the
 * certificate of some host is checked by them. Where that is only for the log,
 * the session does without. NULL: a fault.
 */
struct tls_context *secure_context(const struct secure_store *store, const struct session *session, const char *ca_file,
                                   struct fault *f);

/* 0: s speaks TLS from now on. -1: a fault 4.7.5 that names the host, who demanded what, and what was wrong. */
int secure_begin(struct secure *with, struct server *s, struct fault *f);

#endif
