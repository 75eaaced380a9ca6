#include "dns/mx.h"

#include "base/address.h"
#include "base/pool_host.h"
#include "dns/exchange.h"
#include "dns/way_out.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

enum { TARGETS_MAX = 50, ADDRESSES_MAX = 20, HOSTS_AT_ONCE = 10, NAMES_MAX = 10 };

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

struct planning {
	struct dns *dns;
	enum plan_kind kind;
	char *name;                      /* without the final dot */
	char *own_name;
	mx_done *done;
	void *context;
	bool secure;                     /* the MX answer was validated, or there is none */
	bool implicit;                   /* the domain is its own exchanger */
	struct exchange_list exchanges;
	struct lookup *lookups;          /* one an exchanger */
	size_t next;                     /* the first not yet begun */
	size_t running, found;
	bool starting;                   /* inside begin_lookups: its caller looks whether all is done */
	struct text_list names;          /* PLAN_HOST: to try in turn */
	size_t name_at;
	bool second_service;             /* PLAN_SRV: the first is not there */
};

void mx_plan_free(struct mx_plan *p)
{
	targets_free(p->targets, p->count);
	*p = (struct mx_plan){ 0 };
}

static void lookups_free(struct planning *p)
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

static void planning_free(struct planning *p)
{
	lookups_free(p);
	for (size_t i = 0; i < p->names.count; i++)
		free(p->names.items[i]);
	free(p->names.items);
	free(p->name);
	free(p->own_name);
	free(p);
}

static void finish(struct planning *p, struct mx_plan *plan)
{
	p->done(p->context, plan);
	planning_free(p);
}

static void finish_with_fault(struct planning *p, const struct fault *f, bool unconfirmed)
{
	struct mx_plan plan = { .fault = *f, .unconfirmed = unconfirmed };

	finish(p, &plan);
}

__attribute__((format(printf, 5, 6)))
static void fail(struct planning *p, enum fault_kind kind, const char *status, bool unconfirmed,
                 const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, kind, status, format, ap);
	va_end(ap);
	finish_with_fault(p, &f, unconfirmed);
}

/* ---- what was found becomes the plan ---- */

static void interleave(const struct lookup *l, struct target *t)
{
	size_t all = l->v4_count + l->v6_count;

	t->addresses = mem_resize(NULL, all < ADDRESSES_MAX ? all : ADDRESSES_MAX, sizeof *t->addresses);
	for (size_t i = 0; i < ADDRESSES_MAX; i++) {
		if (i < l->v4_count && t->address_count < ADDRESSES_MAX)
			t->addresses[t->address_count++] = l->v4[i];
		if (i < l->v6_count && t->address_count < ADDRESSES_MAX)
			t->addresses[t->address_count++] = l->v6[i];
	}
}

static bool has_address(const struct lookup *l)
{
	return l->v4_count + l->v6_count > 0;
}

/* A name under the pool's own, or one that DNSSEC vouches for (RFC 6186 section 6); or said by our owner. */
static bool is_known(const struct planning *p, const struct exchange *e)
{
	if (p->kind == PLAN_LIST)
		return true;
	if (p->kind != PLAN_SRV && p->kind != PLAN_MX_POOL)
		return false;
	return p->secure || domain_is_within(span_of(e->host), span_of(p->name));
}

static struct target target_of(const struct planning *p, const struct lookup *l)
{
	const struct exchange *e = l->exchange;

	return (struct target){
		.host = mem_text(e->host), .preference = e->preference, .weight = e->weight, .port = e->port,
		.implicit_tls = e->implicit_tls, .secure = p->secure && !l->insecure, .host_is_known = is_known(p, e),
		.mx_secure = p->secure, .canonical = mem_text(l->canonical),
	};
}

/* Where the DNS of a stranger leads. False: nowhere that mail could go, and that has been said. */
static bool leads_out(struct planning *p, struct mx_plan *plan)
{
	struct fault why = { 0 };

	if (p->kind != PLAN_MX || way_keep_out(plan->targets, &plan->count, dns_mx_allow(p->dns), way_is_own, &why) == 0)
		return true;
	mx_plan_free(plan);
	fail(p, FAULT_PERMANENT, "5.4.6", !p->secure, "mail for %s has no way: %s; if it should, name the domain in "
	     "local_domains, or the network in mx_allow", p->name, why.text);
	return false;
}

static void finish_with_targets(struct planning *p)
{
	struct mx_plan plan = { .targets = mem_resize(NULL, p->found, sizeof *plan.targets) };

	for (size_t i = 0; i < p->next && plan.count < TARGETS_MAX; i++) {
		const struct lookup *l = &p->lookups[i];
		if (!has_address(l))
			continue;
		struct target *t = &plan.targets[plan.count++];
		*t = target_of(p, l);
		interleave(l, t);
	}
	if (leads_out(p, &plan))
		finish(p, &plan);
}

static void begin_names(struct planning *p);
static bool is_pool(enum plan_kind kind);

/* No host has an address: which is final only when nothing but plain answers said so. */
static void finish_without_targets(struct planning *p)
{
	bool secure = p->secure;

	for (size_t i = 0; i < p->next; i++) {
		if (p->lookups[i].trouble.kind != FAULT_NONE) {
			finish_with_fault(p, &p->lookups[i].trouble, false);
			return;
		}
		secure = secure && !p->lookups[i].insecure;
	}
	if (p->kind == PLAN_HOST)
		begin_names(p);
	else if (is_pool(p->kind))
		fail(p, FAULT_TEMPORARY, "4.4.4", false, "no host of the pool %s has an address, for one %s", p->name,
		     p->exchanges.items[0].host);
	else if (p->implicit)
		fail(p, FAULT_PERMANENT, "5.1.2", !secure, "%s takes no mail: the domain has neither an MX nor an address",
		     p->name);
	else
		fail(p, FAULT_PERMANENT, "5.4.4", !secure, "none of the MX hosts of %s has an address, for one %s", p->name,
		     p->exchanges.items[0].host);
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

static void take_addresses(struct lookup *l, const struct dns_answer *a, uint8_t family)
{
	for (size_t i = 0; i < a->count; i++) {
		if (family == 4)
			add_address(&l->v4, &l->v4_count, family, a->records[i]);
		else
			add_address(&l->v6, &l->v6_count, family, a->records[i]);
	}
	if (a->fault.kind != FAULT_NONE) {
		/* Says nothing of the zone: who can break one question must not take a host's TLSA records from it. */
		l->trouble = a->fault;
		return;
	}
	l->insecure |= !a->secure;
	if (a->count > 0 && l->canonical == NULL && !span_eq_nocase(span_of(a->canonical), span_of(l->exchange->host)))
		l->canonical = mem_text(a->canonical);
}

static void proceed(struct planning *p);

static void address_answered(struct lookup *l, struct dns_answer *a, uint8_t family)
{
	struct planning *p = l->planning;

	take_addresses(l, a, family);
	dns_answer_free(a);
	if (--l->pending > 0)
		return;
	p->running--;
	p->found += has_address(l);
	if (!p->starting)
		proceed(p);
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
	/* A host whose name is none has no address: as definite as an NXDOMAIN. */
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

static void begin_lookup(struct planning *p, size_t at)
{
	struct lookup *l = &p->lookups[at];

	*l = (struct lookup){ .planning = p, .exchange = &p->exchanges.items[at] };
	if (p->kind == PLAN_LIST && find_here(p, l)) {
		p->found++;
		return;
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

/* Begins what may run at once; when nothing runs any more, all is known. */
static void proceed(struct planning *p)
{
	p->starting = true;
	while (p->next < p->exchanges.count && p->running < HOSTS_AT_ONCE && p->found < TARGETS_MAX)
		begin_lookup(p, p->next++);
	p->starting = false;
	if (p->running > 0)
		return;
	if (p->found > 0)
		finish_with_targets(p);
	else
		finish_without_targets(p);
}

static void begin_lookups(struct planning *p)
{
	p->lookups = mem_alloc(p->exchanges.count * sizeof *p->lookups);
	proceed(p);
}

/* ---- PLAN_MX ---- */

static void begin_exchanges(struct planning *p)
{
	exchange_list_order(&p->exchanges, exchange_random_number, NULL);
	if (exchange_list_cut_own(&p->exchanges, p->own_name) && p->exchanges.count == 0) {
		fail(p, FAULT_PERMANENT, "5.4.6", false, "mail for %s leads back to this host, %s, which does not take it; "
		     "if it should, name the domain in local_domains", p->name, p->own_name);
		return;
	}
	if (p->exchanges.count == 0) {
		fail(p, FAULT_PERMANENT, "5.4.4", !p->secure, "the MX records of %s name no host", p->name);
		return;
	}
	begin_lookups(p);
}

static void begin_pool(struct planning *p);

static void mx_answered(void *context, struct dns_answer *a)
{
	struct planning *p = context;
	struct fault trouble = a->fault;
	bool nxdomain = a->nxdomain, empty = a->count == 0;

	p->secure = a->secure;
	for (size_t i = 0; i < a->count; i++)
		exchange_list_add(&p->exchanges, a->records[i]);
	dns_answer_free(a);
	if (trouble.kind != FAULT_NONE) {
		finish_with_fault(p, &trouble, false);
	} else if (p->kind == PLAN_MX_POOL) {
		begin_pool(p);
	} else if (nxdomain) {
		fail(p, FAULT_PERMANENT, "5.1.2", !p->secure, "the domain %s does not exist", p->name);
	} else if (exchange_list_is_null(&p->exchanges)) {
		fail(p, FAULT_PERMANENT, "5.1.10", false, "the domain %s takes no mail, as its null MX says (RFC 7505)",
		     p->name);
	} else if (empty) {
		p->implicit = true;
		exchange_list_add_host(&p->exchanges, 0, p->name);
		begin_exchanges(p);
	} else {
		begin_exchanges(p);
	}
}

/* ---- pools ---- */

static bool is_pool(enum plan_kind kind)
{
	return kind == PLAN_SRV || kind == PLAN_MX_POOL || kind == PLAN_LIST;
}

/* Whatever is wrong with a pool is our owner's to mend, and so temporary. */
static void begin_pool(struct planning *p)
{
	exchange_list_order(&p->exchanges, exchange_random_number, NULL);
	if (p->exchanges.count > 0)
		begin_lookups(p);
	else if (p->kind == PLAN_SRV)
		fail(p, FAULT_TEMPORARY, "4.4.4", false, "%s names no smarthost: neither _submissions._tcp.%s nor "
		     "_submission._tcp.%s has an SRV record; set pool and host as the provider says", p->name, p->name, p->name);
	else
		fail(p, FAULT_TEMPORARY, "4.4.4", false, "%s names no smarthost: it has no MX record; set pool and host as the "
		     "provider says", p->name);
}

static void begin_service(struct planning *p);

/* The first service that has a host: one of "." alone is said not to be there (RFC 2782). */
static void srv_answered(void *context, struct dns_answer *a)
{
	struct planning *p = context;
	struct fault trouble = a->fault;

	p->secure = a->secure;
	for (size_t i = 0; i < a->count; i++)
		exchange_list_add_srv(&p->exchanges, a->records[i], !p->second_service);
	dns_answer_free(a);
	exchange_list_order(&p->exchanges, exchange_random_number, NULL);
	if (trouble.kind != FAULT_NONE) {
		finish_with_fault(p, &trouble, false);
	} else if (p->exchanges.count == 0 && !p->second_service) {
		p->second_service = true;
		begin_service(p);
	} else {
		begin_pool(p);
	}
}

static void begin_service(struct planning *p)
{
	struct buf name = { 0 };
	struct fault f = { 0 };

	buf_printf(&name, "%s._tcp.%s", p->second_service ? "_submission" : "_submissions", p->name);
	int begun = dns_start(p->dns, buf_text(&name), DNS_SRV, srv_answered, p, &f);
	buf_free(&name);
	if (begun == 0)
		return;
	fault_set(&f, FAULT_TEMPORARY, "4.4.4", "the pool \"%s\" is no domain name", p->name);
	finish_with_fault(p, &f, false);
}

static void begin_list(struct planning *p)
{
	struct span rest = span_of(p->name);
	struct pool_host h;

	p->secure = true;
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

/* ---- PLAN_HOST ---- */

static void finish_with_addresses(struct planning *p, struct ip_address *addresses, size_t count)
{
	struct mx_plan plan = { .targets = mem_alloc(sizeof *plan.targets), .count = 1 };

	plan.targets[0] = (struct target){ .host = mem_text(p->name), .addresses = addresses, .address_count = count };
	finish(p, &plan);
}

/* The next name to try; none left: there is no such host. */
static void begin_names(struct planning *p)
{
	lookups_free(p);
	p->next = p->found = 0;
	if (p->name_at == p->names.count) {
		fail(p, FAULT_TEMPORARY, "4.4.4", false, "the smarthost %s has no address, neither in /etc/hosts nor in the "
		     "DNS; is its name right in the configuration?", p->name);
		return;
	}
	exchange_list_add_host(&p->exchanges, 0, p->names.items[p->name_at++]);
	begin_lookups(p);
}

static void add_name(struct text_list *names, char *name)
{
	names->items = mem_resize(names->items, names->count + 1, sizeof *names->items);
	names->items[names->count++] = name;
}

static void list_names(struct planning *p)
{
	const struct text_list *search = &dns_system(p->dns)->search;
	bool plain = strchr(p->name, '.') == NULL;

	for (size_t i = 0; plain && i < search->count && i < NAMES_MAX; i++) {
		struct buf name = { 0 };
		buf_printf(&name, "%s.%s", p->name, search->items[i]);
		add_name(&p->names, buf_take(&name));
	}
	add_name(&p->names, mem_text(p->name));
}

static void begin_host(struct planning *p)
{
	struct ip_address *addresses = NULL;
	size_t count = 0;

	p->secure = true;
	if (system_find_host(dns_system(p->dns), p->name, &addresses, &count, ADDRESSES_MAX) > 0) {
		finish_with_addresses(p, addresses, count);
		return;
	}
	list_names(p);
	begin_names(p);
}

/* ---- both ---- */

/* "[192.0.2.1]", "[IPv6:2001:db8::1]"; for a smarthost also without brackets. 0 none, 1 yes, -1 malformed. */
static int read_literal(enum plan_kind kind, struct span name, struct ip_address *out)
{
	const struct span tag = SPAN("IPv6:");

	if (name.len == 0 || name.at[0] != '[')
		return kind == PLAN_HOST && ip_address_parse(name, out);
	if (name.len < 3 || name.at[name.len - 1] != ']')
		return -1;
	struct span inner = { name.at + 1, name.len - 2 };
	bool tagged = span_starts_nocase(inner, tag);
	if (tagged)
		inner = (struct span){ inner.at + tag.len, inner.len - tag.len };
	if (!ip_address_parse(inner, out))
		return -1;
	if (out->family == 4 ? tagged : !tagged && kind == PLAN_MX)
		return -1;
	return 1;
}

static void finish_with_literal(struct planning *p, const struct ip_address *address)
{
	struct ip_address *addresses = mem_alloc(sizeof *addresses);

	*addresses = *address;
	finish_with_addresses(p, addresses, 1);
}

static void begin_mx(struct planning *p)
{
	struct fault f = { 0 };

	if (dns_start(p->dns, p->name, DNS_MX, mx_answered, p, &f) == 0)
		return;
	if (p->kind == PLAN_MX_POOL)
		fault_set(&f, FAULT_TEMPORARY, "4.4.4", "the pool \"%s\" is no domain name", p->name);
	finish_with_fault(p, &f, false);
}

static void begin(struct planning *p)
{
	static void (*const begins[PLAN_KINDS])(struct planning *p) = {
		[PLAN_MX] = begin_mx, [PLAN_HOST] = begin_host, [PLAN_SRV] = begin_service, [PLAN_MX_POOL] = begin_mx,
		[PLAN_LIST] = begin_list,
	};

	begins[p->kind](p);
}

int mx_plan_start(struct dns *d, enum plan_kind kind, const char *name, const char *own_name,
                  mx_done *done, void *context, struct fault *f)
{
	struct planning *p = mem_alloc(sizeof *p);
	struct span plain = span_of(name);
	struct ip_address literal;

	(void)f;
	if (plain.len > 1 && plain.at[plain.len - 1] == '.')
		plain.len--;
	*p = (struct planning){ .dns = d, .kind = kind, .name = mem_text_span(plain), .own_name = mem_text(own_name),
	                        .done = done, .context = context };
	for (char *c = p->name; *c; c++)
		*c = byte_lower(*c);
	int is_literal = is_pool(kind) ? 0 : read_literal(kind, span_of(p->name), &literal);
	if (is_literal > 0)
		finish_with_literal(p, &literal);
	else if (is_literal < 0 && kind == PLAN_MX)
		fail(p, FAULT_PERMANENT, "5.1.3", false, "\"%s\" is no address literal", p->name);
	else if (is_literal < 0)
		fail(p, FAULT_TEMPORARY, "4.4.4", false, "the smarthost's \"%s\" is no address", p->name);
	else
		begin(p);
	return 0;
}

struct waiting {
	struct mx_plan *plan;
	bool done;
};

static void stop_waiting(void *context, struct mx_plan *plan)
{
	struct waiting *w = context;

	*w->plan = *plan;
	w->done = true;
}

void mx_plan_now(struct dns *d, enum plan_kind kind, const char *name, const char *own_name, struct mx_plan *out)
{
	struct waiting w = { .plan = out };

	mx_plan_start(d, kind, name, own_name, stop_waiting, &w, NULL);
	while (!w.done) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		if (poll(&p, 1, DNS_PATIENCE_MS) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
}
