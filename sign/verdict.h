/* SPDX-License-Identifier: ISC */
/*
 * verdict - what a signature is worth by the records published for its
 * key (RFC 6376 section 6.1.2 and 6.1.3, RFC 8301). A pure function.
 *
 * Several records at one name are undefined by section 3.6.2.2, and occur all the
 * same: keys in rotation, texts of others, the rests of a cut record. DNS gives
 * them in any order, so that each is tried, VERDICT_KEYS_MAX usable ones at most,
 * and one that verifies is enough. Where none does, the one that got furthest
 * gives the reason.
 */
#ifndef SIGN_VERDICT_H
#define SIGN_VERDICT_H

#include "sign/key_cache.h"
#include "sign/signature.h"

enum { VERDICT_KEYS_MAX = 8 };

struct evidence {
	enum sign_scheme scheme;
	const struct signature *signature;   /* sound */
	const struct digest *hash;           /* what b= was made over */
	const char *sender;                  /* DomainKeys: whom it speaks for */
	bool obsolete;                       /* as verify_options has it: short keys may pass */
	struct key_cache *cache;
};

struct verdict {
	enum verify_result result;
	const char *reason;    /* a part of a sentence; "" on pass */
};

/* There is at least one record. */
struct verdict verdict_of(const struct evidence *e, const struct text_list *records);

#endif
