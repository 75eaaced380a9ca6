/* SPDX-License-Identifier: ISC */
/*
 * key_record - the key record at SELECTOR._domainkey.DOMAIN (RFC 6376 section
 * 3.6.1, RFC 4870 section 3.2.3).
 */
#ifndef SIGN_KEY_RECORD_H
#define SIGN_KEY_RECORD_H

#include "sign/digest.h"
#include "sign/sign.h"

enum key_record_state {
	KEY_RECORD_USABLE,
	KEY_RECORD_MALFORMED,   /* no key record, or not a sound one */
	KEY_RECORD_REVOKED,     /* p= is empty */
	KEY_RECORD_UNFIT,       /* sound, but not for mail, or of a key type not known here */
};

struct key_record {
	enum key_type type;
	bool hashes[DIGEST_KINDS];   /* h=: those that may be used with it */
	bool strict;                 /* t=s: i= must not be a subdomain */
	bool testing;                /* t=y */
	struct span local_part;      /* DomainKeys' g=: whom it is for; empty is everybody. Borrowed */
	struct span p;               /* base64, borrowed from the text */
};

/* Any state but KEY_RECORD_USABLE sets *why, a part of a sentence for a person. */
enum key_record_state key_record_parse(enum sign_scheme scheme, struct span text, struct key_record *out, const char **why);

#endif
