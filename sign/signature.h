/* SPDX-License-Identifier: ISC */
/*
 * signature - one DKIM-Signature or DomainKey-Signature field, read and
 * checked as far as it speaks for itself (RFC 6376 sections 3.5 and 6.1.1,
 * RFC 4870 section 3.3).
 */
#ifndef SIGN_SIGNATURE_H
#define SIGN_SIGNATURE_H

#include "sign/digest.h"
#include "sign/sign.h"

#define SIGNATURE_NO_TIME (-1)

struct signature {
	/*
	 * As the field says, also when it is refused, domain names in A-labels where they can be (RFC 8616 section 4),
	 * the identity decoded; "" when missing. Owned.
	 */
	char *domain, *selector, *algorithm, *identity, *b_start;
	enum key_type key;
	enum digest_kind digest;
	enum canon header, body;
	uint64_t body_bytes;          /* l=, or BODY_WHOLE */
	int64_t signed_s, expires_s;  /* t= and x=, or SIGNATURE_NO_TIME; past INT64_MAX is INT64_MAX */
	bool identity_below;          /* the domain of i= is a subdomain of d= */
	bool is_encoded;              /* refused, and holds encoded words (RFC 2047): a program has rewritten it */
	struct span names;            /* h=, borrowed from the field; DomainKeys without it: at is NULL */
	struct span without_b[2];     /* the field before and after the value of b=, borrowed */
	struct buf b, bh;             /* decoded */
};

/*
 * raw is the whole field without its final CRLF, and outlives out. NULL, or why it is
 * refused. out is to be freed in both cases.
 */
const char *signature_parse(enum sign_scheme scheme, struct span raw, struct signature *out);
void signature_free(struct signature *s);

/* A domain or selector made of A-labels, letters, digits, '-' and '_' (RFC 6376 section 3.5). */
bool signature_is_domain(struct span s);

/* As zone files write names: then it is not one here. */
bool signature_ends_in_dot(struct span name);

/*
 * An AUID, as it is before it is encoded: its domain is d= (A-labels) or below it; the local part may be missing, the
 * "@" not. *below says which. A control character fits nowhere.
 */
bool signature_identity_fits(struct span identity, struct span domain, bool *below);

const char *signature_algorithm(enum key_type type);   /* a=, with SHA-256 */

#endif
