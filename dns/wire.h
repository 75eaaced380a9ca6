/*
 * wire - DNS messages made and read (RFC 1035, 2136, 6891, 8945): the one door
 * to libldns. No network here; that is dns/talk.h.
 *
 * Names come as dns/dns.h has them: lower case, no final dot, "" the root.
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum wire_type { WIRE_NS = 2, WIRE_CNAME = 5, WIRE_SOA = 6, WIRE_TXT = 16 };

/* The answers that are told apart by who asks; the rest is a number (RFC 1035, 2136). */
enum wire_rcode { WIRE_NOERROR = 0, WIRE_FORMERR = 1, WIRE_SERVFAIL = 2, WIRE_NXDOMAIN = 3, WIRE_NOTIMP = 4,
                  WIRE_REFUSED = 5, WIRE_YXRRSET = 7, WIRE_NXRRSET = 8, WIRE_NOTAUTH = 9, WIRE_NOTZONE = 10 };

struct wire_record {         /* of an answer section */
	char *owner;
	unsigned type;
	uint32_t ttl_s;
	struct buf rdata;        /* names uncompressed */
};

struct wire_message {
	unsigned rcode;
	bool authoritative;
	struct wire_record *records;
	size_t count;
	char *zone, *primary;    /* owner and MNAME of an SOA among answers and authorities; "" for none */
	uint32_t negative_ttl_s; /* RFC 2308 section 5 */
};

/* A question without recursion, with EDNS. -1: 5.1.2, name is none. */
int wire_question(const char *name, unsigned type, struct buf *out, struct fault *f);

/* -1: 4.4.3, no DNS message, or an answer to another question. out is freed then. */
int wire_answer(struct span question, struct span answer, struct wire_message *out, struct fault *f);
void wire_message_free(struct wire_message *m);

/* "REFUSED" or "rcode 77". */
void wire_rcode_print(unsigned rcode, struct buf *out);

/* ---- updates ---- */

struct wire_key {            /* of TSIG; borrowed */
	const char *name;
	const char *algorithm;   /* "hmac-sha256" */
	const char *secret;      /* base64 */
};

struct wire_txt {            /* what the TXT records at a name were, and shall be */
	const char *name;
	bool replace;            /* what was goes; else it stays beside */
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
int wire_update(const char *zone, const struct wire_txt *changes, size_t count, const struct wire_key *key,
                struct buf *out, struct buf *mac, struct fault *f);

enum wire_signed {           /* what an answer's TSIG says */
	WIRE_SIGNED,             /* by the key, for this request, now */
	WIRE_UNSIGNED,           /* no TSIG in it */
	WIRE_WRONG_SIGNED,       /* but not by the key, or not for this request, or long ago */
	WIRE_BADSIG = 16, WIRE_BADKEY = 17, WIRE_BADTIME = 18,   /* the server says so of ours */
};

/*
 * The answer to an update that has that id and mac. signed_by tells only
 * where a key was used; clock_s is how far the server's clock is ahead where
 * it says BADTIME. -1: 4.4.3, no DNS message.
 */
int wire_update_answer(struct span answer, const struct wire_key *key, struct span mac, unsigned *rcode,
                       enum wire_signed *signed_by, int64_t *clock_s, struct fault *f);

#endif
