/* SPDX-License-Identifier: ISC */
/*
 * shown - what the authoritative servers of a key's record show, beside what
 * they should: a pure judgement of dns/authority's answers.
 */
#ifndef SIGNET_KEYS_SHOWN_H
#define SIGNET_KEYS_SHOWN_H

#include "dns/authority.h"
#include "sign/sign.h"

struct shown {
	size_t servers, right, empty;   /* how many asked, how many right, how many show no record at all */
	bool other;          /* one showed another record in this place, which resolvers may hold */
	uint32_t wait_s;     /* the longest time to live of what is not right */
	struct buf lines;    /* one a server: "ns1.example.org[192.0.2.1]: …", untrusted bytes in it */
};

/*
 * Right is one record, and it is the key's; or, without a key, one that is
 * revoked (empty p=), or none. A server that does not answer is not right.
 */
void shown_judge(const struct authority_answers *answers, const struct sign_key *key, enum sign_scheme scheme,
                 struct shown *out);
bool shown_is_right(const struct shown *s);   /* all of them are, and there is one at least */
void shown_free(struct shown *s);

/*
 * Asks and judges. Where no server shows a record and there is a key, the names are looked at too that forms make of the
 * right one: the domain twice, or no "_domainkey". -1: the servers cannot be found, or the zone does not exist.
 */
int shown_ask(const struct settings *s, const char *domain, const char *selector, const struct sign_key *key,
              enum sign_scheme scheme, struct shown *out, struct fault *f);

/* True when one of the servers shows the key's record, or something that was meant to be one. */
bool shown_is_meant(const struct authority_answers *answers, const struct sign_key *key, enum sign_scheme scheme);

/* True for a record that revokes whatever key was there. */
bool shown_is_revocation(const char *text);

/* The record that revokes: "v=DKIM1; p=", of DomainKeys "p=". */
const char *shown_revocation(enum sign_scheme scheme);

#endif
