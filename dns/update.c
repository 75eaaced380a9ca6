/* SPDX-License-Identifier: ISC */
#include "dns/update.h"

#include "dns/dns_wire.h"
#include "dns/talk.h"

#include <stdlib.h>

void update_rrset_free(struct update_rrset *r)
{
	for (size_t i = 0; i < r->texts.count; i++)
		buf_free(&r->rdata[i]);
	free(r->rdata);
	free(r->name);
	free(r->zone);
	free(r->alias);
	text_list_free(&r->texts);
	*r = (struct update_rrset){ 0 };
}

/* ---- what is there ---- */

/* A server that is not authoritative of the name refuses, or tells of others, or has it from a cache. */
static int ask_authority(const struct authority_server *server, const char *name, unsigned type,
                         struct dns_wire_message *out, struct fault *f)
{
	struct talk t = { .address = server->address, .port = server->port };
	struct buf question = { 0 }, rcode = { 0 };
	int result = dns_wire_question(name, type, &question, f);

	*out = (struct dns_wire_message){ 0 };
	if (result == 0) {
		t.message = buf_span(&question);
		talk_all(&t, 1, UPDATE_PATIENCE_MS);
		if (t.fault.kind != FAULT_NONE)
			result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "%s: %s", server->name, t.fault.text);
		else if (dns_wire_answer(t.message, buf_span(&t.answer), out, f) < 0)
			result = fault_prefix(f, "%s", server->name);
	}
	bool is_told = out->rcode == DNS_WIRE_NOERROR || out->rcode == DNS_WIRE_NXDOMAIN;
	if (result == 0 && !(out->authoritative && is_told)) {
		dns_wire_rcode_print(out->rcode, &rcode);
		result = fault_set(f, FAULT_PERMANENT, "5.4.4", "%s has no zone that %s is in (it says %s): name the primary server "
		                   "of that zone", server->name, name,
		                   out->rcode == DNS_WIRE_NOERROR ? "others have" : buf_text(&rcode));
	}
	if (result < 0)
		dns_wire_message_free(out);
	talk_free(&t);
	buf_free(&question);
	buf_free(&rcode);
	return result;
}

static int look_at_rrset(const struct authority_server *server, const char *name, struct update_rrset *out, struct fault *f)
{
	struct dns_wire_message m;
	int result = ask_authority(server, name, DNS_WIRE_TXT, &m, f);

	*out = (struct update_rrset){ .name = mem_text(name), .zone = mem_text(""), .alias = mem_text("") };
	for (size_t i = 0; i < m.count; i++) {
		if (!span_eq_nocase(span_of(m.records[i].owner), span_of(name)))
			continue;
		if (m.records[i].type == DNS_WIRE_TXT) {
			const struct dns_wire_record *record = &m.records[i];
			struct buf text = { 0 };
			if (dns_read_txt(buf_span(&record->rdata), &text)) {
				out->rdata = mem_resize(out->rdata, out->texts.count + 1, sizeof *out->rdata);
				out->rdata[out->texts.count] = (struct buf){ 0 };
				buf_add_span(&out->rdata[out->texts.count], buf_span(&record->rdata));
				text_list_add(&out->texts, buf_span(&text));
				out->ttl_s = record->ttl_s;
			}
			buf_free(&text);
		} else if (m.records[i].type == DNS_WIRE_CNAME) {
			struct buf target = { 0 };
			dns_read_name(buf_span(&m.records[i].rdata), &target);
			free(out->alias);
			out->alias = buf_take(&target);
		}
	}
	dns_wire_message_free(&m);
	return result;
}

static bool has_rdata(const struct update_rrset *r, struct span rdata)
{
	for (size_t i = 0; i < r->texts.count; i++)
		if (span_eq(buf_span(&r->rdata[i]), rdata))
			return true;
	return false;
}

/*
 * RFC 4592: the wildcard that would answer for the name answers for "*" beside
 * it, too. An update knows nothing of wildcards.
 */
static int forget_wildcard(const struct authority_server *server, struct update_rrset *r, struct fault *f)
{
	struct update_rrset beside = { 0 };
	struct buf name = { 0 };
	const char *dot = strchr(r->name, '.');

	if (dot == NULL || strcmp(r->name, r->zone) == 0 || (r->texts.count == 0 && r->alias[0] == '\0'))
		return 0;
	buf_printf(&name, "*%s", dot);
	int result = look_at_rrset(server, buf_text(&name), &beside, f);
	bool is_same = beside.texts.count == r->texts.count && strcmp(beside.alias, r->alias) == 0;
	for (size_t i = 0; i < r->texts.count && is_same; i++)
		is_same = has_rdata(&beside, buf_span(&r->rdata[i]));
	if (result == 0 && is_same) {
		struct update_rrset none = { .name = mem_text(r->name), .zone = mem_text(r->zone), .alias = mem_text("") };
		update_rrset_free(r);
		*r = none;
	}
	update_rrset_free(&beside);
	buf_free(&name);
	return result;
}

/* The name's zone is the owner of the SOA that comes for it, found or not. An alias hides it; then its parent's will do. */
static int find_zone(const struct authority_server *server, const char *name, char **zone, struct fault *f)
{
	struct dns_wire_message m;
	const char *dot = strchr(name, '.');

	if (ask_authority(server, name, DNS_WIRE_SOA, &m, f) < 0)
		return -1;
	bool is_alias = m.count > 0 && m.records[0].type == DNS_WIRE_CNAME;
	bool found = !is_alias && m.zone[0];
	if (found) {
		free(*zone);
		*zone = mem_text(m.zone);
	}
	dns_wire_message_free(&m);
	if (found)
		return 0;
	if (is_alias && dot)
		return find_zone(server, dot + 1, zone, f);
	return fault_set(f, FAULT_PERMANENT, "5.4.4", "%s does not say which zone %s is in", server->name, name);
}

int update_look(const struct authority_server *server, const char *name, struct update_rrset *out, struct fault *f)
{
	int result = look_at_rrset(server, name, out, f);

	if (result == 0)
		result = find_zone(server, name, &out->zone, f);
	if (result == 0)
		result = forget_wildcard(server, out, f);
	if (result < 0)
		update_rrset_free(out);
	return result;
}

/* ---- the primary ---- */

int update_find_primary(struct dns *d, const char *name, struct authority_servers *out, struct fault *f)
{
	struct authority_servers servers;
	struct buf zone = { 0 }, primary = { 0 };
	int result = authority_find(d, name, &zone, &servers, f);
	bool is_known = false;

	*out = (struct authority_servers){ 0 };
	/* The first server that answers names the primary in its SOA. */
	for (size_t i = 0; i < servers.count && result == 0 && !is_known; i++) {
		const struct authority_server *server = &servers.items[i];
		struct dns_wire_message m;
		if (server->address.family == 0 || ask_authority(server, buf_text(&zone), DNS_WIRE_SOA, &m, f) < 0)
			continue;
		buf_add_text(&primary, m.primary);
		dns_wire_message_free(&m);
		is_known = true;
	}
	if (result == 0 && !is_known)
		result = f->kind != FAULT_NONE ? -1 : fault_set(f, FAULT_TEMPORARY, "4.4.3", "no name server of %s has an address",
		                                                buf_text(&zone));
	if (result == 0 && authority_add_host(d, buf_text(&primary), out, f) < 0)
		result = fault_prefix(f, "the primary server of %s, by its SOA", buf_text(&zone));
	authority_servers_free(&servers);
	buf_free(&primary);
	buf_free(&zone);
	return result;
}

/* ---- changing it ---- */

/* What servers say to an update, and what becomes of it. */
static const struct {
	unsigned rcode;
	enum fault_kind kind;
	const char *status, *text;
} refusals[] = {
	{ DNS_WIRE_FORMERR, FAULT_PERMANENT, "5.5.1", "does not understand the update (FORMERR)" },
	{ DNS_WIRE_SERVFAIL, FAULT_TEMPORARY, "4.4.3", "has a fault of its own (SERVFAIL); its log says more" },
	{ DNS_WIRE_NOTIMP, FAULT_PERMANENT, "5.7.1", "takes no updates (NOTIMP)" },
	{ DNS_WIRE_REFUSED, FAULT_PERMANENT, "5.7.1", "does not permit this update from here and with this key (REFUSED)" },
	{ DNS_WIRE_YXRRSET, FAULT_TEMPORARY, "4.4.3", "has records now where none were when we looked (YXRRSET); look again" },
	{ DNS_WIRE_NXRRSET, FAULT_TEMPORARY, "4.4.3", "has other records now than when we looked (NXRRSET); look again" },
	{ DNS_WIRE_NOTAUTH, FAULT_PERMANENT, "5.7.1", "is not the primary of the zone, or does not permit its update (NOTAUTH)" },
	{ DNS_WIRE_NOTZONE, FAULT_PERMANENT, "5.5.1", "considers a name to be in another zone (NOTZONE)" },
};

static int tell_key(const char *server, const struct update_key *key, enum dns_wire_signed how, int64_t clock_s,
                    struct fault *f)
{
	switch (how) {
	case DNS_WIRE_BADKEY:
		return fault_set(f, FAULT_PERMANENT, "5.7.1", "%s does not know the key \"%s\" of %s, or not for this zone (BADKEY)",
		                 server, key->name, key->algorithm);
	case DNS_WIRE_BADSIG:
		return fault_set(f, FAULT_PERMANENT, "5.7.1", "%s has another secret for the key \"%s\" (BADSIG)", server, key->name);
	case DNS_WIRE_BADTIME:
		return fault_set(f, FAULT_PERMANENT, "5.3.5", "%s has another time: its clock is %lld s %s ours (BADTIME)", server,
		                 (long long)llabs(clock_s), clock_s < 0 ? "behind" : "ahead of");
	case DNS_WIRE_UNSIGNED:
		return fault_set(f, FAULT_TEMPORARY, "4.4.3", "%s answers without a signature, so it is not certain that the "
		                 "answer is its own", server);
	default:
		return fault_set(f, FAULT_TEMPORARY, "4.4.3", "%s answers with a signature that is not the key's, so it is not "
		                 "certain that the answer is its own", server);
	}
}

static int judge_update(const char *server, const struct update_key *key, unsigned rcode, enum dns_wire_signed how,
                        int64_t clock_s, struct fault *f)
{
	if (key && (how == DNS_WIRE_BADKEY || how == DNS_WIRE_BADSIG || how == DNS_WIRE_BADTIME))
		return tell_key(server, key, how, clock_s, f);
	/* Newer versions of Knot say no more than this of a key that no rule permits, or that they do not know. */
	if (key && rcode == DNS_WIRE_NOTAUTH)
		return fault_set(f, FAULT_PERMANENT, "5.7.1", "%s is not the primary of the zone, or does not know the key \"%s\" of %s, "
		                 "or not for this zone (NOTAUTH)", server, key->name, key->algorithm);
	if (rcode != DNS_WIRE_NOERROR) {
		struct buf name = { 0 };
		for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
			if (refusals[i].rcode == rcode)
				return fault_set(f, refusals[i].kind, refusals[i].status, "%s %s", server, refusals[i].text);
		dns_wire_rcode_print(rcode, &name);
		fault_set(f, FAULT_PERMANENT, "5.5.1", "%s says %s to the update", server, buf_text(&name));
		buf_free(&name);
		return -1;
	}
	return key && how != DNS_WIRE_SIGNED ? tell_key(server, key, how, clock_s, f) : 0;
}

int update_send(const struct authority_server *server, const struct update_change *changes, size_t count,
                const struct update_key *key, struct fault *f)
{
	struct dns_wire_txt *wire = mem_resize(NULL, count + 1, sizeof *wire);
	struct dns_wire_key dns_wire_key = { 0 };
	struct buf message = { 0 }, mac = { 0 };
	struct talk t = { .address = server->address, .port = server->port, .tcp = true };

	if (key)
		dns_wire_key = (struct dns_wire_key){ key->name, key->algorithm, key->secret.at };
	for (size_t i = 0; i < count; i++) {
		const struct update_change *c = &changes[i];
		struct span *values = mem_resize(NULL, c->becomes.count + 1, sizeof *values);
		for (size_t k = 0; k < c->becomes.count; k++)
			values[k] = span_of(c->becomes.items[k]);
		wire[i] = (struct dns_wire_txt){
			.name = c->was->name, .replace = c->replace, .was = c->was->rdata, .was_count = c->was->texts.count,
			.becomes = values, .becomes_count = c->becomes.count,
			.ttl_s = c->was->texts.count ? c->was->ttl_s : c->ttl_s,
		};
		for (size_t k = 0; k < c->was->texts.count && c->drop; k++)
			if (strcmp(c->was->texts.items[k], c->drop) == 0)
				wire[i].drop = &c->was->rdata[k];
	}
	int result = dns_wire_update(changes[0].was->zone, wire, count, key ? &dns_wire_key : NULL, &message, &mac, f);
	if (result == 0) {
		unsigned rcode = 0;
		enum dns_wire_signed how = DNS_WIRE_UNSIGNED;
		int64_t clock_s = 0;
		t.message = buf_span(&message);
		talk_all(&t, 1, UPDATE_PATIENCE_MS);
		if (t.fault.kind != FAULT_NONE)
			result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "%s: %s", server->name, t.fault.text);
		else if (dns_wire_update_answer(buf_span(&t.answer), key ? &dns_wire_key : NULL, buf_span(&mac), &rcode, &how, &clock_s,
		                                f) < 0)
			result = fault_prefix(f, "%s", server->name);
		else
			result = judge_update(server->name, key, rcode, how, clock_s, f);
	}
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)wire[i].becomes);
	free(wire);
	talk_free(&t);
	buf_free(&message);
	buf_free(&mac);
	return result;
}
