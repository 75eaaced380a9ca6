/* SPDX-License-Identifier: ISC */
#include "dns/authority.h"

#include "base/mail/address.h"
#include "dns/dns_wire.h"
#include "dns/talk.h"

#include <stdlib.h>

void authority_answers_free(struct authority_answers *a)
{
	for (size_t i = 0; i < a->count; i++) {
		free(a->items[i].server);
		text_list_free(&a->items[i].texts);
	}
	free(a->items);
	*a = (struct authority_answers){ 0 };
}

void authority_servers_free(struct authority_servers *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].name);
	free(list->items);
	*list = (struct authority_servers){ 0 };
}

/* ---- which servers ---- */

void authority_servers_add(struct authority_servers *list, const char *host, const struct ip_address *address,
                           uint16_t port)
{
	struct buf name = { 0 };

	if (list->count >= AUTHORITY_SERVERS_MAX)
		return;
	buf_add_text(&name, host);
	buf_add_text(&name, host[0] && address ? "[" : "");
	if (address)
		ip_address_print(address, &name);
	buf_add_text(&name, host[0] && address ? "]" : "");
	list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = (struct authority_server){
		.name = buf_take(&name), .address = address ? *address : (struct ip_address){ 0 }, .port = port };
}

static void add_addresses(struct dns *d, const char *host, enum dns_type type, struct authority_servers *list)
{
	struct dns_answer answer = { 0 };
	size_t len = type == DNS_A ? 4 : 16;

	dns_ask(d, host, type, &answer);
	for (size_t i = 0; i < answer.count; i++) {
		struct ip_address address = { .family = type == DNS_A ? 4 : 6 };
		if (answer.records[i].len != len)
			continue;
		memcpy(address.bytes, answer.records[i].at, len);
		authority_servers_add(list, host, &address, TALK_PORT);
	}
	dns_answer_free(&answer);
}

int authority_add_host(struct dns *d, const char *host, struct authority_servers *list, struct fault *f)
{
	size_t before = list->count;

	if (dns_name_is_valid(host)) {
		add_addresses(d, host, DNS_A, list);
		add_addresses(d, host, DNS_AAAA, list);
	}
	return list->count > before ? 0 : fault_set(f, FAULT_TEMPORARY, "4.4.3", "no address of %s can be found", host);
}

/* One step up: the NS of name. 1: it is a zone, and its servers are in the list; 0: it is not a zone; -1: a fault. */
static int find_at(struct dns *d, const char *name, bool *exists, struct authority_servers *list, struct fault *f)
{
	struct dns_answer answer = { 0 };
	int result;

	dns_ask(d, name, DNS_NS, &answer);
	*exists = !answer.nxdomain;
	result = answer.fault.kind == FAULT_NONE ? answer.count > 0 : -1;
	if (result < 0 && f)
		*f = answer.fault;
	for (size_t i = 0; i < answer.count && result > 0; i++) {
		struct buf host = { 0 };
		if (dns_read_name(answer.records[i], &host) && authority_add_host(d, buf_text(&host), list, NULL) < 0)
			authority_servers_add(list, buf_text(&host), NULL, TALK_PORT);
		buf_free(&host);
	}
	dns_answer_free(&answer);
	return result;
}

static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : NULL;
}

static char *plain_name(const char *name)
{
	return mem_text_span(domain_without_dot(span_of(name)));
}

/* Asked for anything else, a resolver goes on to the target, and fails where that does. An alias is not a zone. */
static bool is_alias(struct dns *d, const char *name)
{
	struct dns_answer answer = { 0 };

	dns_ask(d, name, DNS_CNAME, &answer);
	bool found = answer.fault.kind == FAULT_NONE && answer.count > 0;
	dns_answer_free(&answer);
	return found;
}

/*
 * A domain below a top-level one that does not exist was never registered:
 * saying so helps more than the answers of the registry's servers.
 */
static int climb_to_zone(struct dns *d, const char *name, struct buf *zone, struct authority_servers *list, struct fault *f)
{
	const char *below = name;
	bool below_exists = true, exists = true;

	for (const char *at = is_alias(d, name) ? parent_of(name) : name; at; at = parent_of(at)) {
		int found = find_at(d, at, &exists, list, f);
		if (found < 0)
			return -1;
		if (found > 0 && (below_exists || parent_of(at))) {
			buf_add_text(zone, at);
			return 0;
		}
		if (found > 0)
			break;
		below = at;
		below_exists = exists;
	}
	return fault_set(f, FAULT_PERMANENT, "5.1.2", "the domain %s does not exist", below);
}

int authority_find(struct dns *d, const char *name, struct buf *zone, struct authority_servers *out, struct fault *f)
{
	*out = (struct authority_servers){ 0 };
	if (!dns_name_is_valid(name))
		return fault_set(f, FAULT_PERMANENT, "5.1.2", "\"%s\" is not a domain name", name);
	char *plain = plain_name(name);
	int result = climb_to_zone(d, plain, zone, out, f);
	free(plain);
	if (result == 0 && out->count == 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "no name server of %s can be found", buf_text(zone));
	if (result < 0)
		authority_servers_free(out);
	return result;
}

/* ---- asking them ---- */

static void take_message(struct authority_answer *item, const struct dns_wire_message *m, const char *name,
                         struct text_list *aliases, bool *is_alias)
{
	struct buf rcode = { 0 };

	if (m->rcode != DNS_WIRE_NOERROR && m->rcode != DNS_WIRE_NXDOMAIN) {
		dns_wire_rcode_print(m->rcode, &rcode);
		fault_set(&item->fault, FAULT_TEMPORARY, "4.4.3", "%s says %s", item->server, buf_text(&rcode));
	} else if (!m->authoritative) {
		fault_set(&item->fault, FAULT_TEMPORARY, "4.4.3", "%s is not authoritative for %s, though the delegation names it",
		          item->server, name);
	}
	for (size_t i = 0; i < m->count && item->fault.kind == FAULT_NONE; i++) {
		const struct dns_wire_record *r = &m->records[i];
		struct buf text = { 0 };
		if (!span_eq_nocase(span_of(r->owner), span_of(name)))
			continue;
		if (r->type == DNS_WIRE_TXT && dns_read_txt(buf_span(&r->rdata), &text)) {
			text_list_add(&item->texts, buf_span(&text));
			item->ttl_s = r->ttl_s > item->ttl_s ? r->ttl_s : item->ttl_s;
		}
		if (r->type == DNS_WIRE_CNAME && dns_read_name(buf_span(&r->rdata), &text)) {
			*is_alias = true;
			if (!text_list_has_nocase(aliases, buf_span(&text)))
				text_list_add(aliases, buf_span(&text));
		}
		buf_free(&text);
	}
	if (item->texts.count == 0 && item->fault.kind == FAULT_NONE)
		item->ttl_s = m->negative_ttl_s;
	buf_free(&rcode);
}

/* Adds the item of one server, unless it gave an alias. */
static void take_answer(const struct authority_server *server, const struct talk *t, const char *name,
                        struct authority_answers *out, struct text_list *aliases)
{
	struct authority_answer item = { .server = mem_text(server->name) };
	struct dns_wire_message m = { 0 };
	bool is_alias = false;

	if (t->fault.kind != FAULT_NONE)
		fault_set(&item.fault, FAULT_TEMPORARY, "4.4.3", "%s: %s", item.server, t->fault.text);
	else if (dns_wire_answer(t->message, buf_span(&t->answer), &m, &item.fault) < 0)
		fault_prefix(&item.fault, "%s", item.server);
	else
		take_message(&item, &m, name, aliases, &is_alias);
	dns_wire_message_free(&m);
	if (is_alias) {
		free(item.server);
		text_list_free(&item.texts);
		return;
	}
	out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
	out->items[out->count++] = item;
}

/* The part before the address. */
static struct span host_of(const struct authority_server *s)
{
	struct span rest = span_of(s->name);

	return span_cut(&rest, '[');
}

static bool has_another_way(const struct authority_servers *servers, const struct talk *talks, size_t i)
{
	for (size_t k = 0; k < servers->count; k++)
		if (k != i && !talks[k].no_route && span_eq(host_of(&servers->items[k]), host_of(&servers->items[i])))
			return true;
	return false;
}

void authority_ask_servers(const struct authority_servers *servers, const char *name, int64_t patience_ms,
                           struct authority_answers *out, struct text_list *aliases)
{
	struct talk *talks = mem_resize(NULL, servers->count + 1, sizeof *talks);
	char *plain = plain_name(name);
	struct buf question = { 0 };
	struct fault f = { 0 };

	dns_wire_question(plain, DNS_WIRE_TXT, &question, &f);
	for (size_t i = 0; i < servers->count; i++)
		talks[i] = (struct talk){ .address = servers->items[i].address, .port = servers->items[i].port,
		                          .message = buf_span(&question) };
	if (f.kind == FAULT_NONE) {
		/* Servers without an address are not asked; their fault is set afterwards. */
		struct talk *asked = mem_resize(NULL, servers->count + 1, sizeof *asked);
		size_t count = 0;
		for (size_t i = 0; i < servers->count; i++)
			if (talks[i].address.family)
				asked[count++] = talks[i];
		talk_all(asked, count, patience_ms);
		count = 0;
		for (size_t i = 0; i < servers->count; i++) {
			if (talks[i].address.family)
				talks[i] = asked[count++];
			else
				fault_set(&talks[i].fault, FAULT_TEMPORARY, "4.4.3", "no address of it can be found");
		}
		free(asked);
	}
	for (size_t i = 0; i < servers->count; i++) {
		if (f.kind != FAULT_NONE)
			talks[i].fault = f;
		if (!talks[i].no_route || !has_another_way(servers, talks, i))
			take_answer(&servers->items[i], &talks[i], plain, out, aliases);
		talk_free(&talks[i]);
	}
	buf_free(&question);
	free(plain);
	free(talks);
}

/* ---- following CNAMEs ---- */

/* The names to ask grow as answers name others; each is asked once, so a loop ends by itself. */
int authority_ask_txt(struct dns *d, const char *name, struct authority_answers *out, struct fault *f)
{
	struct text_list names = { 0 };
	int result = 0;

	*out = (struct authority_answers){ 0 };
	text_list_add(&names, span_of(name));
	for (size_t i = 0; i < names.count && result == 0; i++) {
		struct authority_servers servers = { 0 };
		struct buf zone = { 0 };
		if (i > AUTHORITY_CNAMES_MAX)
			result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "%s leads through too many CNAMEs", name);
		else
			result = authority_find(d, names.items[i], &zone, &servers, f);
		if (result == 0)
			authority_ask_servers(&servers, names.items[i], AUTHORITY_PATIENCE_MS, out, &names);
		authority_servers_free(&servers);
		buf_free(&zone);
	}
	if (result == 0 && out->count == 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "the CNAMEs of %s form a loop", name);
	if (result < 0)
		authority_answers_free(out);
	text_list_free(&names);
	return result;
}
