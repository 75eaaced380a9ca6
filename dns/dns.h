/*
 * dns - the one door to libunbound: validated DNS answers, asynchronously or
 * one at a time.
 *
 * A fault 4.4.3 is trouble (SERVFAIL, bogus, time-out) and always temporary.
 * NXDOMAIN and NODATA are answers, not faults.
 */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "base/fault.h"
#include "base/settings.h"

#include <stdint.h>

enum dns_type { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28,
                DNS_SRV = 33, DNS_TLSA = 52 };

struct dns;   /* one resolver context */

struct dns_answer {
	struct fault fault;        /* NONE: an answer, maybe empty */
	bool nxdomain;
	bool secure;               /* DNSSEC-validated */
	uint32_t ttl_s;
	char *canonical;           /* owner after CNAMEs, lower case, no final dot; the name asked otherwise */
	struct span *records;      /* raw RDATA, names uncompressed; borrowed from the answer */
	size_t count;
	void *owner;               /* libunbound's result */
};

/* forwarders, stub zones, trust anchor as in settings. Faults 4.3.5. */
struct dns *dns_new(const struct settings *s, struct fault *f);
void dns_free(struct dns *d);

/* Waits. */
void dns_ask(struct dns *d, const char *name, enum dns_type type, struct dns_answer *out);
void dns_answer_free(struct dns_answer *a);

/* Does not wait: callback comes from dns_process, which is due when dns_fd is readable. It owns the answer. */
typedef void dns_callback(void *context, struct dns_answer *answer);
int dns_start(struct dns *d, const char *name, enum dns_type type, dns_callback *done, void *context,
              struct fault *f);
int dns_fd(const struct dns *d);
void dns_process(struct dns *d);

/* RDATA readers; false when malformed. Names come lower case without the final dot, "" for the root. */
bool dns_read_mx(struct span rdata, uint16_t *preference, struct buf *host);
bool dns_read_name(struct span rdata, struct buf *name);
bool dns_read_txt(struct span rdata, struct buf *joined);

#endif
