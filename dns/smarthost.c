/* SPDX-License-Identifier: ISC */
/* Smarthosts: a name as the system knows it, or a pool of them behind SRV or MX records or in a list. */
#include "dns/planning.h"

#include "base/conf/pool_host.h"
#include "base/mail/address.h"

#include <stdlib.h>

enum { NAMES_MAX = 10 };

/* ---- pools ---- */

/* Whatever is wrong with a pool is our owner's to fix, and so temporary. */
static void no_host_of_pool(struct planning *p, bool secure)
{
	(void)secure;
	planning_fail(p, FAULT_TEMPORARY, "4.4.4", false, "no host of the pool %s has an address, for example %s", p->name,
	              p->exchanges.items[0].host);
}

static void begin_pool(struct planning *p)
{
	exchange_list_order(&p->exchanges);
	if (p->exchanges.count == 0) {
		if (p->kind == PLAN_SRV)
			planning_fail(p, FAULT_TEMPORARY, "4.4.4", false, "%s does not name a smarthost: neither "
			              "_submissions._tcp.%s nor _submission._tcp.%s has an SRV record; set pool and host as "
			              "the provider says", p->name, p->name,
			              p->name);
		else
			planning_fail(p, FAULT_TEMPORARY, "4.4.4", false, "%s does not name a smarthost: it has no MX record; "
			              "set pool and host as the provider says", p->name);
		return;
	}
	/* A name under the pool's own, or one that DNSSEC vouches for (RFC 6186 section 6); or said by our owner. */
	for (size_t i = 0; i < p->exchanges.count; i++)
		p->exchanges.items[i].known = p->kind == PLAN_LIST || p->secure ||
		                              domain_is_within(span_of(p->exchanges.items[i].host), span_of(p->name));
	p->no_address = no_host_of_pool;
	planning_look_up(p);
}

static void no_such_name(struct planning *p)
{
	planning_fail(p, FAULT_TEMPORARY, "4.4.4", false, "the pool \"%s\" is not a domain name", p->name);
}

/* The first service that has a host: one of "." alone is said not to be there (RFC 2782). */
static void srv_answered(void *context, struct dns_answer *a)
{
	struct planning *p = context;
	struct fault trouble = a->fault;

	p->secure = a->secure;
	for (size_t i = 0; i < a->count; i++)
		exchange_list_add_srv(&p->exchanges, a->records[i], !p->second_service);
	dns_answer_free(a);
	exchange_list_order(&p->exchanges);
	if (trouble.kind != FAULT_NONE) {
		planning_finish_with_fault(p, &trouble, false);
	} else if (p->exchanges.count == 0 && !p->second_service) {
		p->second_service = true;
		smarthost_begin_srv(p);
	} else {
		begin_pool(p);
	}
}

void smarthost_begin_srv(struct planning *p)
{
	struct buf name = { 0 };
	struct fault f;

	buf_printf(&name, "%s._tcp.%s", p->second_service ? "_submission" : "_submissions", p->name);
	int begun = dns_start(p->dns, buf_text(&name), DNS_SRV, srv_answered, p, &f);
	buf_free(&name);
	if (begun < 0)
		no_such_name(p);
}

static void mx_answered(void *context, struct dns_answer *a)
{
	struct planning *p = context;
	struct fault trouble = a->fault;

	p->secure = a->secure;
	for (size_t i = 0; i < a->count; i++)
		exchange_list_add(&p->exchanges, a->records[i]);
	dns_answer_free(a);
	if (trouble.kind != FAULT_NONE)
		planning_finish_with_fault(p, &trouble, false);
	else
		begin_pool(p);
}

void smarthost_begin_mx(struct planning *p)
{
	struct fault f;

	if (dns_start(p->dns, p->name, DNS_MX, mx_answered, p, &f) < 0)
		no_such_name(p);
}

void smarthost_begin_list(struct planning *p)
{
	struct span rest = span_of(p->name);
	struct pool_host h;

	p->secure = true;
	p->here_first = true;
	while (rest.at) {
		if (!pool_host_parse(span_cut(&rest, ','), &h))
			continue;
		char *host = mem_text_span(h.host);
		exchange_list_add_host(&p->exchanges, 0, host);
		struct exchange *e = &p->exchanges.items[p->exchanges.count - 1];
		e->port = h.port;
		e->weight = h.weight;
		e->implicit_tls = h.port == 465;
		free(host);
	}
	begin_pool(p);
}

/* ---- one host ---- */

/* The next name to try; none left: there is no such host. */
static void try_next_name(struct planning *p, bool secure)
{
	(void)secure;
	planning_forget_hosts(p);
	p->next = p->found = 0;
	if (p->name_at == p->names.count) {
		planning_fail(p, FAULT_TEMPORARY, "4.4.4", false, "the smarthost %s has no address, neither in /etc/hosts nor "
		              "in the DNS; is its name right in the configuration?", p->name);
		return;
	}
	exchange_list_add_host(&p->exchanges, 0, p->names.items[p->name_at++]);
	p->no_address = try_next_name;
	planning_look_up(p);
}

void smarthost_begin_host(struct planning *p)
{
	const struct system_names *system = dns_system(p->dns);
	struct ip_address *addresses = NULL;
	size_t count = 0;

	p->secure = true;
	if (system_find_host(system, p->name, &addresses, &count, ADDRESSES_MAX) > 0) {
		planning_finish_with_addresses(p, addresses, count);
		return;
	}
	/* A name without a dot is first looked for in the domains that resolv.conf(5) searches. */
	for (size_t i = 0; !strchr(p->name, '.') && i < system->search.count && i < NAMES_MAX; i++) {
		struct buf name = { 0 };
		buf_printf(&name, "%s.%s", p->name, system->search.items[i]);
		text_list_add(&p->names, buf_span(&name));
		buf_free(&name);
	}
	text_list_add(&p->names, span_of(p->name));
	try_next_name(p, true);
}

/* ---- by name ---- */

bool mx_plan_by_name(enum plan_kind kind, const char *name, struct mx_plan *out)
{
	struct span rest = span_of(name);
	struct pool_host h;

	*out = (struct mx_plan){ 0 };
	if (kind != PLAN_HOST && kind != PLAN_LIST)
		return false;
	while (rest.at) {
		struct span member = span_cut(&rest, ',');
		if (kind == PLAN_HOST)
			h = (struct pool_host){ .host = member };
		else if (!pool_host_parse(member, &h))
			continue;
		out->targets = mem_resize(out->targets, out->count + 1, sizeof *out->targets);
		out->targets[out->count++] = (struct target){ .host = mem_text_span(h.host), .port = h.port, .weight = h.weight,
		                                              .implicit_tls = h.port == 465, .host_is_known = true };
	}
	return true;
}
