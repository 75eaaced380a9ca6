/* SPDX-License-Identifier: ISC */
/*
 * ring - the keys the signer holds: decoded once at start, tried once, and
 * found again by their place in the settings.
 *
 * A key that cannot sign stays in the ring with its fault: mail is worth more
 * unsigned than not sent, and each message says why it is.
 */
#ifndef RELAY_SIGNER_RING_H
#define RELAY_SIGNER_RING_H

#include "relay/protocol.h"
#include "sign/sign.h"

struct ring_key {             /* for one scheme */
	struct sign_key *key;     /* NULL: see fault, or none is configured */
	struct fault fault;
};

struct ring_entry {           /* as settings.dkim */
	struct ring_key schemes[2];   /* by enum sign_scheme */
	bool given;
};

struct ring {
	struct ring_entry *items;
	size_t count;
	struct sign_fields *fields;   /* NULL: the default sets */
};

/* Before the keys. -1: a fault 4.3.5, the settings name fields that cannot be covered. */
int ring_begin(struct ring *r, const struct settings *s, struct fault *f);

/*
 * Decodes the key and signs a trial message with it, which makes OpenSSL load
 * whatever it will ever need. -1: the settings have no such key.
 */
int ring_add(struct ring *r, const struct settings *s, const struct signing_key *k);

/* NULL: that entry is to make no such signature. */
const struct ring_key *ring_find(const struct ring *r, const struct settings *s, size_t number,
                                 enum sign_scheme scheme);

/* How that entry signs for domain, which is borrowed as all else is. now_s negative leaves t= and x= out. */
void ring_options(const struct ring *r, const struct settings *s, size_t number, enum sign_scheme scheme,
                  const char *domain, int64_t now_s, struct sign_options *out);

void ring_free(struct ring *r);

#endif
