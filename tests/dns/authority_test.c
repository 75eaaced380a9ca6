/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "dns/authority.h"

#include <signal.h>
#include <stdlib.h>

static char long_text[801];

/* What a resolver finds: where the zones are cut, and who serves them. */
static const struct responder_row world[] = {
	{ "example", "NS", "ns.nic.example" },
	{ "ns.nic.example", "A", "192.0.2.53" },
	{ "zone.example", "NS", "ns1.zone.example" },
	{ "zone.example", "NS", "ns2.zone.example" },
	{ "zone.example", "NS", "nowhere.example" },
	{ "ns1.zone.example", "A", "192.0.2.1" },
	{ "ns1.zone.example", "AAAA", "2001:db8::1" },
	{ "ns2.zone.example", "A", "192.0.2.2" },
	{ "deep.zone.example", "NS", "ns1.zone.example" },
	{ "alias.zone.example", "CNAME", "deep.zone.example" },
	{ "k._domainkey.zone.example", "TXT", "v=DKIM1" },
	{ "lost._domainkey.zone.example", "CNAME", "k.silent.example" },
	{ "k.silent.example", "SILENT", "" },
	{ "broken.example", "RCODE", "2" },
};

/* ---- which servers ---- */

static const struct {
	const char *name, *zone, *servers, *status;
} places[] = {
	{ "zone.example", "zone.example", "ns1.zone.example[192.0.2.1] ns1.zone.example[2001:db8::1] ns2.zone.example[192.0.2.2] nowhere.example", "" },
	{ "k._domainkey.zone.example", "zone.example", "ns1.zone.example[192.0.2.1] ns1.zone.example[2001:db8::1] ns2.zone.example[192.0.2.2] nowhere.example", "" },
	{ "K._DomainKey.Zone.Example.", "Zone.Example", "ns1.zone.example[192.0.2.1] ns1.zone.example[2001:db8::1] ns2.zone.example[192.0.2.2] nowhere.example", "" },
	{ "k.deep.zone.example", "deep.zone.example", "ns1.zone.example[192.0.2.1] ns1.zone.example[2001:db8::1]", "" },
	{ "alias.zone.example", "zone.example", "ns1.zone.example[192.0.2.1] ns1.zone.example[2001:db8::1] ns2.zone.example[192.0.2.2] nowhere.example", "" },
	{ "lost._domainkey.zone.example", "zone.example", "ns1.zone.example[192.0.2.1] ns1.zone.example[2001:db8::1] ns2.zone.example[192.0.2.2] nowhere.example", "" },
	{ "nic.example", "example", "ns.nic.example[192.0.2.53]", "" },
	{ "example", "example", "ns.nic.example[192.0.2.53]", "" },
	{ "k._domainkey.gone.example", "", "", "5.1.2" },
	{ "gone", "", "", "5.1.2" },
	{ "k.broken.example", "", "", "4.4.3" },
	{ "no name", "", "", "5.1.2" },
	{ "", "", "", "5.1.2" },
};

static int by_name(const void *a, const void *b)
{
	const struct authority_server *x = a, *y = b;
	int unnamed = (x->address.family == 0) - (y->address.family == 0);

	return unnamed ? unnamed : strcmp(x->name, y->name);
}

/* The resolver turns records round. */
static void describe(struct authority_servers *servers, struct buf *out)
{
	if (servers->count > 0)
		qsort(servers->items, servers->count, sizeof servers->items[0], by_name);
	for (size_t i = 0; i < servers->count; i++)
		buf_printf(out, "%s%s", i ? " " : "", servers->items[i].name);
}

static void finds(struct dns *d)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct authority_servers servers;
		struct buf zone = { 0 }, got = { 0 };
		struct fault f = { 0 };
		authority_find(d, places[i].name, &zone, &servers, &f);
		describe(&servers, &got);
		is_text(f.status, places[i].status, "find %s: %s", places[i].name, f.text);
		is_text(buf_text(&zone), places[i].zone, "its zone");
		is_text(buf_text(&got), places[i].servers, "its servers");
		authority_servers_free(&servers);
		buf_free(&zone);
		buf_free(&got);
	}
}

static void whole(struct dns *d)
{
	struct authority_answers answers;
	struct fault f = { 0 };

	is_int(authority_ask_txt(d, "k._domainkey.gone.example", &answers, &f), -1, "asking for what nobody serves");
	is_text(f.status, "5.1.2", "is final: %s", f.text);
	is_int(answers.count, 0, "and leaves nothing to free");
	ok(strstr(f.text, "gone.example") && !strstr(f.text, "_domainkey"), "the domain is named, not the record");
}

/* ---- what they say ---- */

static const struct responder_row one[] = {
	{ "k.zone.example", "TXT", "v=DKIM1; p=1" },
	{ "two.zone.example", "TXT", "a" },
	{ "two.zone.example", "TXT", "b" },
	{ "long.zone.example", "CUT", "" },
	{ "long.zone.example", "TXT", long_text },
	{ "closed.zone.example", "CLOSE", "" },
	{ "closed.zone.example", "TXT", "x" },
	{ "late.zone.example", "LATE", "" },
	{ "late.zone.example", "TXT", "at last" },
	{ "forged.zone.example", "FORGED", "" },
	{ "forged.zone.example", "TXT", "the true one" },
	{ "none.zone.example", "A", "192.0.2.1" },
	{ "empty.zone.example", "TXT", "" },
	{ "refused.zone.example", "RCODE", "5" },
	{ "odd.zone.example", "RCODE", "11" },
	{ "silent.zone.example", "SILENT", "" },
	{ "garbage.zone.example", "GARBAGE", "" },
	{ "other.zone.example", "OTHER", "" },
	{ "other.zone.example", "TXT", "x" },
	{ "lame.zone.example", "LAME", "" },
	{ "lame.zone.example", "TXT", "x" },
	{ "alias.zone.example", "CNAME", "k.zone.example" },
	{ "away.zone.example", "CNAME", "k.away.example" },
};

static const struct {
	const char *name, *texts, *fault;   /* a part of the fault's text; texts as "a|b" */
	unsigned ttl_s;
} sayings[] = {
	{ "k.zone.example", "v=DKIM1; p=1", "", 60 },
	{ "K.Zone.example.", "v=DKIM1; p=1", "", 60 },
	{ "two.zone.example", "a|b", "", 60 },
	{ "long.zone.example", long_text, "", 60 },
	{ "late.zone.example", "at last", "", 60 },
	{ "forged.zone.example", "the true one", "", 60 },
	{ "none.zone.example", "", "", 60 },
	{ "empty.zone.example", "(empty)", "", 60 },
	{ "gone.zone.example", "", "", 60 },
	{ "refused.zone.example", "", "says REFUSED", 0 },
	{ "odd.zone.example", "", "says rcode 11", 0 },
	{ "silent.zone.example", "", "no answer in time", 0 },
	{ "closed.zone.example", "", "closed the connection", 0 },
	{ "garbage.zone.example", "", "is not a DNS message", 0 },
	{ "other.zone.example", "", "another question", 0 },
	{ "lame.zone.example", "", "is not authoritative", 0 },
	{ "no name.example", "", "is not a domain name", 0 },
};

static void join(const struct text_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		buf_printf(out, "%s%s", i ? "|" : "", list->items[i][0] ? list->items[i] : "(empty)");
}

static void ask(uint16_t port, const char *name, struct authority_answers *out, struct text_list *aliases)
{
	struct authority_servers servers = { 0 };
	struct ip_address here;

	ip_address_parse(SPAN("127.0.0.1"), &here);
	authority_servers_add(&servers, "ns", &here, port);
	*out = (struct authority_answers){ 0 };
	authority_ask_servers(&servers, name, 800, out, aliases);
	authority_servers_free(&servers);
}

static void says(uint16_t port)
{
	for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
		struct authority_answers answers;
		struct text_list aliases = { 0 };
		struct buf got = { 0 };
		ask(port, sayings[i].name, &answers, &aliases);
		is_int(answers.count, 1, "%s: one answer", sayings[i].name);
		const struct authority_answer *a = &answers.items[0];
		join(&a->texts, &got);
		is_text(a->server, "ns[127.0.0.1]", "of that server");
		ok(sayings[i].fault[0] ? strstr(a->fault.text, sayings[i].fault) != NULL : a->fault.kind == FAULT_NONE, "its fault: %s", a->fault.text);
		is_text(a->fault.status, sayings[i].fault[0] ? "4.4.3" : "", "and the status of it");
		is_text(buf_text(&got), sayings[i].texts, "its texts");
		is_int(a->ttl_s, sayings[i].ttl_s, "its time to live");
		buf_free(&got);
		authority_answers_free(&answers);
		text_list_free(&aliases);
	}
}

static void aliases_are_told(uint16_t port)
{
	struct authority_answers answers;
	struct text_list aliases = { 0 };

	ask(port, "alias.zone.example", &answers, &aliases);
	is_int(answers.count, 0, "an alias is no answer of its own");
	ask(port, "away.zone.example", &answers, &aliases);
	ask(port, "away.zone.example", &answers, &aliases);
	is_int(aliases.count, 2, "each target once");
	is_text(aliases.count == 2 ? aliases.items[1] : "", "k.away.example", "by its name");
	text_list_free(&aliases);
}

/* Ten servers, all but one silent: they are asked beside each other. */
static void beside_each_other(uint16_t port, uint16_t silent)
{
	struct authority_servers servers = { 0 };
	struct authority_answers answers = { 0 };
	struct text_list aliases = { 0 };
	struct ip_address here;
	size_t faults = 0;

	ip_address_parse(SPAN("127.0.0.1"), &here);
	for (int i = 0; i < 40; i++)
		authority_servers_add(&servers, "ns", &here, i == 3 ? port : silent);
	authority_servers_add(&servers, "lost", NULL, port);
	is_int(servers.count, AUTHORITY_SERVERS_MAX, "a bounded number of servers");
	authority_ask_servers(&servers, "k.zone.example", 300, &answers, &aliases);
	for (size_t i = 0; i < answers.count; i++)
		faults += answers.items[i].fault.kind == FAULT_TEMPORARY;
	is_int(answers.count, AUTHORITY_SERVERS_MAX, "an answer each");
	is_int(faults, AUTHORITY_SERVERS_MAX - 1, "that of the one that speaks is heard");
	authority_answers_free(&answers);
	authority_servers_free(&servers);
}

/* A second address that cannot be reached from here is no fault of the server; an only one is. */
static void no_route(uint16_t port)
{
	struct authority_servers servers = { 0 };
	struct authority_answers answers = { 0 };
	struct text_list aliases = { 0 };
	struct ip_address here, broadcast;

	ip_address_parse(SPAN("127.0.0.1"), &here);
	ip_address_parse(SPAN("255.255.255.255"), &broadcast);   /* EACCES without SO_BROADCAST, everywhere */
	authority_servers_add(&servers, "ns", &broadcast, port);
	authority_servers_add(&servers, "ns", &here, port);
	authority_servers_add(&servers, "far", &broadcast, port);
	authority_servers_add(&servers, "lost", NULL, port);
	authority_ask_servers(&servers, "k.zone.example", 500, &answers, &aliases);
	is_int(answers.count, 3, "the way that is not there is left out");
	is_text(answers.items[0].server, "ns[127.0.0.1]", "beside one that is");
	is_int(answers.items[0].fault.kind, FAULT_NONE, "which answers");
	is_text(answers.items[1].server, "far[255.255.255.255]", "and told of where it is the only one");
	is_int(answers.items[1].fault.kind, FAULT_TEMPORARY, "as a fault");
	is_text(answers.items[2].fault.text, "lost: no address of it can be found", "so is a server without an address");
	authority_answers_free(&answers);
	authority_servers_free(&servers);
}

int main(void)
{
	static const struct responder_row nothing[] = { { "zone.example", "SILENT", "" }, { "k.zone.example", "SILENT", "" } };
	struct responder resolver, server, silent;
	struct settings s;
	struct fault f = { 0 };

	tap_plan(157);
	signal(SIGPIPE, SIG_IGN);
	memset(long_text, 'x', sizeof long_text - 1);
	resolver = responder_start(world, sizeof world / sizeof world[0]);
	server = responder_start(one, sizeof one / sizeof one[0]);
	silent = responder_start(nothing, 2);
	settings_defaults(&s);
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/dev/null");
	s.time_scale = 0.2;
	text_list_add(&s.forwarders, span_of(resolver.server));
	struct dns *d = dns_new(&s, &f);
	finds(d);
	whole(d);
	dns_free(d);
	says(server.port);
	aliases_are_told(server.port);
	beside_each_other(server.port, silent.port);
	no_route(server.port);
	settings_free(&s);
	responder_stop(&resolver);
	responder_stop(&server);
	responder_stop(&silent);
	return tap_done();
}
