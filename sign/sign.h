/*
 * sign - DKIM signatures (RFC 6376, 8301, 8463): message bytes in, header
 * fields out; and their verification. The only door of this room: it knows no
 * transport, no file and no DNS, and another program could use it as it is.
 *
 * Messages are in CRLF form, given in pieces cut anywhere. State is O(1) in
 * the size of the body; the header section is kept (at most
 * SIGN_HEADER_MAX, else a fault 5.3.4).
 */
#ifndef SIGN_SIGN_H
#define SIGN_SIGN_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum { SIGN_HEADER_MAX = 10 * 1024 * 1024, SIGN_SIGNATURES_MAX = 64 };

/* ---- keys ---- */

enum key_type { KEY_RSA, KEY_ED25519 };

struct sign_key;   /* a private key, decoded once; may be shared by many signers */

/* From PEM (PKCS#1, PKCS#8). Faults 4.3.5: no key, wrong type, RSA under 1024 bits. */
struct sign_key *sign_key_from_pem(struct span pem, struct fault *f);
struct sign_key *sign_key_generate(enum key_type type, unsigned rsa_bits, struct fault *f);
void sign_key_free(struct sign_key *k);
enum key_type sign_key_type(const struct sign_key *k);
unsigned sign_key_bits(const struct sign_key *k);
void sign_key_to_pem(const struct sign_key *k, struct buf *out);          /* PKCS#8 */

/* The TXT record's value: "v=DKIM1; k=rsa; p=…" in one line. */
void sign_key_record(const struct sign_key *k, struct buf *out);

/* ---- signing ---- */

enum canon { CANON_SIMPLE, CANON_RELAXED };

struct sign_options {              /* one signature */
	const struct sign_key *key;    /* borrowed, outlives the signer */
	const char *domain;            /* d=, A-labels */
	const char *selector;          /* s= */
	const char *identity;          /* i=, or NULL */
	enum canon header, body;
	int64_t now_s;                 /* t=; negative leaves it out */
	int64_t expires_s;             /* x=, absolute; negative leaves it out */
};

struct signer;

/* One pass over the message makes all the signatures. Checks domain and selector (4.3.5). */
struct signer *signer_new(const struct sign_options *options, size_t count, struct fault *f);
int signer_feed(struct signer *s, struct span piece, struct fault *f);

/*
 * Appends the fields, each folded and ending in CRLF, in the order of the
 * options: they go before the message as given. A message without exactly
 * one From field, or with a line in its header section that is no field, is
 * refused (5.6.0).
 */
int signer_finish(struct signer *s, struct buf *fields, struct fault *f);
void signer_free(struct signer *s);

/* ---- verifying ---- */

/*
 * Words of RFC 8601 section 2.7.1. RFC 6376's PERMFAIL is fail: a signature
 * that is malformed, has expired, does not fit the message or its key.
 * permerror is where there was nothing to judge by: no usable key is
 * published, or the header has no From field or a line that is no field.
 * policy is what RFC 8301 forbids (rsa-sha1, RSA under 1024 bits) and a
 * crowd: signatures past SIGN_SIGNATURES_MAX are one last result. temperror
 * is a key that could not be looked up.
 */
enum verify_result {
	VERIFY_NONE, VERIFY_PASS, VERIFY_FAIL, VERIFY_POLICY, VERIFY_NEUTRAL, VERIFY_TEMPERROR, VERIFY_PERMERROR
};

struct verify_signature {
	enum verify_result result;
	char *reason;        /* for a person; "" on pass */
	char *domain, *selector, *algorithm, *identity;   /* as the signature says; "" when missing */
	char *b_start;       /* first 8 characters of b= (RFC 6008) */
};

struct text_records {
	char **items;        /* owned */
	size_t count;
};

/*
 * Finds the TXT records at name, "SELECTOR._domainkey.DOMAIN", and appends
 * each whole record (strings joined) to out. 0 found (maybe none: NXDOMAIN),
 * -1 temporary trouble.
 */
typedef int verify_lookup(void *context, const char *name, struct text_records *out);

struct verifier;

struct verify_options {
	verify_lookup *lookup;
	void *context;
	int64_t now_s;
	bool obsolete;       /* as RFC 6376 alone: rsa-sha1 and short keys may pass, and policy and permerror are fail */
};

struct verifier *verifier_new(const struct verify_options *options);
int verifier_feed(struct verifier *v, struct span piece, struct fault *f);
int verifier_finish(struct verifier *v, struct fault *f);   /* looks the keys up; -1 only for a header too large (5.3.4) */

/*
 * After finish; in header order. A DKIM-Signature field with neither d= nor
 * b= claims nothing and is not counted.
 */
size_t verifier_count(const struct verifier *v);
const struct verify_signature *verifier_signature(const struct verifier *v, size_t i);
void verifier_free(struct verifier *v);

const char *verify_result_name(enum verify_result r);

/* An Authentication-Results field (RFC 8601), folded, with CRLF. */
void verifier_results_field(const struct verifier *v, const char *authserv_id, struct buf *out);

#endif
