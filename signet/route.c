/*
 * signet route - which way mail for an address goes: the rule, the hops in
 * order with their servers and TLS demands, and the keys that sign.
 */
#include "relay/route.h"

#include "base/address.h"
#include "base/config.h"
#include "base/idn.h"
#include "base/key_choice.h"
#include "dns/mx.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

struct inquiry {
	struct settings settings;
	struct routes *routes;
	struct dns *dns;               /* NULL: offline */
	struct buf domain;             /* of the recipient */
	const char *sender;
	struct mx_plan plan;           /* of that domain, when planned */
	bool planned;
	struct text_list mx_hosts;
};

struct arguments {
	bool offline;
	const char *from;              /* NULL: our own domain */
	const char *address;
};

static void plan_domain(struct inquiry *q)
{
	if (q->planned || q->dns == NULL)
		return;
	mx_plan_now(q->dns, PLAN_MX, buf_text(&q->domain), q->settings.hostname, &q->plan);
	q->planned = true;
	for (size_t i = 0; i < q->plan.count; i++)
		text_list_add(&q->mx_hosts, span_of(q->plan.targets[i].host));
}

static void say_target(const struct target *t, bool with_preference)
{
	struct buf addresses = { 0 };
	char preference[16] = "";

	for (size_t i = 0; i < t->address_count; i++) {
		if (i > 0)
			buf_add_text(&addresses, ", ");
		ip_address_print(&t->addresses[i], &addresses);
	}
	if (with_preference)
		snprintf(preference, sizeof preference, "%5u ", t->preference);
	say("      %s%s  %s%s", preference, t->host, t->address_count > 0 ? buf_text(&addresses) : "(no address)",
	    t->secure ? "  (DNSSEC)" : "");
	buf_free(&addresses);
}

static void say_plan(const struct mx_plan *plan, bool with_preference)
{
	if (plan->fault.kind != FAULT_NONE)
		say("      %s: %s%s", plan->fault.status, plan->fault.text,
		    plan->fault.kind == FAULT_TEMPORARY ? " (would be tried again)" : "");
	for (size_t i = 0; i < plan->count; i++)
		say_target(&plan->targets[i], with_preference);
}

static void say_mx_hop(struct inquiry *q, size_t number)
{
	say("   %zu. mx: the MX of %s, port %u, TLS: %s", number, buf_text(&q->domain), q->settings.mx_port,
	    tls_level_name(q->settings.mx_tls));
	plan_domain(q);
	if (q->planned)
		say_plan(&q->plan, true);
}

static void say_smarthost_hop(struct inquiry *q, size_t number, const struct smarthost *h)
{
	bool login = h->user[0] != '\0';

	say("   %zu. %s: %s port %u, TLS: %s%s%s%s", number, h->name, h->host, h->port, tls_level_name(h->tls),
	    h->implicit_tls ? " from the first byte" : "", login ? ", AUTH as " : ", no AUTH", login ? h->user : "");
	if (q->dns == NULL)
		return;
	struct mx_plan plan = { 0 };
	mx_plan_now(q->dns, PLAN_HOST, h->host, q->settings.hostname, &plan);
	say_plan(&plan, false);
	mx_plan_free(&plan);
}

static void say_hops(struct inquiry *q, const struct text_list *via)
{
	for (size_t i = 0; i < via->count; i++) {
		const struct smarthost *h = settings_smarthost(&q->settings, via->items[i]);
		if (h)
			say_smarthost_hop(q, i + 1, h);
		else
			say_mx_hop(q, i + 1);
	}
}

static void say_keys(const struct settings *s, const char *from)
{
	struct span domain = address_domain(span_of(from));
	const struct dkim_key **keys = mem_alloc((s->dkim_count + 1) * sizeof *keys);
	size_t count = key_choice(s, domain, keys);

	if (count == 0)
		say("signed: by no key, for mail from %.*s", (int)domain.len, domain.at);
	for (size_t i = 0; i < count; i++)
		say("signed: %s._domainkey.%s (%s), for mail from %.*s", keys[i]->selector, keys[i]->domain, keys[i]->file,
		    (int)domain.len, domain.at);
	free(keys);
}

/* Asks again with the MX when a rule before any other match needs them. */
static enum route_answer find(struct inquiry *q, struct route *r)
{
	struct route_question question = { .domain = buf_span(&q->domain), .sender = span_of(q->sender) };
	enum route_answer answer = route_find(q->routes, &question, r);

	if (answer != ROUTE_NEEDS_MX || q->dns == NULL)
		return answer;
	plan_domain(q);
	question.mx_hosts = &q->mx_hosts;
	return route_find(q->routes, &question, r);
}

static int say_way(struct inquiry *q)
{
	struct route r;
	struct buf described = { 0 };

	switch (find(q, &r)) {
	case ROUTE_NONE:
		say("route:  none; such mail is held until routes, default_via, smarthost or hostname is set in %s",
		    config_file(NULL));
		return EX_NOHOST;
	case ROUTE_NEEDS_MX:
		say("route:  depends on the MX of %s; ask without --offline", buf_text(&q->domain));
		return EX_UNAVAILABLE;
	case ROUTE_FOUND:
		break;
	}
	route_describe(&q->settings, &r, &described);
	say("route:  %s", buf_text(&described));
	say_hops(q, r.via);
	buf_free(&described);
	return EX_OK;
}

static int read_tables(struct inquiry *q)
{
	struct buf faults = { 0 };

	q->routes = routes_read(&q->settings, &faults);
	fputs(buf_text(&faults), stderr);
	buf_free(&faults);
	return q->routes ? 0 : -1;
}

static int inquire(struct inquiry *q, const struct arguments *a)
{
	struct fault f = { 0 };
	struct buf from = { 0 }, ascii = { 0 };

	if (address_check(span_of(a->address), &f) < 0 || (a->from && address_check(span_of(a->from), &f) < 0))
		return complain(&f);
	struct span domain = address_domain(span_of(a->address));
	if (domain.len == 0)
		domain = span_of(q->settings.domain);
	if (idn_domain(domain, &ascii, &f) < 0)
		return complain(&f);
	if (domain_normalise(buf_span(&ascii), &q->domain) < 0) {
		buf_clear(&q->domain);
		buf_add_span(&q->domain, domain);
	}
	if (settings_is_local(&q->settings, buf_span(&q->domain))) {
		say("route:  %s is local: such mail stays on this host", buf_text(&q->domain));
		return EX_OK;
	}
	if (read_tables(q) < 0)
		return EX_CONFIG;
	q->sender = a->from ? a->from : "";
	if (!a->offline && (q->dns = dns_new(&q->settings, &f)) == NULL)
		return complain(&f);
	int status = say_way(q);
	buf_printf(&from, "%s%s", a->from ? a->from : "@", a->from ? "" : q->settings.domain);
	say_keys(&q->settings, buf_text(&from));
	buf_free(&from);
	buf_free(&ascii);
	return status;
}

static bool take_arguments(int argc, char **argv, struct arguments *a)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--offline") == 0)
			a->offline = true;
		else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc)
			a->from = argv[++i];
		else if (a->address == NULL && argv[i][0] != '-')
			a->address = argv[i];
		else
			return false;
	}
	return a->address != NULL;
}

int command_route(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct inquiry q = { 0 };
	struct fault f = { 0 };

	if (!take_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet route [--offline] [--from ADDRESS] ADDRESS\n");
		return EX_USAGE;
	}
	if (config_read(config_file(NULL), &q.settings, &f) < 0)
		return complain(&f);
	idn_settings(&q.settings);
	int status = inquire(&q, &a);
	mx_plan_free(&q.plan);
	if (q.dns)
		dns_free(q.dns);
	text_list_free(&q.mx_hosts);
	routes_free(q.routes);
	buf_free(&q.domain);
	settings_free(&q.settings);
	return status;
}
