/* SPDX-License-Identifier: ISC */
/*
 * records - the TXT records that a configuration needs in DNS: DKIM and
 * DomainKeys keys (RFC 6376 section 3.6, RFC 4870), the DomainKeys policy, a
 * DMARC record to begin with (RFC 9989), and SPF (signet/keys/senders.h); and
 * the forms they are printed in.
 *
 * A key "example.org" has its records there. Those of "*.example.org" and "*"
 * are needed by each domain that signs: they are told as notes, with DOMAIN in
 * the place of the name, until one is asked for.
 */
#ifndef SIGNET_KEYS_RECORDS_H
#define SIGNET_KEYS_RECORDS_H

#include "base/conf/settings.h"
#include "sign/sign.h"

#include <stdio.h>

enum { RECORDS_TTL_S = 3600 };

enum record_kind { RECORD_DKIM, RECORD_DOMAINKEYS, RECORD_POLICY, RECORD_DMARC, RECORD_SPF, RECORD_REVOCATION };

struct record {
	enum record_kind kind;
	char *name;              /* no final dot */
	char *value;             /* one line */
	struct sign_key *key;    /* of the two that publish one; else NULL */
	char *replaces;          /* of SPF: the published one in whose place it comes; NULL: there is none */
};

struct records {
	struct record *items;
	size_t count;
	struct text_list notes;  /* a line each */
};

/* Of the two that have a key. */
enum sign_scheme record_scheme(enum record_kind kind);

void records_free(struct records *r);

/* Takes name and value; replaces is copied. */
void records_add(struct records *r, enum record_kind kind, struct buf *name, struct buf *value, const char *replaces);
void records_remove(struct records *r, size_t at);
void records_note(struct records *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The record of a key, which is taken; where another scheme has it already under that name, it serves both. -1: 4.3.5, the
 * name would have to hold two different keys.
 */
int records_add_key(struct records *r, enum record_kind kind, const char *domain, const char *selector, struct sign_key *key,
                    struct fault *f);

/* What says that the key at that name is no more; once. */
void records_add_revocation(struct records *r, const char *domain, const char *selector, const char *value);

/* The DKIM record of one key. -1: names or file are unfit (4.3.5). */
int records_of_key(const char *domain, const char *selector, const char *path, struct records *out, struct fault *f);

/*
 * Those of all configured keys, or of one domain where only is not NULL. What
 * is wrong with a key is complained of, and the others are there; returns the
 * exit status.
 */
int records_of_settings(const struct settings *s, const char *only, struct records *out);

/* ---- forms ---- */

struct record_format;

/* NULL: there is none of that name. */
const struct record_format *record_format_named(const char *name);
const char *record_format_names(void);   /* "plain|bind|json|nsupdate" */

/* Notes go along as comments, and to stderr where a form has none. */
void records_print(const struct records *r, const struct record_format *format, FILE *to);

#endif
