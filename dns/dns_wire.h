/* SPDX-License-Identifier: ISC */
/*
 * dns_wire - DNS messages made and read (RFC 1035, 2136, 6891, 8945): the one door
 * to libldns. No network here; that is dns/talk.h.
 *
 * Names come as dns/dns.h has them: lower case, no final dot, "" the root.
 */
#ifndef DNS_DNS_WIRE_H
#define DNS_DNS_WIRE_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum dns_wire_type { DNS_WIRE_NS = 2, DNS_WIRE_CNAME = 5, DNS_WIRE_SOA = 6, DNS_WIRE_TXT = 16 };

/* The answers that are told apart by who asks; the rest is a number (RFC 1035, 2136). */
enum dns_wire_rcode { DNS_WIRE_NOERROR = 0, DNS_WIRE_FORMERR = 1, DNS_WIRE_SERVFAIL = 2, DNS_WIRE_NXDOMAIN = 3, DNS_WIRE_NOTIMP = 4,
                      DNS_WIRE_REFUSED = 5, DNS_WIRE_YXRRSET = 7, DNS_WIRE_NXRRSET = 8, DNS_WIRE_NOTAUTH = 9, DNS_WIRE_NOTZONE = 10 };

struct dns_wire_record {         /* of an answer section */
	char *owner;
	unsigned type;
	uint32_t ttl_s;
	struct buf rdata;        /* names uncompressed */
};

struct dns_wire_message {
	unsigned rcode;
	bool authoritative;
	struct dns_wire_record *records;
	size_t count;
	char *zone, *primary;    /* owner and MNAME of an SOA among answers and authorities; "" for none */
	uint32_t negative_ttl_s; /* RFC 2308 section 5 */
};

/* A question without recursion, with EDNS. -1: 5.1.2, not a name. */
int dns_wire_question(const char *name, unsigned type, struct buf *out, struct fault *f);

/* -1: 4.4.3, no DNS message, or an answer to another question. out is freed then. */
int dns_wire_answer(struct span question, struct span answer, struct dns_wire_message *out, struct fault *f);

/* The same of a message whose question is known to be the right one: a resolver's. */
int dns_wire_read(struct span message, struct dns_wire_message *out, struct fault *f);
void dns_wire_message_free(struct dns_wire_message *m);

/* "REFUSED" or "rcode 77". */
void dns_wire_rcode_print(unsigned rcode, struct buf *out);

/* ---- updates ---- */

struct dns_wire_key {            /* of TSIG; borrowed */
	const char *name;
	const char *algorithm;   /* "hmac-sha256" */
	const char *secret;      /* base64 */
};

struct dns_wire_txt {            /* what the TXT records at a name were, and shall be */
	const char *name;
	bool replace;            /* what was goes; else it stays beside, */
	const struct buf *drop;  /* but for this one; or NULL */
	const struct buf *was;   /* RDATA, that the server must still have; none: it must have none */
	size_t was_count;
	const struct span *becomes;   /* values; each is cut into strings of 255 bytes */
	size_t becomes_count;
	uint32_t ttl_s;
};

/*
 * One update of zone; key may be NULL. mac is the signature, which that of
 * the answer goes on from. -1: 5.3.5, names or the key's algorithm or secret
 * are no such thing.
 */
int dns_wire_update(const char *zone, const struct dns_wire_txt *changes, size_t count, const struct dns_wire_key *key,
                    struct buf *out, struct buf *mac, struct fault *f);

enum dns_wire_signed {           /* what an answer's TSIG says */
	DNS_WIRE_SIGNED,             /* by the key, for this request, now */
	DNS_WIRE_UNSIGNED,           /* no TSIG in it */
	DNS_WIRE_WRONG_SIGNED,       /* but not by the key, or not for this request, or long ago */
	DNS_WIRE_BADSIG = 16, DNS_WIRE_BADKEY = 17, DNS_WIRE_BADTIME = 18,   /* the server says so of ours */
};

/*
 * The answer to an update that has that id and mac. signed_by tells only
 * where a key was used; clock_s is how far the server's clock is ahead where
 * it says BADTIME. -1: 4.4.3, no DNS message.
 */
int dns_wire_update_answer(struct span answer, const struct dns_wire_key *key, struct span mac, unsigned *rcode,
                           enum dns_wire_signed *signed_by, int64_t *clock_s, struct fault *f);

#endif
