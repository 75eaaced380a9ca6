/* SPDX-License-Identifier: ISC */
/*
 * dns - the only module that knows libunbound: validated DNS answers, asynchronously or
 * one at a time.
 *
 * A fault 4.4.3 is trouble (SERVFAIL, bogus, time-out) and always temporary.
 * NXDOMAIN and NODATA are answers, not faults. A question is given up after
 * DNS_PATIENCE_MS * settings.time_scale. What does not exist is remembered
 * for DNS_NEGATIVE_S at most and what does for DNS_POSITIVE_S, so that asking
 * again later (and a control name with it) is asking again.
 *
 * Name servers are settings.forwarders, or else those of resolv.conf as it
 * was at the start; with none, this resolver goes to the root itself. Where
 * the forwarders cannot be validated through (they drop signatures), it tries
 * to go to the root itself, and where that is barred, it goes on unvalidated:
 * nothing is secure then. The log tells. Stub zones without a trust anchor of
 * their own are taken as unsigned. An empty trust anchor file, such as
 * /dev/null, means that nothing is validated.
 *
 * After dns_new no file is opened, so a role may be confined to
 * CONFINE_NETWORK | CONFINE_THREADS, before its first question.
 */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "base/conf/settings.h"
#include "base/fault.h"
#include "dns/system.h"

#include <stdint.h>

enum { DNS_PATIENCE_MS = 8000, DNS_NEGATIVE_S = 300, DNS_POSITIVE_S = 600, DNS_NAME_MAX = 253 };

enum dns_type { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28,
                DNS_SRV = 33, DNS_DNSKEY = 48, DNS_TLSA = 52 };

struct dns;   /* one resolver context */

struct dns_answer {
	struct fault fault;        /* NONE: an answer, maybe empty */
	bool nxdomain;
	bool secure;               /* DNSSEC-validated */
	bool bogus;                /* with a fault: it does not validate, and should */
	uint32_t ttl_s;
	char *canonical;           /* owner after CNAMEs, lower case, no final dot; the name asked otherwise */
	struct span *records;      /* raw RDATA, names uncompressed; borrowed from the answer */
	size_t count;
	void *owner;               /* libunbound's result */
};

/* forwarders, stub zones, trust anchor as in settings, which must outlive it. Faults 4.3.5. */
struct dns *dns_new(const struct settings *s, struct fault *f);

/*
 * Appends the DNS message in which the name servers in use answer what DNSKEY records the root has, with their signatures, not
 * validated. Waits for it, for patience_ms (scaled) at most. -1: a fault 4.4.3, or one of dns_new.
 */
int dns_root_keys(const struct settings *s, int64_t patience_ms, struct buf *message, struct fault *f);

/* Questions still open get a fault 4.4.3 first. */
void dns_free(struct dns *d);

/* resolv.conf and hosts as they were at the start. */
const struct system_names *dns_system(const struct dns *d);

/* settings.mx_allow */
const struct text_list *dns_mx_allow(const struct dns *d);

/* True when resolv.conf or hosts is another file now: time to restart. */
bool dns_system_changed(const struct dns *d);

/* Labels of 1 to 63 printable ASCII bytes, 253 in all; a final dot is fine. */
bool dns_name_is_valid(const char *name);

/* Waits. */
void dns_ask(struct dns *d, const char *name, enum dns_type type, struct dns_answer *out);
void dns_answer_free(struct dns_answer *a);

/*
 * Does not wait: callback comes from dns_process, which is due when dns_fd is
 * readable (time-outs included). It owns the answer. -1: no callback will
 * come; 5.1.2 when name is not a name.
 */
typedef void dns_callback(void *context, struct dns_answer *answer);
int dns_start(struct dns *d, const char *name, enum dns_type type, dns_callback *done, void *context,
              struct fault *f);

/* The same, given up after another time than DNS_PATIENCE_MS; it is scaled as that is. */
int dns_start_within(struct dns *d, const char *name, enum dns_type type, int64_t patience_ms, dns_callback *done,
                     void *context, struct fault *f);
int dns_fd(const struct dns *d);
void dns_process(struct dns *d);

/*
 * RDATA readers; false when malformed. Names come lower case without the
 * final dot, "" for the root; a byte that is not a plain letter of a label comes
 * as \DDD, so that such a name is never a valid one.
 */
bool dns_read_mx(struct span rdata, uint16_t *preference, struct buf *host);
bool dns_read_srv(struct span rdata, uint16_t *priority, uint16_t *weight, uint16_t *port, struct buf *host);
bool dns_read_name(struct span rdata, struct buf *name);
bool dns_read_txt(struct span rdata, struct buf *joined);

#endif
