/* SPDX-License-Identifier: ISC */
#include "trust/gather.h"

#include "base/clock.h"
#include "dns/dns_wire.h"
#include "dns/talk.h"
#include "dns/tlsa.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

enum { TRIES = 2, ASKED_AT_ONCE = 400 };

/* ---- RDATA as text ---- */

static bool print_tlsa(struct span rdata, struct buf *out)
{
	struct tlsa t = { 0 };

	if (!tlsa_read(rdata, &t))
		return false;
	buf_printf(out, "%u %u %u ", t.usage, t.selector, t.matching);
	for (size_t i = 0; i < t.len; i++)
		buf_printf(out, "%02x", t.data[i]);
	tlsa_free(&t);
	return true;
}

/* The third field from the end of five numbers of 32 bits. */
static bool print_serial(struct span rdata, struct buf *out)
{
	uint32_t serial = 0;

	if (rdata.len < 22)
		return false;
	for (size_t i = rdata.len - 20; i < rdata.len - 16; i++)
		serial = serial << 8 | (unsigned char)rdata.at[i];
	buf_printf(out, "%u", serial);
	return true;
}

static bool print_mx(struct span rdata, struct buf *out)
{
	struct buf host = { 0 };
	uint16_t preference = 0;
	bool sound = dns_read_mx(rdata, &preference, &host);

	if (sound)
		buf_printf(out, "%u %s", preference, buf_text(&host));
	buf_free(&host);
	return sound;
}

static bool print_address(unsigned type, struct span rdata, struct buf *out)
{
	struct ip_address a = { .family = type == DNS_A ? 4 : 6 };

	if (rdata.len != (type == DNS_A ? 4u : 16u))
		return false;
	memcpy(a.bytes, rdata.at, rdata.len);
	ip_address_print(&a, out);
	return true;
}

/* A record that is malformed is left out. */
static void take_rdata(struct fact_answer *a, unsigned type, struct span rdata)
{
	struct buf text = { 0 };
	bool sound = false;

	switch (type) {
	case DNS_TXT:   fact_add_txt(a, rdata); break;
	case DNS_A:
	case DNS_AAAA:  sound = print_address(type, rdata, &text); break;
	case DNS_NS:
	case DNS_PTR:
	case DNS_CNAME: sound = dns_read_name(rdata, &text); break;
	case DNS_MX:    sound = print_mx(rdata, &text); break;
	case DNS_TLSA:  sound = print_tlsa(rdata, &text); break;
	case FACTS_SOA: sound = print_serial(rdata, &text); break;
	default:        break;
	}
	if (sound)
		text_list_add(&a->values, buf_span(&text));
	buf_free(&text);
}

static void know(struct facts *f, struct fact *fact)
{
	fact->known = true;
	f->wanted--;
}

/* ---- the system's view ---- */

struct asking {
	struct facts *facts;
	struct fact *fact;
	size_t *open;
};

static void take_answer(void *context, struct dns_answer *answer)
{
	struct asking *asking = context;
	struct fact *fact = asking->fact;

	--*asking->open;
	if (answer->fault.kind == FAULT_NONE || ++fact->tries >= TRIES) {
		struct fact_answer *a = fact_add(fact, "");
		a->fault = answer->fault;
		a->nxdomain = answer->nxdomain;
		a->secure = answer->secure;
		a->bogus = answer->bogus;
		a->ttl_s = answer->ttl_s;
		if (answer->canonical && strcmp(answer->canonical, fact->name) != 0)
			a->alias = mem_text(answer->canonical);
		for (size_t i = 0; i < answer->count; i++)
			take_rdata(a, fact->type, answer->records[i]);
		know(asking->facts, fact);
	}
	dns_answer_free(answer);
}

static void give_up(struct facts *f, struct fact *fact, const char *why)
{
	struct fault *fault = fact->view == FACT_SYSTEM ? &fact_add(fact, "")->fault : &fact->fault;

	fault_set(fault, FAULT_TEMPORARY, "4.4.3", "%.200s: %s", fact->name, why);
	know(f, fact);
}

static size_t count_wanted(const struct facts *f, enum fact_view view)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += !f->items[i]->known && f->items[i]->view == view;
	return count;
}

static void start_asking(struct dns *d, struct asking *a)
{
	struct fault fault = { 0 };

	++*a->open;
	if (dns_start_within(d, a->fact->name, (enum dns_type)a->fact->type, GATHER_PATIENCE_MS, take_answer, a, &fault) < 0) {
		--*a->open;
		give_up(a->facts, a->fact, fault.text);
	}
}

static void ask_system(struct dns *d, struct facts *f, int64_t deadline_ms)
{
	struct asking *asking = mem_alloc((f->count + 1) * sizeof *asking);
	size_t open = 0, next = 0, count = f->count;

	while (open > 0 || next < count) {       /* dns_start_within ends each */
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		for (; next < count && open < ASKED_AT_ONCE && clock_boot_ms() < deadline_ms; next++) {
			asking[next] = (struct asking){ f, f->items[next], &open };
			if (!f->items[next]->known && f->items[next]->view == FACT_SYSTEM)
				start_asking(d, &asking[next]);
		}
		if (open == 0)
			break;
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
	free(asking);
}

/* ---- which servers ---- */

void gather_servers_free(struct gather_servers *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].name);
	free(s->items);
	*s = (struct gather_servers){ 0 };
}

static void add_server(struct gather_servers *s, const char *host, const struct ip_address *address)
{
	struct buf name = { 0 };

	if (s->count >= FACTS_SERVERS_MAX)
		return;
	buf_add_text(&name, host);
	if (address) {
		buf_add_byte(&name, '[');
		ip_address_print(address, &name);
		buf_add_byte(&name, ']');
	}
	s->items = mem_resize(s->items, s->count + 1, sizeof *s->items);
	s->items[s->count++] = (struct gather_server){ buf_take(&name), address ? *address : (struct ip_address){ 0 } };
}

/* 1: wanted. */
static int add_host(struct facts *f, const char *host, struct gather_servers *out)
{
	const struct fact_answer *by_family[] = { facts_system(f, host, DNS_A), facts_system(f, host, DNS_AAAA) };
	size_t before = out->count;

	if (by_family[0] == NULL || by_family[1] == NULL)
		return 1;
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < by_family[k]->values.count; i++) {
			struct ip_address address;
			if (ip_address_parse(span_of(by_family[k]->values.items[i]), &address))
				add_server(out, host, &address);
		}
	if (out->count == before)
		add_server(out, host, NULL);
	return 0;
}

static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : NULL;
}

/*
 * The NS of the nearest zone upwards. An alias is not a zone: asked for its
 * NS, a resolver goes on to where it leads. NULL, *waits: wanted first.
 */
static const struct fact_answer *find_zone(struct facts *f, const char *name, bool *waits, struct fault *fault)
{
	const struct fact_answer *found = NULL;
	const char *below = name;
	bool below_exists = true;

	for (const char *at = name; at; at = parent_of(at))
		*waits |= facts_system(f, at, DNS_NS) == NULL;      /* all at once */
	for (const char *at = name; at && !*waits && found == NULL; at = parent_of(at)) {
		const struct fact_answer *a = facts_system(f, at, DNS_NS);
		bool is_zone = a->fault.kind == FAULT_NONE && a->values.count > 0 && a->alias == NULL;
		if (a->fault.kind != FAULT_NONE && fault->kind == FAULT_NONE)
			*fault = a->fault;
		if (is_zone && !below_exists && parent_of(at) == NULL) {
			fault_set(fault, FAULT_PERMANENT, "5.1.2", "the domain %.200s does not exist", below);
			return NULL;
		}
		found = is_zone ? a : NULL;
		below = at;
		below_exists = !a->nxdomain;
	}
	if (found == NULL && fault->kind == FAULT_NONE)
		fault_set(fault, below_exists ? FAULT_TEMPORARY : FAULT_PERMANENT, below_exists ? "4.4.3" : "5.1.2",
		          below_exists ? "no name server of %.200s can be found" : "the domain %.200s does not exist", below ? below : "");
	return found;
}

int gather_servers_of(struct facts *f, const char *name, struct gather_servers *out, struct fault *fault)
{
	bool waits = false;

	*out = (struct gather_servers){ 0 };
	*fault = (struct fault){ 0 };
	const struct fact_answer *ns = find_zone(f, name, &waits, fault);
	if (waits)
		return 1;
	if (ns == NULL)
		return -1;
	*fault = (struct fault){ 0 };
	for (size_t i = 0; i < ns->values.count && i < FACTS_SERVERS_MAX; i++)
		waits |= add_host(f, ns->values.items[i], out) > 0;
	if (waits)
		gather_servers_free(out);
	return waits;
}

/* ---- the fresh view ---- */

struct question {
	struct fact *fact;
	struct gather_servers servers;
	struct buf message;
	struct talk *talks;     /* one a server */
};

static void take_message(struct fact_answer *a, const struct fact *fact, const struct dns_wire_message *m)
{
	struct buf rcode = { 0 }, target = { 0 };

	a->nxdomain = m->rcode == DNS_WIRE_NXDOMAIN;
	if (m->rcode != DNS_WIRE_NOERROR && !a->nxdomain) {
		dns_wire_rcode_print(m->rcode, &rcode);
		fault_set(&a->fault, FAULT_TEMPORARY, "4.4.3", "%s says %s", a->server, buf_text(&rcode));
	} else if (!m->authoritative) {
		fault_set(&a->fault, FAULT_TEMPORARY, "4.4.3", "%s is not authoritative for %.200s, though the delegation names it", a->server,
		          fact->name);
	}
	for (size_t i = 0; i < m->count && a->fault.kind == FAULT_NONE; i++) {
		const struct dns_wire_record *r = &m->records[i];
		if (!span_eq_nocase(span_of(r->owner), span_of(fact->name)))
			continue;
		if (r->type == fact->type) {
			take_rdata(a, fact->type, buf_span(&r->rdata));
			a->ttl_s = r->ttl_s > a->ttl_s ? r->ttl_s : a->ttl_s;
		} else if (r->type == DNS_CNAME && a->alias == NULL && dns_read_name(buf_span(&r->rdata), &target)) {
			a->alias = buf_take(&target);
		}
	}
	if (a->values.count == 0)
		a->ttl_s = m->negative_ttl_s;
	buf_free(&rcode);
	buf_free(&target);
}

static void take_talk(struct question *q, size_t i)
{
	struct fact_answer *a = fact_add(q->fact, q->servers.items[i].name);
	struct talk *t = &q->talks[i];
	struct dns_wire_message m = { 0 };

	if (q->servers.items[i].address.family == 0)
		fault_set(&a->fault, FAULT_TEMPORARY, "4.4.3", "%s: no address of it can be found", a->server);
	else if (t->fault.kind != FAULT_NONE)
		fault_set(&a->fault, FAULT_TEMPORARY, "4.4.3", "%s: %s", a->server, t->fault.text);
	else if (dns_wire_answer(t->message, buf_span(&t->answer), &m, &a->fault) < 0)
		fault_prefix(&a->fault, "%s", a->server);
	else
		take_message(a, q->fact, &m);
	dns_wire_message_free(&m);
}

/* Addresses that this host has no way to (of IPv6, mostly) are left out where there are others. */
static void take_talks(struct question *q)
{
	size_t ways = 0;

	for (size_t i = 0; i < q->servers.count; i++)
		ways += q->servers.items[i].address.family && !q->talks[i].no_route;
	for (size_t i = 0; i < q->servers.count; i++) {
		if (ways == 0 || !q->talks[i].no_route)
			take_talk(q, i);
		talk_free(&q->talks[i]);
	}
}

static bool is_silent(const struct facts *f, const struct ip_address *server)
{
	for (size_t i = 0; i < f->silent_count; i++)
		if (memcmp(&f->silent[i], server, sizeof *server) == 0)
			return true;
	return false;
}

static void note_silent(struct facts *f, const struct ip_address *server)
{
	if (is_silent(f, server))
		return;
	f->silent = mem_resize(f->silent, f->silent_count + 1, sizeof *f->silent);
	f->silent[f->silent_count++] = *server;
}

/* All questions to all servers, but those that were silent before. */
static void talk_together(struct facts *f, struct question *questions, size_t count, int64_t patience_ms, int64_t deadline_ms)
{
	struct talk *all = NULL, **places;
	size_t servers = 0, asked = 0;

	for (size_t i = 0; i < count; i++)
		servers += questions[i].servers.count;
	all = mem_alloc((servers + 1) * sizeof *all);
	places = mem_alloc((servers + 1) * sizeof *places);
	for (size_t i = 0; i < count; i++) {
		struct question *q = &questions[i];
		q->talks = mem_alloc((q->servers.count + 1) * sizeof *q->talks);
		for (size_t k = 0; k < q->servers.count; k++) {
			q->talks[k] = (struct talk){ .address = q->servers.items[k].address, .port = TALK_PORT, .message = buf_span(&q->message) };
			if (q->talks[k].address.family == 0)
				continue;
			if (is_silent(f, &q->talks[k].address)) {
				fault_set(&q->talks[k].fault, FAULT_TEMPORARY, "4.4.7", "no answer in time");
				continue;
			}
			places[asked] = &q->talks[k];
			all[asked++] = q->talks[k];
		}
	}
	talk_all_until(all, asked, patience_ms, deadline_ms);
	for (size_t i = 0; i < asked; i++) {
		*places[i] = all[i];
		if (all[i].silent)
			note_silent(f, &all[i].address);
	}
	free(all);
	free(places);
}

/* Those whose servers are known. */
static void ask_fresh(struct facts *f, int64_t patience_ms, int64_t deadline_ms)
{
	struct question *questions = mem_alloc((f->count + 1) * sizeof *questions);
	size_t count = 0;

	for (size_t i = 0, facts = f->count; i < facts; i++) {
		struct fact *fact = f->items[i];
		struct question *q = &questions[count];
		if (fact->known || fact->view != FACT_FRESH)
			continue;
		int found = gather_servers_of(f, fact->name, &q->servers, &fact->fault);
		if (found == 0 && dns_wire_question(fact->name, fact->type, &q->message, &fact->fault) == 0) {
			q->fact = fact;
			count++;
		} else if (found <= 0) {
			gather_servers_free(&q->servers);
			know(f, fact);
		}
	}
	talk_together(f, questions, count, patience_ms, deadline_ms);
	for (size_t i = 0; i < count; i++) {
		take_talks(&questions[i]);
		know(f, questions[i].fact);
		gather_servers_free(&questions[i].servers);
		buf_free(&questions[i].message);
		free(questions[i].talks);
	}
	free(questions);
}

void gather(struct dns *d, struct facts *f, int64_t deadline_ms)
{
	int64_t patience_ms = clock_scaled_ms(f->settings->time_scale, GATHER_PATIENCE_MS, 500);
	size_t most = f->most;

	f->most = most ? SIZE_MAX : 0;     /* to find a server takes some questions more, whoever asks */
	while (f->wanted > 0 && clock_boot_ms() < deadline_ms) {
		while (count_wanted(f, FACT_SYSTEM) > 0 && clock_boot_ms() < deadline_ms)
			ask_system(d, f, deadline_ms);
		ask_fresh(f, patience_ms, deadline_ms);
	}
	for (size_t i = 0; i < f->count; i++)
		if (!f->items[i]->known)
			give_up(f, f->items[i], "not found out within the time for the whole check");
	f->most = most;
}
