/* SPDX-License-Identifier: ISC */
/*
 * exchange - the list of a domain's mail exchangers, or of a pool's hosts, put
 * in order (RFC 5321 section 5.1, RFC 7505, RFC 2782). Pure.
 */
#ifndef DNS_EXCHANGE_H
#define DNS_EXCHANGE_H

#include "base/buf.h"

#include <stdint.h>

enum { EXCHANGES_MAX = 100 };

struct exchange {
	uint16_t preference;
	char *host;              /* lower case, no final dot; "" is RFC 7505's "." */
	uint16_t weight;         /* of SRV or a list */
	uint16_t port;           /* 0 for an MX */
	bool implicit_tls;
	bool known;              /* as a target's host_is_known */
};

struct exchange_list {
	struct exchange *items;
	size_t count;
};

void exchange_list_free(struct exchange_list *list);

/* Adds the record of an MX answer; one that is malformed is left out. */
void exchange_list_add(struct exchange_list *list, struct span rdata);
void exchange_list_add_host(struct exchange_list *list, uint16_t preference, const char *host);

/* The record of an SRV answer (RFC 2782), of the service that is TLS from the first byte or of the other. */
void exchange_list_add_srv(struct exchange_list *list, struct span rdata, bool implicit_tls);

/* True for a list that says "no mail, ever": a single ".". */
bool exchange_list_is_null(const struct exchange_list *list);

/*
 * Sorts by preference, equals by name, drops "." and doubles, and keeps the
 * first EXCHANGES_MAX: the same hosts make the same list, however the answer
 * had them, since what is known of a receiver is known of its hosts.
 */
void exchange_list_order(struct exchange_list *list);

/*
 * On an ordered list: when own_name is one of the hosts, drops all that are
 * not better than it. True when it was.
 */
bool exchange_list_cut_own(struct exchange_list *list, const char *own_name);

#endif
