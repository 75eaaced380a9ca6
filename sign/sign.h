/* SPDX-License-Identifier: ISC */
/*
 * sign - DKIM (RFC 6376, 8301, 8463) and DomainKeys (RFC 4870) signatures:
 * message bytes in, header fields out; and their verification. The only header of
 * this room for others: it knows no transport, no file and no DNS, and another
 * program could use it as it is.
 *
 * Messages are in CRLF form, given in pieces cut anywhere. State is O(1) in
 * the size of the body; the header section is kept (at most
 * SIGN_HEADER_MAX, else a fault 5.3.4).
 */
#ifndef SIGN_SIGN_H
#define SIGN_SIGN_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

enum { SIGN_HEADER_MAX = 10 * 1024 * 1024, SIGN_SIGNATURES_MAX = 64 };

/* ---- keys ---- */

enum key_type { KEY_RSA, KEY_ED25519 };
enum sign_scheme { SIGN_DKIM, SIGN_DOMAINKEYS };

struct sign_key;   /* a private key, decoded once; may be shared by many signers */

/*
 * From PEM (PKCS#1, PKCS#8); the pass phrase is for an encrypted one and may
 * be empty. Faults 4.3.5: no key, and what it is instead; encrypted and no or
 * another pass phrase, wrong type, RSA under 1024 bits. The commands that they
 * name work on FILE; with the second form, on the file at path, whose name
 * they begin with.
 */
struct sign_key *sign_key_from_pem(struct span pem, struct span passphrase, struct fault *f);
struct sign_key *sign_key_from_file_text(struct span text, const char *path, struct span passphrase, struct fault *f);
struct sign_key *sign_key_generate(enum key_type type, unsigned rsa_bits, struct fault *f);
void sign_key_free(struct sign_key *k);
enum key_type sign_key_type(const struct sign_key *k);
unsigned sign_key_bits(const struct sign_key *k);
void sign_key_to_pem(const struct sign_key *k, struct buf *out);          /* PKCS#8 */

/* Its public half: PEM (SubjectPublicKeyInfo), and the SHA-256 of that form's DER as 64 hexadecimal digits. */
void sign_key_public_pem(const struct sign_key *k, struct buf *out);
void sign_key_fingerprint(const struct sign_key *k, struct buf *out);

/*
 * The TXT record's value in one line: "v=DKIM1; k=rsa; p=…"; for DomainKeys,
 * which has RSA alone and no v=, "k=rsa; p=…".
 */
void sign_key_record(const struct sign_key *k, enum sign_scheme scheme, struct buf *out);

enum sign_key_published {
	PUBLISHED_SAME,
	PUBLISHED_REVOKED,      /* p= is empty */
	PUBLISHED_OTHER,        /* a sound record of another key */
	PUBLISHED_DAMAGED,      /* no key record, or p= holds no key */
	PUBLISHED_UNFIT,        /* this key, and flags that forbid what we sign with it */
	PUBLISHED_BURNT,        /* a private key, this one's or another: nobody may sign with it any more */
};

/* Compares a published record's value with the key. Any answer but SAME sets *why, a part of a sentence. */
enum sign_key_published sign_key_compare(const struct sign_key *k, enum sign_scheme scheme, struct span record,
                                         const char **why);

/* A sound record with t=y: receivers need not treat its signatures otherwise than none (RFC 6376 section 3.6.1). */
bool sign_record_is_testing(enum sign_scheme scheme, struct span record);

/* ---- signing ---- */

enum canon { CANON_SIMPLE, CANON_RELAXED, CANON_NOFWS /* DomainKeys alone, which has no relaxed */ };

/*
 * Which header fields signatures cover. Names are compared without case; one
 * that ends in "*" covers all that begin so, but for those with a ";" in
 * them, which h= cannot name. `over` are those that are named
 * once more than they are there, so that none can be added (RFC 6376 section
 * 8.15); each is covered too. From always is in both. An empty list stands for
 * the usual names; what is usually oversigned and is not in `over` is covered
 * when present. Names that relays, filters and mailboxes add, change or drop
 * are never covered: refused (4.3.5) where they are named, left out where
 * they begin like a name with "*".
 */
struct sign_fields;

struct sign_fields *sign_fields_new(const char *const *cover, size_t cover_count, const char *const *over,
                                    size_t over_count, struct fault *f);
void sign_fields_free(struct sign_fields *fields);

struct sign_options {              /* one signature */
	enum sign_scheme scheme;
	const struct sign_key *key;    /* borrowed, outlives the signer; RSA for DomainKeys */
	const char *domain;            /* d=, A-labels */
	const char *selector;          /* s= */
	const struct sign_fields *fields;   /* borrowed; NULL: the default sets */
	enum canon header, body;       /* DomainKeys: both the same, simple or nofws */
	const char *identity;          /* i=, or NULL; DKIM alone, as are the next two */
	int64_t now_s;                 /* t=; negative leaves it out */
	int64_t expires_s;             /* x=, absolute; negative leaves it out */
};

struct signer;

/*
 * One pass over the message makes all the signatures. Checks domain, selector,
 * that the key fits the scheme, and that the system's crypto policy has the
 * hash (4.3.5).
 */
struct signer *signer_new(const struct sign_options *options, size_t count, struct fault *f);
int signer_feed(struct signer *s, struct span piece, struct fault *f);

/*
 * Appends the fields, each folded and ending in CRLF, in the order of the
 * options: they go before the message as given. A message without exactly
 * one From field, or with a line in its header section that is not a field, is
 * refused (5.6.0).
 */
int signer_finish(struct signer *s, struct buf *fields, struct fault *f);

/*
 * After finish: NULL, or why signature i was left out. A DomainKeys signature
 * is, where d= is not the domain of the sender (Sender, else From) or above it.
 */
const char *signer_left_out(const struct signer *s, size_t i);

void signer_free(struct signer *s);

/* ---- verifying ---- */

/*
 * Words of RFC 8601 section 2.7.1. RFC 6376's PERMFAIL is fail: a signature
 * that is malformed, has expired, or does not match the message or its key.
 * permerror is where there was nothing to judge by: no usable key is
 * published, or the header has no From field, one beside the signed ones, or
 * a line that is not a field.
 * policy is what RFC 8301 forbids (rsa-sha1, RSA under 1024 bits) and a
 * crowd: signatures past SIGN_SIGNATURES_MAX are one last result. temperror
 * is a key that could not be looked up.
 */
enum verify_result {
	VERIFY_NONE, VERIFY_PASS, VERIFY_FAIL, VERIFY_POLICY, VERIFY_NEUTRAL, VERIFY_TEMPERROR, VERIFY_PERMERROR
};

struct verify_signature {
	enum sign_scheme scheme;
	enum verify_result result;
	char *reason;        /* for a person; "" on pass, unless a part of the body (l=) or a field beside a signed one is open */
	char *domain, *selector, *algorithm, *identity;   /* as the signature says, names in A-labels and i= decoded; ""
	                                                     when missing */
	const char *sender_field;   /* DomainKeys: "sender" or "from", */
	char *sender;               /* and the one address in it; "" when there is none */
	char *b_start;       /* first 8 characters of b= (RFC 6008) */
};

/* The name of a key, and what is published there. */
struct key_lookup {
	const char *name;            /* "SELECTOR._domainkey.DOMAIN", A-labels, lower case */
	struct text_list records;    /* to be filled: each TXT record whole (its strings joined) */
	struct fault fault;          /* to be set when that cannot be found out: temporary, or it is not a name */
};

/*
 * Looks up all that a message needs, in one call, which comes once at most: side by side, so that
 * a crowd of signatures whose name servers are silent holds up nobody for longer than one.
 * No two names are the same. NXDOMAIN and no records are not faults.
 */
typedef void verify_lookup(void *context, struct key_lookup *lookups, size_t count);

struct verifier;

/* Keys decoded before: for a caller that verifies many messages, in one thread. Bounded; its contents follow the records. */
struct key_cache;

struct key_cache *key_cache_new(void);
void key_cache_free(struct key_cache *c);

struct verify_options {
	verify_lookup *lookup;
	void *context;
	struct key_cache *cache;   /* borrowed; may be NULL */
	int64_t now_s;
	bool obsolete;       /* as RFC 6376 and 4870 alone: rsa-sha1 in DKIM and short keys may pass, and policy and
	                        permerror are fail */
};

struct verifier *verifier_new(const struct verify_options *options);
int verifier_feed(struct verifier *v, struct span piece, struct fault *f);
int verifier_finish(struct verifier *v, struct fault *f);   /* looks the keys up; -1 only for a header too large (5.3.4) */

/*
 * After finish; DKIM-Signature and DomainKey-Signature in header order. A
 * field with neither d= nor b= claims nothing and is not counted, unless a
 * program has hidden them in encoded words.
 */
size_t verifier_count(const struct verifier *v);
const struct verify_signature *verifier_signature(const struct verifier *v, size_t i);
void verifier_free(struct verifier *v);

const char *verify_result_name(enum verify_result r);

/* What another method than these two found. */
enum { OTHER_PROPERTIES_MAX = 4 };

struct other_result {
	const char *method, *result;      /* "spf", "pass" */
	const char *reason;               /* for a person; "" : none */
	struct { const char *name, *value; } properties[OTHER_PROPERTIES_MAX];   /* "smtp.mailfrom"; empty values are left out */
};

/* An Authentication-Results field (RFC 8601), folded, with CRLF: the others first. */
void verifier_results_field(const struct verifier *v, const char *authserv_id, const struct other_result *others,
                            size_t other_count, struct buf *out);

#endif
