/*
 * authority - what each authoritative server of a name itself says, past all
 * caches: whether a record is really published, everywhere. The one door to
 * libldns, beside dns/update.
 *
 * The servers are those of the zone that the name is in (NS and addresses come
 * from dns.h). Each address is asked over UDP, and over TCP where the answer is
 * cut, with a deadline of AUTHORITY_PATIENCE_MS; a CNAME is followed by asking
 * the authorities of its target (AUTHORITY_CNAMES_MAX times). It waits.
 */
#ifndef DNS_AUTHORITY_H
#define DNS_AUTHORITY_H

#include "dns/dns.h"

enum { AUTHORITY_PATIENCE_MS = 5000, AUTHORITY_SERVERS_MAX = 26, AUTHORITY_CNAMES_MAX = 5 };

struct authority_answer {      /* of one server */
	char *server;              /* "ns1.example.org[192.0.2.1]" */
	struct fault fault;        /* 4.4.3: no answer, or one that is none; NONE: an answer, maybe empty */
	struct text_list texts;    /* each TXT record joined */
	uint32_t ttl_s;            /* the longest of them; of the negative answer (SOA) where there are none */
};

struct authority_answers {
	struct authority_answer *items;
	size_t count;
};

/* -1: a fault 4.4.3, the servers themselves cannot be found; 5.1.2: the zone does not exist. */
int authority_ask_txt(struct dns *d, const char *name, struct authority_answers *out, struct fault *f);
void authority_answers_free(struct authority_answers *a);

#endif
