/* SPDX-License-Identifier: ISC */
#include "dns/planning.h"

#include <stdlib.h>

enum { HOSTS_AT_ONCE = 10 };

/* The addresses of one host, by two questions. */
struct lookup {
	struct planning *planning;
	const struct exchange *exchange; /* of the list */
	unsigned pending;                /* questions without an answer */
	bool insecure;                   /* one of the answers was not validated */
	char *canonical;                 /* where CNAMEs led from host; NULL: nowhere */
	bool nxdomain;
	struct fault trouble;
	struct ip_address *v4, *v6;
	size_t v4_count, v6_count;
};

void planning_forget_hosts(struct planning *p)
{
	for (size_t i = 0; i < p->exchanges.count && p->lookups; i++) {
		free(p->lookups[i].v4);
		free(p->lookups[i].v6);
		free(p->lookups[i].canonical);
	}
	free(p->lookups);
	p->lookups = NULL;
	exchange_list_free(&p->exchanges);
}

static void finish_plan(struct planning *p, struct mx_plan *plan)
{
	p->done(p->context, plan);
	planning_forget_hosts(p);
	for (size_t i = 0; i < p->names.count; i++)
		free(p->names.items[i]);
	free(p->names.items);
	free(p->name);
	free(p->own_name);
	free(p);
}

void planning_finish_with_fault(struct planning *p, const struct fault *f, bool unconfirmed)
{
	struct mx_plan plan = { .fault = *f, .mx_elsewhere = p->mx_elsewhere, .unconfirmed = unconfirmed };

	finish_plan(p, &plan);
}

void planning_fail(struct planning *p, enum fault_kind kind, const char *status, bool unconfirmed,
                   const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, kind, status, format, ap);
	va_end(ap);
	planning_finish_with_fault(p, &f, unconfirmed);
}

/* ---- what was found becomes the plan ---- */

static bool has_address(const struct lookup *l)
{
	return l->v4_count + l->v6_count > 0;
}

static void finish_with_targets(struct planning *p)
{
	struct mx_plan plan = { .mx_elsewhere = p->mx_elsewhere,
	                        .targets = mem_resize(NULL, p->found, sizeof *plan.targets) };

	for (size_t i = 0; i < p->next && plan.count < TARGETS_MAX; i++) {
		const struct lookup *l = &p->lookups[i];
		const struct exchange *e = l->exchange;
		size_t all = l->v4_count + l->v6_count;
		if (all == 0)
			continue;
		struct target *t = &plan.targets[plan.count++];
		*t = (struct target){
			.host = mem_text(e->host), .preference = e->preference, .weight = e->weight, .port = e->port,
			.implicit_tls = e->implicit_tls, .secure = p->secure && !l->insecure, .host_is_known = e->known,
			.mx_secure = p->secure, .canonical = mem_text(l->canonical),
		};
		/* The families by turns. */
		t->addresses = mem_resize(NULL, all < ADDRESSES_MAX ? all : ADDRESSES_MAX, sizeof *t->addresses);
		for (size_t a = 0; a < ADDRESSES_MAX; a++) {
			if (a < l->v4_count && t->address_count < ADDRESSES_MAX)
				t->addresses[t->address_count++] = l->v4[a];
			if (a < l->v6_count && t->address_count < ADDRESSES_MAX)
				t->addresses[t->address_count++] = l->v6[a];
		}
	}
	if (p->lead_out == NULL || p->lead_out(p, &plan))
		finish_plan(p, &plan);
}

/* No host has an address: which is final only when nothing but plain answers said so. */
static void finish_without_targets(struct planning *p)
{
	bool secure = p->secure;

	for (size_t i = 0; i < p->next; i++) {
		if (p->lookups[i].trouble.kind != FAULT_NONE) {
			planning_finish_with_fault(p, &p->lookups[i].trouble, false);
			return;
		}
		secure = secure && !p->lookups[i].insecure;
	}
	p->no_address(p, secure);
}

void planning_finish_with_addresses(struct planning *p, struct ip_address *addresses, size_t count)
{
	struct mx_plan plan = { .targets = mem_alloc(sizeof *plan.targets), .count = 1 };

	plan.targets[0] = (struct target){ .host = mem_text(p->name), .addresses = addresses, .address_count = count };
	if (p->lead_out == NULL || p->lead_out(p, &plan))
		finish_plan(p, &plan);
}

/* ---- addresses ---- */

static void add_address(struct ip_address **list, size_t *count, uint8_t family, struct span rdata)
{
	struct ip_address a = { .family = family };

	if (*count == ADDRESSES_MAX || rdata.len != (family == 4 ? 4u : 16u))
		return;
	memcpy(a.bytes, rdata.at, rdata.len);
	*list = mem_resize(*list, *count + 1, sizeof **list);
	(*list)[(*count)++] = a;
}

static void proceed_planning(struct planning *p);

static void address_answered(struct lookup *l, struct dns_answer *a, uint8_t family)
{
	struct planning *p = l->planning;

	for (size_t i = 0; i < a->count; i++) {
		if (family == 4)
			add_address(&l->v4, &l->v4_count, family, a->records[i]);
		else
			add_address(&l->v6, &l->v6_count, family, a->records[i]);
	}
	/* A fault says nothing of the zone: who can break one question must not take a host's TLSA records from it. */
	if (a->fault.kind != FAULT_NONE)
		l->trouble = a->fault;
	else
		l->insecure |= !a->secure;
	if (a->fault.kind == FAULT_NONE && a->count > 0 && l->canonical == NULL &&
	    !span_eq_nocase(span_of(a->canonical), span_of(l->exchange->host)))
		l->canonical = mem_text(a->canonical);
	dns_answer_free(a);
	if (--l->pending > 0)
		return;
	p->running--;
	p->found += has_address(l);
	if (!p->starting)
		proceed_planning(p);
}

static void a_answered(void *context, struct dns_answer *a)
{
	address_answered(context, a, 4);
}

static void aaaa_answered(void *context, struct dns_answer *a)
{
	address_answered(context, a, 6);
}

static void begin_question(struct lookup *l, enum dns_type type, dns_callback *done)
{
	struct fault f = { 0 };

	l->pending++;
	if (dns_start(l->planning->dns, l->exchange->host, type, done, l, &f) == 0)
		return;
	/* A host whose name is not a domain name has no address: that is as definite as an NXDOMAIN. */
	struct dns_answer none = { .secure = true };
	if (f.kind == FAULT_TEMPORARY)
		none.fault = f;
	done(l, &none);
}

static void keep_address(struct lookup *l, const struct ip_address *a)
{
	add_address(a->family == 4 ? &l->v4 : &l->v6, a->family == 4 ? &l->v4_count : &l->v6_count, a->family,
	            (struct span){ (const char *)a->bytes, a->family == 4 ? 4 : 16 });
}

/* An address, or a name that hosts(5) knows. */
static bool find_here(struct planning *p, struct lookup *l)
{
	struct ip_address *addresses = NULL, literal;
	size_t count = 0;

	if (ip_address_parse(span_of(l->exchange->host), &literal))
		keep_address(l, &literal);
	else
		system_find_host(dns_system(p->dns), l->exchange->host, &addresses, &count, ADDRESSES_MAX);
	for (size_t i = 0; i < count; i++)
		keep_address(l, &addresses[i]);
	free(addresses);
	l->insecure = true;      /* no signature vouches for what stands here */
	return has_address(l);
}

/* Begins what may run at once; when nothing runs any more, all is known. */
static void proceed_planning(struct planning *p)
{
	p->starting = true;
	while (p->next < p->exchanges.count && p->running < HOSTS_AT_ONCE && p->found < TARGETS_MAX) {
		struct lookup *l = &p->lookups[p->next];
		*l = (struct lookup){ .planning = p, .exchange = &p->exchanges.items[p->next++] };
		if (p->here_first && find_here(p, l)) {
			p->found++;
			continue;
		}
		p->running++;
		l->pending = 1;  /* held until both have begun */
		begin_question(l, DNS_A, a_answered);
		begin_question(l, DNS_AAAA, aaaa_answered);
		if (--l->pending == 0) {
			p->running--;
			p->found += has_address(l);
		}
	}
	p->starting = false;
	if (p->running > 0)
		return;
	if (p->found > 0)
		finish_with_targets(p);
	else
		finish_without_targets(p);
}

void planning_look_up(struct planning *p)
{
	p->lookups = mem_alloc(p->exchanges.count * sizeof *p->lookups);
	proceed_planning(p);
}
