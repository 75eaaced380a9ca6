/* SPDX-License-Identifier: ISC */
/*
 * authority - what each authoritative server of a name itself says, past all
 * caches: whether a record is really published, everywhere.
 *
 * The servers are those of the zone that the name is in: the nearest name
 * upwards that has NS records. NS and addresses come from dns.h. Each address
 * is asked without recursion over UDP, all at once, and over TCP where the
 * answer is cut; each has AUTHORITY_PATIENCE_MS. An address that this host has
 * no route to (IPv6, mostly) is left out where the same server has another.
 * Everything here waits.
 */
#ifndef DNS_AUTHORITY_H
#define DNS_AUTHORITY_H

#include "dns/dns.h"

enum { AUTHORITY_PATIENCE_MS = 5000, AUTHORITY_SERVERS_MAX = 26, AUTHORITY_CNAMES_MAX = 5 };

struct authority_answer {      /* of one server */
	char *server;              /* "ns1.example.org[192.0.2.1]", or the name alone where it has no address */
	struct fault fault;        /* 4.4.3: no answer, a malformed one, or not authoritative; NONE: an answer, maybe empty */
	struct text_list texts;    /* each TXT record joined */
	uint32_t ttl_s;            /* the longest of them; of the negative answer (SOA) where there are none */
};

struct authority_answers {
	struct authority_answer *items;
	size_t count;              /* at least one where a function returns 0 */
};

/*
 * A CNAME is followed by asking the authorities of its target, at most
 * AUTHORITY_CNAMES_MAX times; a server that gives one is not an item of its
 * own. -1: a fault 4.4.3, the servers themselves cannot be found, or CNAMEs
 * lead nowhere; 5.1.2: the domain does not exist, or name is not a name.
 */
int authority_ask_txt(struct dns *d, const char *name, struct authority_answers *out, struct fault *f);
void authority_answers_free(struct authority_answers *a);

/* ---- its steps, for callers that already know the servers ---- */

struct authority_server {
	char *name;                /* as in authority_answer; owned */
	struct ip_address address; /* family 0: it has none */
	uint16_t port;
};

struct authority_servers {
	struct authority_server *items;
	size_t count;
};

/* Without a host's name ("") the address alone is its name. */
void authority_servers_add(struct authority_servers *list, const char *host, const struct ip_address *address,
                           uint16_t port);
void authority_servers_free(struct authority_servers *list);

/* The addresses of host, at TALK_PORT, added to the list. -1: 4.4.3 when there is none. */
int authority_add_host(struct dns *d, const char *host, struct authority_servers *list, struct fault *f);

/* The zone's name goes to zone. Faults as above. */
int authority_find(struct dns *d, const char *name, struct buf *zone, struct authority_servers *out, struct fault *f);

/* Adds an item for each server; what CNAMEs they give for name, each once, to aliases. Never fails as a whole. */
void authority_ask_servers(const struct authority_servers *servers, const char *name, int64_t patience_ms,
                           struct authority_answers *out, struct text_list *aliases);

#endif
