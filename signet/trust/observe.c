/* SPDX-License-Identifier: ISC */
#include "signet/trust/observe.h"

#include "base/clock.h"
#include "base/conf/ca_bundle.h"
#include "base/conf/key_choice.h"
#include "base/https.h"
#include "base/io.h"
#include "base/mail/address.h"
#include "dns/dns_anchor.h"
#include "relay/route/aliases.h"
#include "relay/route/hop.h"
#include "trust/check.h"
#include "trust/greet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { ECHO_DOMAINS_MAX = 4, FAMILIES = 2, MXS_OF_DOMAIN_MAX = 4, ROOTS_MAX = 16 * 1024 * 1024, ANCHOR_MAX = 1024 * 1024 };

static const char no_time[] = "not looked at within the time for the whole check";

/* ---- domains ---- */

void observe_domains(const struct settings *s, struct text_list *out)
{
	if (strchr(s->domain, '.'))
		text_list_add(out, span_of(s->domain));
	for (size_t i = 0; i < s->dkim_count; i++)
		if (s->dkim[i].domain[0] != '*' && !text_list_has_nocase(out, span_of(s->dkim[i].domain)))
			text_list_add(out, span_of(s->dkim[i].domain));
}

/* ---- keys ---- */

static void add_key(const struct keyset_key *k, const char *from, struct facts *facts, struct observed *out)
{
	struct span domain = key_choice_domain(k->entry, span_of(from));

	out->keys = mem_resize(out->keys, facts->key_count + 1, sizeof *out->keys);
	out->keys[facts->key_count++] = (struct fact_key){
		/* Either is a C string: the entry's own, or what is checked. */
		.from = from, .domain = domain.at, .selector = k->selector, .file = k->file, .scheme = k->scheme, .key = k->key,
		.unseen = k->state == KEYSET_UNSEEN, .fault = k->fault,
	};
}

static void observe_keys(const struct settings *s, const struct text_list *domains, struct observed *out, struct facts *facts)
{
	const struct dkim_key **chosen = mem_resize(NULL, s->dkim_count + 1, sizeof *chosen);

	keyset_read(s, &out->keyset);
	for (size_t i = 0; i < domains->count; i++) {
		size_t count = key_choice(s, span_of(domains->items[i]), chosen);
		for (size_t k = 0; k < count; k++)
			for (size_t n = 0; n < out->keyset.count; n++)
				if (out->keyset.items[n].entry == chosen[k])
					add_key(&out->keyset.items[n], domains->items[i], facts, out);
	}
	free(chosen);
	facts->keys = out->keys;
}

/* ---- next hops ---- */

static void add_via(const struct settings *s, const struct text_list *via, struct observed *out, struct facts *facts)
{
	for (size_t i = 0; i < via->count; i++) {
		const struct smarthost *hop = settings_smarthost(s, via->items[i]);
		bool there = hop == NULL || smarthost_is_local(hop);
		facts->direct |= strcmp(via->items[i], "mx") == 0;
		for (size_t k = 0; k < facts->hop_count && !there; k++)
			there = strcmp(out->hops[k].name, hop->name) == 0;
		if (there)
			continue;
		out->hops = mem_resize(out->hops, facts->hop_count + 1, sizeof *out->hops);
		out->hops[facts->hop_count++] = (struct fact_hop){ hop->name, hop->host, hop->sign, &hop->spf };
	}
}

static void observe_hops(const struct settings *s, struct observed *out, struct facts *facts)
{
	for (size_t i = 0; i < s->route_count; i++)
		add_via(s, &s->routes[i].via, out, facts);
	add_via(s, &s->default_via, out, facts);
	if (facts->direct)
		add_via(s, &s->on_address_change, out, facts);
	facts->hops = out->hops;
}

/* ---- readers ---- */

static void observe_readers(const struct settings *s, struct observed *out, struct facts *facts)
{
	static const char *const names[] = { "postmaster", "abuse" };
	struct aliases *aliases = aliases_new(&s->aliases);

	aliases_refresh(aliases);
	struct alias_rules rules = { .settings = s, .source = aliases_source(aliases) };
	out->readers = mem_alloc(sizeof names / sizeof names[0] * sizeof *out->readers);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct alias_expansion all = { 0 };
		struct fact_reader *r = &out->readers[out->reader_count++];
		alias_expand(&rules, span_of(names[i]), 10, &all);
		bool read = all.count > 0 && all.items[0].verdict != ALIAS_REFUSED && all.items[0].why[0] == '\0';
		*r = (struct fact_reader){ .name = names[i], .to = mem_text(read ? all.items[0].address : ""),
		                           .why = mem_text(all.count > 0 ? all.items[0].why : "") };
		alias_expansion_free(&all);
	}
	aliases_free(aliases);
	facts->readers = out->readers;
	facts->reader_count = out->reader_count;
}

void observe_host(const struct settings *s, const struct text_list *domains, struct observed *out, struct facts *facts)
{
	*out = (struct observed){ 0 };
	facts->settings = s;
	facts->domains = domains;
	facts->now_ms = clock_wall_ms();
	observe_keys(s, domains, out, facts);
	observe_hops(s, out, facts);
	observe_readers(s, out, facts);
}

/* ---- the root ---- */

void observe_root(struct facts *facts)
{
	const struct settings *s = facts->settings;
	struct fact_root *root = &facts->root;
	struct buf text = { 0 }, message = { 0 };

	*root = (struct fact_root){ .asked = true, .set = dns_anchor_is_set(s), .file = dns_anchor_file(s) };
	int fd = open(root->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_file(fd, &text, ANCHOR_MAX) < 0)
		fault_set(&root->file_fault, FAULT_PERMANENT, "5.3.5", "%s", strerror(errno));
	else
		root->text = mem_text_span(buf_span(&text));
	io_close(&fd);
	if (dns_root_keys(s, OBSERVE_ROOT_MS, &message, &root->heard_fault) == 0)
		root_keys_read(buf_span(&message), &root->heard, &root->heard_fault);
	buf_free(&text);
	buf_free(&message);
}

void observe_history(const struct settings *s, struct observed *out, struct facts *facts)
{
	if (history_ask(s->control, HISTORY_DAYS_MS, &out->history, &facts->history_fault) == 0)
		facts->history = &out->history;
}

void observed_free(struct observed *o)
{
	history_free(&o->history);
	keyset_free(&o->keyset);
	for (size_t i = 0; i < o->reader_count; i++) {
		free(o->readers[i].to);
		free(o->readers[i].why);
	}
	free(o->keys);
	free(o->hops);
	free(o->readers);
	*o = (struct observed){ 0 };
}

/* ---- the outside ---- */

struct echoes {
	struct greet greets[ECHO_DOMAINS_MAX * FAMILIES];
	char *names[ECHO_DOMAINS_MAX * FAMILIES];
	size_t count;
};

/* The host of the least preference. "": none is known. */
static const char *first_mx(const struct fact_answer *mx, const char *domain)
{
	const char *host = mx->fault.kind == FAULT_NONE ? domain : "";    /* its own, without MX (RFC 5321 section 5.1) */
	long least = UINT16_MAX + 1L;

	for (size_t i = 0; i < mx->values.count; i++) {
		char *rest;
		long preference = strtol(mx->values.items[i], &rest, 10);
		if (preference < least)
			host = *rest ? rest + 1 : "";
		least = preference < least ? preference : least;
	}
	return host;
}

/* One address of each family of the domain's first MX. False: they are wanted first. */
static bool add_echo(struct facts *facts, const char *domain, struct echoes *out)
{
	const struct fact_answer *mx = facts_system(facts, domain, DNS_MX);
	const char *host = mx ? first_mx(mx, domain) : "";
	struct ip_address source[2];

	hop_source(facts->settings, NULL, source);
	for (int i = 0; i < FAMILIES && host[0]; i++) {
		const struct fact_answer *a = facts_system(facts, host, i ? DNS_AAAA : DNS_A);
		struct greet g = { .from = source[i], .port = facts->settings->mx_port, .helo = facts->settings->hostname };
		struct buf name = { 0 };
		if (a == NULL)
			mx = NULL;
		if (a == NULL || a->values.count == 0 || !ip_address_parse(span_of(a->values.items[0]), &g.address))
			continue;
		buf_printf(&name, "%s[%s]", host, a->values.items[0]);
		out->names[out->count] = buf_take(&name);
		out->greets[out->count++] = g;
	}
	return mx != NULL;
}

static void free_echoes(struct echoes *e)
{
	for (size_t i = 0; i < e->count; i++) {
		greet_free(&e->greets[i]);
		free(e->names[i]);
	}
}

/* What one server of the family has said; one that has told the address counts most. */
static void take_greet(struct greet *g, char *name, struct fact_egress *e)
{
	struct ip_address seen = { 0 };
	bool open = g->greeting.len > 0 && g->greeting.at[0] == '2';
	int64_t time_s;

	e->asked |= !g->no_route;
	if (g->own.family)
		e->source = g->own;
	if (open && !e->open) {
		free(e->by);
		e->by = mem_text(name);
		e->fault = (struct fault){ 0 };
	} else if (!e->open && g->fault.kind != FAULT_NONE && e->fault.kind == FAULT_NONE && !g->no_route) {
		e->by = e->by ? e->by : mem_text(name);
		e->fault = g->fault;
	} else if (!e->open && !open && g->greeting.len > 0) {
		struct span rest = buf_span(&g->greeting), line = span_cut(&rest, '\n');
		e->by = e->by ? e->by : mem_text(name);
		fault_set(&e->fault, FAULT_POLICY, "4.7.1", "%.*s", (int)span_trim(line).len, line.at);
	}
	e->open |= open;
	if (open && !e->heard && greet_read_address(buf_span(&g->answer), e->source.family, &seen)) {
		e->heard = true;
		e->address = seen;
		free(e->by);
		e->by = mem_text(name);
	}
	if (open && !e->clock_known && greet_read_time(buf_span(&g->greeting), &time_s)) {
		e->clock_known = true;
		e->clock_s = time_s - g->greeted_ms / 1000;
	}
}

bool observe_outside(struct facts *facts)
{
	static const struct ip_address far[] = { { 4, { 8, 8, 8, 8 } }, { 6, { 0x20, 0x01, 0x48, 0x60, 0x48, 0x60 } } };
	const struct settings *s = facts->settings;
	struct echoes echoes = { 0 };
	bool known = true;

	if (hop_proxy(s, NULL)[0])     /* what this host sees of the outside is not what mail meets, and nothing goes past a proxy */
		return true;
	for (size_t i = 0; i < s->echo_domains.count && i < ECHO_DOMAINS_MAX; i++)
		known &= add_echo(facts, s->echo_domains.items[i], &echoes);
	if (known)
		greet_all(echoes.greets, echoes.count, clock_scaled_ms(s->time_scale, GREET_PATIENCE_MS, 1000));
	for (size_t i = 0; i < FAMILIES && known; i++) {
		struct fact_egress *e = &facts->egress[i];
		uint8_t family = i ? 6 : 4;
		bool used = s->mx_families.count == 0 || text_list_has_nocase(&s->mx_families, SPAN("any")) ||
		            text_list_has_nocase(&s->mx_families, i ? SPAN("ipv6") : SPAN("ipv4"));
		bool way = ip_address_source(&far[i], s->mx_port, &e->source);
		e->source.family = family;
		for (size_t k = 0; k < echoes.count; k++)
			if (echoes.greets[k].address.family == family)
				take_greet(&echoes.greets[k], echoes.names[k], e);
		e->wanted = used && facts->direct && (way || e->asked);
		if (!e->heard && (way || e->asked))
			e->address = e->source;
	}
	free_echoes(&echoes);
	return known;
}

/* ---- the domains' own servers ---- */

/* Its first address, IPv4 before IPv6. False: they are wanted first; address "" where it has none. */
static bool first_address(struct facts *facts, const char *host, const char **address)
{
	const struct fact_answer *a = facts_system(facts, host, DNS_A), *aaaa = facts_system(facts, host, DNS_AAAA);

	*address = a && a->values.count > 0 ? a->values.items[0] : aaaa && aaaa->values.count > 0 ? aaaa->values.items[0] : "";
	return a && aaaa;
}

static bool has_mx(const struct facts *facts, const char *host)
{
	for (size_t i = 0; i < facts->mx_count; i++)
		if (strcasecmp(facts->mxs[i].host, host) == 0)
			return true;
	return false;
}

/* False: facts are wanted first. */
static bool add_mxs(struct facts *facts, const char *domain)
{
	const struct fact *mx = facts_fresh(facts, domain, DNS_MX);
	const struct fact_answer *one = mx ? fact_one(mx) : NULL;
	bool known = mx != NULL;

	for (size_t i = 0; one && i < one->values.count && i < MXS_OF_DOMAIN_MAX; i++) {
		const char *blank = strchr(one->values.items[i], ' '), *address;
		if (blank == NULL || blank[1] == '\0' || has_mx(facts, blank + 1))
			continue;
		known &= first_address(facts, blank + 1, &address);
		if (!known || address[0] == '\0')
			continue;
		facts->mxs = mem_resize(facts->mxs, facts->mx_count + 1, sizeof *facts->mxs);
		facts->mxs[facts->mx_count++] = (struct fact_mx){ .host = mem_text(blank + 1), .address = mem_text(address) };
	}
	return known;
}

static void take_mx(struct greet *g, struct fact_mx *m)
{
	m->asked = true;
	m->reached = g->fault.kind == FAULT_NONE && g->greeting.at[0] == '2';
	m->offers_tls = g->offers_tls;
	m->fault = m->reached ? g->tls_fault : g->fault;
	m->chain = g->chain;
	g->chain = (struct peer_chain){ 0 };
	greet_free(g);
}

/* At most OBSERVE_MXS_AT_ONCE from the index on; returns the index after them. */
static size_t greet_some(struct facts *facts, size_t from, int64_t wait_ms)
{
	struct greet greets[OBSERVE_MXS_AT_ONCE] = { 0 };
	size_t places[OBSERVE_MXS_AT_ONCE], count = 0;

	for (; from < facts->mx_count && count < OBSERVE_MXS_AT_ONCE; from++) {
		struct fact_mx *m = &facts->mxs[from];
		if (m->asked)
			continue;
		greets[count] = (struct greet){ .port = facts->settings->mx_port, .helo = facts->settings->hostname, .tls_host = m->host,
		                                .roots = ca_bundle(facts->settings->ca_file, NULL) };
		ip_address_parse(span_of(m->address), &greets[count].address);
		places[count++] = from;
	}
	greet_all(greets, count, wait_ms);
	for (size_t i = 0; i < count; i++)
		take_mx(&greets[i], &facts->mxs[places[i]]);
	return from;
}

bool observe_mxs(const struct text_list *domains, struct facts *facts, int64_t deadline_ms)
{
	int64_t patience_ms = clock_scaled_ms(facts->settings->time_scale, GREET_PATIENCE_MS, 1000);
	bool known = true;
	size_t next = 0;

	for (size_t i = 0; i < domains->count; i++)
		known &= add_mxs(facts, domains->items[i]);
	while (known && next < facts->mx_count) {
		int64_t left_ms = deadline_ms - clock_boot_ms();
		if (left_ms <= 0)
			break;
		next = greet_some(facts, next, patience_ms < left_ms ? patience_ms : left_ms);
	}
	for (; known && next < facts->mx_count; next++) {
		facts->mxs[next].asked = true;
		fault_set(&facts->mxs[next].fault, FAULT_TEMPORARY, "4.4.7", "%s", no_time);
	}
	return known;
}

/* ---- their policies ---- */

static void take_policy(struct fact_policy *p, const char *url, const struct https_answer *answer)
{
	if (p->fault.kind != FAULT_NONE)
		return;
	if (answer->status != 200)
		fault_set(&p->fault, FAULT_TEMPORARY, "4.7.5", "%s: the server answers %ld, and only 200 is accepted", url, answer->status);
	else if (strcmp(answer->type, "text/plain") != 0)
		fault_set(&p->fault, FAULT_TEMPORARY, "4.7.5", "%s: it is of type %.100s and not text/plain", url,
		          answer->type[0] ? answer->type : "none");
	else
		p->text = mem_text_span(buf_span(&answer->body));
}

/* At most OBSERVE_POLICIES_AT_ONCE. */
static void fetch_policies(struct fact_policy *policies, size_t count, struct span roots, int64_t wait_ms)
{
	struct https_question what[OBSERVE_POLICIES_AT_ONCE] = { 0 };
	struct https_answer answers[OBSERVE_POLICIES_AT_ONCE];
	struct fault faults[OBSERVE_POLICIES_AT_ONCE];
	char *urls[OBSERVE_POLICIES_AT_ONCE];

	for (size_t i = 0; i < count; i++) {
		struct buf url = { 0 };
		buf_printf(&url, "https://mta-sts.%s/.well-known/mta-sts.txt", policies[i].domain);
		urls[i] = buf_take(&url);
		what[i] = (struct https_question){ .url = urls[i], .roots = roots, .bytes_max = STS_POLICY_BYTES_MAX, .wait_ms = wait_ms };
	}
	https_ask_all(what, answers, faults, count);
	for (size_t i = 0; i < count; i++) {
		policies[i].fault = faults[i];
		policies[i].untrusted = answers[i].untrusted;
		policies[i].unanswered = faults[i].kind != FAULT_NONE && !answers[i].untrusted;
		take_policy(&policies[i], urls[i], &answers[i]);
		https_answer_free(&answers[i]);
		free(urls[i]);
	}
}

/* Whether the domain has a record, at the least; -1: it is wanted first. */
static int has_sts(struct facts *facts, const char *domain)
{
	struct buf name = { 0 };
	int found = 0;

	buf_printf(&name, "_mta-sts.%s", domain);
	const struct fact *fact = facts_fresh(facts, buf_text(&name), DNS_TXT);
	const struct fact_answer *one = fact ? fact_one(fact) : NULL;
	for (size_t i = 0; one && i < one->values.count; i++)
		found |= span_starts_nocase(span_of(one->values.items[i]), SPAN("v=STSv1"));
	buf_free(&name);
	return fact ? found : -1;
}

bool observe_policies(const struct text_list *domains, struct facts *facts, int64_t deadline_ms)
{
	const char *path = ca_bundle(facts->settings->ca_file, NULL);
	int64_t patience_ms = clock_scaled_ms(facts->settings->time_scale, OBSERVE_POLICY_MS, 1000);
	struct buf roots = { 0 };
	struct fault f;
	size_t next = facts->policy_count;
	bool known = true;

	for (size_t i = 0; i < domains->count; i++)
		known &= has_sts(facts, domains->items[i]) >= 0;
	if (!known || path == NULL || https_prepare(&f) < 0)
		return known;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_file(fd, &roots, ROOTS_MAX) < 0)
		buf_clear(&roots);
	io_close(&fd);
	for (size_t i = 0; i < domains->count; i++) {
		if (has_sts(facts, domains->items[i]) <= 0)
			continue;
		facts->policies = mem_resize(facts->policies, facts->policy_count + 1, sizeof *facts->policies);
		facts->policies[facts->policy_count++] = (struct fact_policy){ .domain = mem_text(domains->items[i]) };
	}
	while (next < facts->policy_count) {
		int64_t left_ms = deadline_ms - clock_boot_ms();
		size_t left = facts->policy_count - next, count = left < OBSERVE_POLICIES_AT_ONCE ? left : OBSERVE_POLICIES_AT_ONCE;
		if (left_ms > 0)
			fetch_policies(&facts->policies[next], count, buf_span(&roots), patience_ms < left_ms ? patience_ms : left_ms);
		for (size_t i = next; left_ms <= 0 && i < next + count; i++) {
			facts->policies[i].unseen = true;
			fault_set(&facts->policies[i].fault, FAULT_TEMPORARY, "4.4.7", "%s", no_time);
		}
		next += count;
	}
	buf_free(&roots);
	return true;
}
