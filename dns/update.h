/* SPDX-License-Identifier: ISC */
/*
 * update - the TXT records of a zone, seen and changed at its primary server
 * (RFC 2136), the change signed with TSIG (RFC 8945).
 *
 * An update says what it saw as its condition: where the records have changed
 * since, nothing is done. It travels over TCP, all of it or nothing. Everything
 * here waits, each question at most UPDATE_PATIENCE_MS.
 */
#ifndef DNS_UPDATE_H
#define DNS_UPDATE_H

#include "dns/authority.h"

enum { UPDATE_PATIENCE_MS = 5000, UPDATE_KEY_FILE_MAX = 16 * 1024 };

/* ---- keys ---- */

struct update_key {
	char *name;
	const char *algorithm;   /* lower case, static */
	struct buf secret;       /* base64; to be freed as secret */
};

/*
 * From a file's text: BIND's clause `key "name" { algorithm hmac-sha256; secret
 * "..."; };`, or `name algorithm secret`, or `name secret` (hmac-sha256). -1:
 * 5.3.5, what is wrong with it; no fault's text holds any of it but names.
 */
int update_key_parse(struct span text, struct update_key *out, struct fault *f);

/* algorithm may be NULL: hmac-sha256. */
int update_key_set(struct span name, const struct span *algorithm, struct span secret, struct update_key *out,
                   struct fault *f);
bool update_algorithm_is_known(struct span name);
void update_key_free(struct update_key *k);

/* ---- what is there ---- */

struct update_rrset {        /* the TXT records at a name, as the primary has them */
	char *name;
	char *zone;              /* that the name is in */
	char *alias;             /* the name is a CNAME to that; "" is not one */
	struct text_list texts;  /* joined */
	struct buf *rdata;       /* as many, whole */
	uint32_t ttl_s;
};

/*
 * The addresses of the primary of the zone that name is in, by the SOA that
 * its authorities have. Faults as authority_find.
 */
int update_find_primary(struct dns *d, const char *name, struct authority_servers *out, struct fault *f);

/*
 * What a wildcard makes up is not there. -1: 4.4.3, no answer; 5.4.4, this
 * server has no zone that the name is in.
 */
int update_look(const struct authority_server *server, const char *name, struct update_rrset *out, struct fault *f);
void update_rrset_free(struct update_rrset *r);

/* ---- changing it ---- */

struct update_change {
	const struct update_rrset *was;   /* all of one zone */
	struct text_list becomes;         /* borrowed; the TXT records that come */
	bool replace;                     /* in place of those that are; else beside them, which stay as they are */
	const char *drop;                 /* but for this one of was->texts, which goes; NULL: all of them stay */
	uint32_t ttl_s;                   /* where there were none */
};

/*
 * One update for all. key may be NULL. 0: done, and the answer is signed with the
 * key. -1: 5.7.1, the server or the key does not permit it; 5.3.5, the clocks
 * differ; 4.4.3, trouble, or other records than were seen; then nothing is
 * done, unless only the answer was lost.
 */
int update_send(const struct authority_server *server, const struct update_change *changes, size_t count,
                const struct update_key *key, struct fault *f);

#endif
