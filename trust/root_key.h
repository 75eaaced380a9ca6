/* SPDX-License-Identifier: ISC */
/*
 * root_key - whether the DNSSEC trust anchor of this host is the key by which
 * the root is signed now (RFC 4033 section 5, RFC 4034, RFC 5011). Pure.
 *
 * The root changes its key every few years: a host whose only anchor is the
 * previous key validates nothing. The keys that name servers give are not
 * validated here, since an outdated anchor could not; they are compared and
 * reported, and never become an anchor. Which of two keys is newer is known
 * only of those that IANA has published
 * (https://data.iana.org/root-anchors/root-anchors.xml, RFC 9718), as in
 * dns-root-data 2024071801: KSK-2017, tag 20326, and KSK-2024, tag 38696, by
 * which the root is signed since October 2026.
 */
#ifndef TRUST_ROOT_KEY_H
#define TRUST_ROOT_KEY_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

/* One DNSKEY of the root. */
struct root_key {
	struct buf rdata;
	uint16_t tag;           /* of the RDATA, thus with REVOKE, which changes it */
	bool entry;             /* flag SEP: it may be a trust anchor */
	bool revoked;
	bool signs;             /* the keys are signed by it */
};

struct root_keys {
	struct root_key *items;
	size_t count;
	bool has_signatures;    /* false: the name servers have dropped them */
};

/* Reads the message of dns_root_keys (dns/dns.h). -1: a fault 4.4.3: it has no keys of the root. */
int root_keys_read(struct span message, struct root_keys *out, struct fault *f);
void root_keys_free(struct root_keys *k);

/* Add a key by the RDATA of its DNSKEY, and note who signs by that of an RRSIG, after all keys. What is malformed is left out. */
void root_keys_add(struct root_keys *k, struct span dnskey);
void root_keys_add_signature(struct root_keys *k, struct span rrsig);

enum root_key_verdict {
	ROOT_KEY_CURRENT,       /* a key that signs is an anchor, and so is every newer key; where it is not known which sign, all are */
	ROOT_KEY_NEXT,          /* a key that signs is an anchor, but a newer key, which will sign one day, is not */
	ROOT_KEY_OLD,           /* no key that signs is an anchor, but another key of the root is, even if it is revoked */
	ROOT_KEY_FOREIGN,       /* no key of the root is an anchor */
	ROOT_KEY_UNSIGNED,      /* there are no signatures that tell which key signs, and not every key is an anchor */
	ROOT_KEY_UNHEARD,       /* the keys of the root are not known */
	ROOT_KEY_NONE,          /* there are no anchors */
	ROOT_KEY_ELSEWHERE,     /* there are anchors, but of other names than the root */
	ROOT_KEY_BROKEN,        /* a record is neither DS nor DNSKEY */
};

struct root_key_judgement {
	enum root_key_verdict verdict;
	struct buf broken;      /* of ROOT_KEY_BROKEN: the record, cut */
	struct buf held;        /* tags of the anchors: "20326, 38696" */
	struct buf signing;     /* tags of the keys that sign; where that is not known, of all */
	struct buf lacking;     /* tags of the keys that should be anchors and are not */
	bool newest;            /* the newest published key is an anchor */
	bool outdated;          /* only older published keys are */
};

/* records: the anchors, as dns_anchor_records gives them. heard: the keys of the root; NULL: ROOT_KEY_UNHEARD. */
void root_key_judge(const struct text_list *records, const struct root_keys *heard, struct root_key_judgement *out);
void root_key_judgement_free(struct root_key_judgement *j);

#endif
