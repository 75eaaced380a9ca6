/* SPDX-License-Identifier: ISC */
/*
 * root_key - whether the DNSSEC trust anchor of this host is the key by which
 * the root is signed now (RFC 4033 section 5, RFC 4034, RFC 5011). Pure.
 *
 * The root changes its key every few years: a host whose anchor is only the key
 * before it validates nothing. What is heard is not validated, so that it can be
 * told which keys those are; it never becomes an anchor. Which of two keys is
 * the newer one is known of those that IANA has published
 * (https://data.iana.org/root-anchors/root-anchors.xml, RFC 9718), as
 * dns-root-data 2024071801 has them: KSK-2017, tag 20326, and KSK-2024, tag
 * 38696, by which the root is signed since October 2026.
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
	uint16_t tag;           /* as it is heard: REVOKE changes it by 128 */
	bool entry;             /* SEP: an anchor may be of it */
	bool revoked;
	bool signs;             /* a signature of the keys is by it */
};

struct root_keys {
	struct root_key *items;
	size_t count;
	bool has_signatures;    /* false: whoever gave the keys has dropped them */
};

/* Of the message of dns_root_keys (dns/dns.h). -1: a fault 4.4.3, without keys of the root in it. */
int root_keys_read(struct span message, struct root_keys *out, struct fault *f);
void root_keys_free(struct root_keys *k);

/* For who fills them: of an RDATA, and of that of an RRSIG. What is malformed is left out. */
void root_keys_add(struct root_keys *k, struct span dnskey);
void root_keys_add_signature(struct root_keys *k, struct span rrsig);

enum root_key_verdict {
	ROOT_KEY_CURRENT,       /* a key that signs is an anchor, and so is each newer one; or, not knowing which signs, all are */
	ROOT_KEY_NEXT,          /* a newer one is not: it will sign one day */
	ROOT_KEY_OLD,           /* no key that signs is an anchor, though another one is, or was before it was revoked */
	ROOT_KEY_FOREIGN,       /* no key at all is */
	ROOT_KEY_UNSIGNED,      /* it cannot be told which one signs */
	ROOT_KEY_UNHEARD,
	ROOT_KEY_NONE,          /* no anchor at all, */
	ROOT_KEY_ELSEWHERE,     /* or none of the root */
	ROOT_KEY_BROKEN,        /* a record is neither DS nor DNSKEY */
};

struct root_key_judgement {
	enum root_key_verdict verdict;
	struct buf held;        /* tags of the anchors: "20326, 38696"; of ROOT_KEY_BROKEN, the record */
	struct buf signing;     /* of the keys that sign; where that is not known, of all */
	struct buf lacking;     /* of ROOT_KEY_NEXT: the newer ones */
	bool newest;            /* the newest key that is known here is an anchor */
	bool outdated;          /* only older ones that are known here are */
};

/* Records as dns_anchor_records gives them. heard NULL: not heard. */
void root_key_judge(const struct text_list *records, const struct root_keys *heard, struct root_key_judgement *out);
void root_key_judgement_free(struct root_key_judgement *j);

#endif
