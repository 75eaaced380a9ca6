/* SPDX-License-Identifier: ISC */
/*
 * blocklist - which DNS blocklists are known, and what their answers mean
 * (RFC 5782). Pure.
 *
 * A list answers a name made of an address (or of a domain) with 127.0.0.0/8
 * where it lists that. Only codes that the list has defined count; an answer
 * in 127.255.255.0/24 says that the question is refused. Whether a list is
 * alive at all is seen by its test points: 127.0.0.2 is always listed, and
 * 127.0.0.1 never.
 */
#ifndef TRUST_BLOCKLIST_H
#define TRUST_BLOCKLIST_H

#include "base/buf.h"
#include "dns/target.h"

enum blocklist_meaning {
	BLOCKLIST_CLEAN,       /* not listed */
	BLOCKLIST_LISTED,
	BLOCKLIST_POLICY,      /* the network is not meant to send mail directly: no reproach of this host */
	BLOCKLIST_ABUSED,      /* a legitimate domain that others misuse */
	BLOCKLIST_REFUSED,     /* the list does not answer us */
	BLOCKLIST_STRANGE,     /* no answer that a list gives */
};

struct blocklist_code {
	uint8_t first, last;   /* of the last byte, in 127.0.0.0/24, or 127.0.1.0/24 of domain lists */
	enum blocklist_meaning meaning;
	const char *words;     /* "CSS: has sent spam" */
};

struct blocklist {
	const char *zone;
	const char *name;      /* as people call it */
	bool of_domains;
	bool by_default, ipv4_alone;
	const char *ended;     /* when it ended: "in June 2024"; NULL: it is alive */
	const char *test, *clean;    /* of domains: the names of the test points */
	const char *removal;   /* where to ask for removal; the address or domain is appended where it ends with "/" */
	const struct blocklist_code *codes;   /* none: every code in 127.0.0.0/8 is a listing */
	size_t code_count;
};

/* The one of that zone; NULL: it is not known, and is an address list without codes. */
const struct blocklist *blocklist_known(const char *zone);

/* Those of the table that are asked by default, one after the other; NULL at the end. */
const struct blocklist *blocklist_default(size_t i);

/* What one address that the list answered means; words are set unless it is CLEAN. list may be NULL. */
enum blocklist_meaning blocklist_read(const struct blocklist *list, const char *answer, const char **words);

/* The name to ask for an address. Appended. */
void blocklist_name(const char *zone, const struct ip_address *a, struct buf *out);

/* The test points of an address list (RFC 5782 section 5): one that is always listed, and one that never is. */
void blocklist_test_points(uint8_t family, struct ip_address *listed, struct ip_address *clean);

#endif
