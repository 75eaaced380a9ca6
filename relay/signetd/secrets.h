/* SPDX-License-Identifier: ISC */
/*
 * secrets - the private keys and passwords the configuration names, read
 * while we may, and each handed to the one role that needs it.
 */
#ifndef RELAY_SIGNETD_SECRETS_H
#define RELAY_SIGNETD_SECRETS_H

#include "base/conf/settings.h"
#include "base/fault.h"

struct secrets {
	struct buf *keys;          /* PEM, as settings.dkim */
	struct buf *domainkeys;    /* beside it; empty where none is configured */
	struct buf *passphrases;   /* of both; empty where they are not encrypted */
	size_t key_count;
	struct buf *passwords;     /* as settings.smarthosts; empty without AUTH */
	struct buf *proxy_passwords;   /* of the proxies of smarthosts, in their order, then of mx_proxy; empty without one */
	size_t password_count;
};

/*
 * Reads all of them; each fault is appended to faults as a line. Returns how
 * many there were.
 */
size_t secrets_read(const struct settings *s, struct secrets *out, struct buf *faults);
void secrets_free(struct secrets *s);

/* The password of a smarthost, and that of the proxy before it or, for "", before MX hosts; empty when it has none. */
struct span secrets_password(const struct secrets *secrets, const struct settings *s, const char *smarthost);
struct span secrets_proxy_password(const struct secrets *secrets, const struct settings *s, const char *smarthost);

#endif
