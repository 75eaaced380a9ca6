/* SPDX-License-Identifier: ISC */
/*
 * keyset - the configured keys as they would sign: for each entry of dkim its
 * key, and after it that of its DomainKeys signature. Each is read, its
 * pass phrase asked for, and tried.
 */
#ifndef SIGNET_KEYS_KEYSET_H
#define SIGNET_KEYS_KEYSET_H

#include "base/conf/settings.h"
#include "sign/sign.h"

enum keyset_state {
	KEYSET_USABLE,
	KEYSET_UNUSABLE,   /* fault says why and how to fix it */
	KEYSET_UNSEEN,     /* fault says why only signetd, or root, can tell */
};

struct keyset_key {
	const struct dkim_key *entry;   /* this and the texts are borrowed from the settings */
	enum sign_scheme scheme;
	const char *selector, *file;
	enum keyset_state state;
	struct sign_key *key;           /* owned; NULL unless usable */
	struct fault fault;
};

struct keyset {
	struct keyset_key *items;
	size_t count;
};

/* wanted, of the command line, is that name or NULL, which means any. */
bool keyset_is_wanted(const char *wanted, const char *name);

void keyset_read(const struct settings *s, struct keyset *out);
void keyset_free(struct keyset *k);

/* True where a key of RSA that can be used signs for the domain, or for the pattern. */
bool keyset_has_rsa(const struct keyset *k, const char *domain);

/* Appends what its owner should know of one that can be used; nothing where all is well. */
void keyset_warn(const struct keyset *all, const struct keyset_key *k, struct buf *out);

/* Appends "a of example.org, b of example.net": the configured selectors, for a person who has to choose one. */
void keyset_add_names(const struct settings *s, struct buf *out);

/* The names and files alone. */
void keyset_name(const struct settings *s, struct keyset *out);

/* The key of one of them, read now: state, key and fault. */
void keyset_open(struct keyset_key *k);

#endif
