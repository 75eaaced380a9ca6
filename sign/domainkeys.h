/* SPDX-License-Identifier: ISC */
/*
 * domainkeys - what a DomainKeys signature is made over (RFC 4870 section
 * 3.4): one SHA-1 of header fields and body together, and the address that it
 * speaks for (section 3.3's d= and h=, section 3.2.3's g=).
 */
#ifndef SIGN_DOMAINKEYS_H
#define SIGN_DOMAINKEYS_H

#include "sign/canon.h"
#include "sign/digest.h"
#include "sign/header.h"

/* RFC 4870 knows one signature per message; each costs a hash of the body. */
enum { DOMAINKEYS_MAX = 8 };

/* The bodies of all the DomainKeys signatures of a message, in one pass. */
struct domainkeys;

struct domainkeys *domainkeys_new(void);
void domainkeys_free(struct domainkeys *d);

/*
 * Before the first domainkeys_feed: a hash that begins with the fields below
 * the one at `below` (SIZE_MAX: all) that `names`, a list as h= has it, names,
 * in the order of the header; all of them when names.at is NULL. Returns its
 * number. SHA-1 must be there (digest_md), and no more than DOMAINKEYS_MAX be
 * asked for.
 */
size_t domainkeys_want(struct domainkeys *d, enum canon canon, struct header *h, size_t below, struct span names);

void domainkeys_feed(struct domainkeys *d, struct span piece);
void domainkeys_end(struct domainkeys *d);

/* After domainkeys_end. */
const struct digest *domainkeys_digest(const struct domainkeys *d, size_t number);

struct domainkeys_sender {
	const char *field;     /* "Sender" or "From" */
	char *address;         /* "" unless the field names exactly one; owned */
};

/* The sending address of the fields below the one at `below`: that of Sender, else of From. NULL, or why there is none. */
const char *domainkeys_find_sender(const struct header *h, size_t below, struct domainkeys_sender *out);
void domainkeys_sender_free(struct domainkeys_sender *s);

/*
 * May a signature by `domain` speak for that sender, covering `names` (names.at
 * NULL: all)? NULL, or why not.
 */
const char *domainkeys_unfit(const struct domainkeys_sender *s, struct span domain, struct span names);

#endif
