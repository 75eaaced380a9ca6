/* SPDX-License-Identifier: ISC */
/*
 * planning - one plan under way: the hosts of a list become targets with
 * addresses. What the list is made of, and what it means that no host of it
 * has an address, is for dns/mx.c (recipient domains) and dns/smarthost.c to
 * say; this is theirs alone.
 */
#ifndef DNS_PLANNING_H
#define DNS_PLANNING_H

#include "dns/exchange.h"
#include "dns/mx.h"

enum { TARGETS_MAX = 50, ADDRESSES_MAX = 20 };

struct lookup;

struct planning {
	struct dns *dns;
	enum plan_kind kind;
	char *name;                      /* without the final dot */
	char *own_name;
	mx_done *done;
	void *context;
	bool secure;                     /* the answer that named the hosts was validated, or there is none */
	struct exchange_list exchanges;
	bool implicit;                   /* PLAN_MX: the domain is its own exchanger */
	bool mx_elsewhere;               /* as in the plan */
	bool here_first;                 /* a host may be an address, or be in hosts(5) */
	struct text_list names;          /* PLAN_HOST: to try in turn */
	size_t name_at;
	bool second_service;             /* PLAN_SRV: the first is not there */

	/* Targets were found. False: mail may go to none of them, and the plan has been finished. NULL: all will do. */
	bool (*lead_out)(struct planning *p, struct mx_plan *plan);
	/* No host has an address, and nothing but plain answers said so; secure: signed ones. */
	void (*no_address)(struct planning *p, bool secure);

	struct lookup *lookups;          /* one an exchange */
	size_t next;                     /* the first not yet begun */
	size_t running, found;
	bool starting;                   /* its caller looks whether all is done */
};

/* Asks for the addresses of all exchanges, and goes on by itself. */
void planning_look_up(struct planning *p);
void planning_forget_hosts(struct planning *p);   /* to begin with other exchanges */

/* Each gives the plan to its caller, and frees p. */
void planning_finish_with_addresses(struct planning *p, struct ip_address *addresses, size_t count);
void planning_finish_with_fault(struct planning *p, const struct fault *f, bool unconfirmed);
void planning_fail(struct planning *p, enum fault_kind kind, const char *status, bool unconfirmed, const char *format,
                   ...) __attribute__((format(printf, 5, 6)));

/* How dns/smarthost.c begins with each of its kinds. */
void smarthost_begin_host(struct planning *p);
void smarthost_begin_srv(struct planning *p);
void smarthost_begin_mx(struct planning *p);
void smarthost_begin_list(struct planning *p);

#endif
