/*
 * ring - the keys the signer holds: decoded once at start, tried once, and
 * found again by the From domain of a message.
 *
 * A key that cannot sign stays in the ring with its fault: mail is worth more
 * unsigned than not sent, and each message says why it is.
 */
#ifndef RELAY_SIGNER_RING_H
#define RELAY_SIGNER_RING_H

#include "relay/protocol.h"
#include "sign/sign.h"

struct ring_key {
	char *domain, *selector;
	enum canon header, body;
	struct sign_key *key;     /* NULL: see fault */
	struct fault fault;
};

struct ring {
	struct ring_key *items;
	size_t count;
};

/* Decodes the key and signs a trial message, which makes OpenSSL load whatever it will ever need. */
void ring_add(struct ring *r, const struct signing_key *k);

/* The key of that configuration entry, or NULL. */
const struct ring_key *ring_find(const struct ring *r, const struct dkim_key *names);

void ring_free(struct ring *r);

#endif
