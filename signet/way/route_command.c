/*
 * signet route - which way mail for an address goes: the rule, the hops in
 * order with their servers and TLS demands, and the keys that sign.
 */
#include "relay/route/route.h"

#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "base/conf/settings_idn.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "relay/route/aliases.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"
#include "signet/way/sticky.h"
#include "signet/way/way.h"
#include "signet/way/way_commands.h"

#include <stdio.h>
#include <sysexits.h>

enum { SHOWN_MAX = 10 };           /* recipients of an alias, one after the other */

struct arguments {
	bool offline, json;
	bool sticky;
	const char *clear;             /* with sticky: which; NULL list them */
	const char *from;              /* NULL: not said */
	const char *address;
};

static int show_way(const struct way *w, bool json)
{
	struct buf out = { 0 };

	if (json) {
		way_print_json(w, &out);
		fputs(buf_text(&out), stdout);
	} else {
		way_say(w);
	}
	buf_free(&out);
	switch (w->end) {
	case WAY_FOUND: return EX_OK;
	case WAY_LOCAL:
	case WAY_REFUSED:
	case WAY_NONE: return EX_NOHOST;
	case WAY_NEEDS_MX:
	case WAY_NO_MX: return EX_UNAVAILABLE;
	}
	return EX_SOFTWARE;
}

static int inquire_way(struct routes *r, struct dns *dns, const struct alias_recipient *recipient, const struct arguments *a)
{
	struct fault f = { 0 };
	struct way w;

	if (way_find_recipient(r, dns, recipient, a->address, a->from, &w, &f) < 0)
		return complain(&f);
	w.file = config_file(NULL);
	if (!a->offline) {
		sticky_ask(w.settings->control, &w.sticky);
		way_ask_policy(&w);
	}
	int status = show_way(&w, a->json);
	way_free(&w);
	return status;
}

/* Whom mail for address goes to, as pickup would find. -1: the fault of the address. */
static int expand_address(struct aliases *aliases, const struct settings *s, const char *address, struct alias_expansion *out,
                          struct fault *f)
{
	struct alias_rules rules = { .settings = s, .source = aliases_source(aliases) };
	struct buf ascii = { 0 };
	int result = address_check(span_of(address), f) < 0 || idn_address(span_of(address), &ascii, f) < 0 ? -1 : 0;

	aliases_refresh(aliases);
	if (result == 0)
		alias_expand(&rules, buf_span(&ascii), s->recipient_limit, out);
	buf_free(&ascii);
	return result;
}

/* The first status that is not EX_OK. */
static int inquire_ways(struct routes *r, const struct arguments *a)
{
	struct aliases *aliases = aliases_new(&routes_settings(r)->aliases);
	struct alias_expansion all = { 0 };
	struct fault f = { 0 };
	struct dns *dns = NULL;
	int status = EX_OK;

	if (expand_address(aliases, routes_settings(r), a->address, &all, &f) < 0 ||
	    (!a->offline && (dns = dns_new(routes_settings(r), &f)) == NULL))
		status = complain(&f);
	else if (all.count > 1 && !a->json)
		say("alias:  %s is %zu recipients%s", a->address, all.count, all.count > SHOWN_MAX ? "; the first are" : "");
	for (size_t i = 0; f.kind == FAULT_NONE && i < all.count && (i < SHOWN_MAX || a->json); i++) {
		if (i > 0 && !a->json)
			say("%s", "");
		int one = inquire_way(r, dns, &all.items[i], a);
		status = status ? status : one;
	}
	if (dns)
		dns_free(dns);
	alias_expansion_free(&all);
	aliases_free(aliases);
	return status;
}

static bool take_arguments(int argc, char **argv, struct arguments *a)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--offline") == 0)
			a->offline = true;
		else if (strcmp(argv[i], "--json") == 0)
			a->json = true;
		else if (strcmp(argv[i], "--sticky") == 0)
			a->sticky = true;
		else if (strcmp(argv[i], "--clear") == 0 && i + 1 < argc)
			a->clear = argv[++i];
		else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc)
			a->from = argv[++i];
		else if (a->address == NULL && argv[i][0] != '-')
			a->address = argv[i];
		else
			return false;
	}
	if (a->sticky)
		return a->address == NULL && a->from == NULL && !a->offline && !(a->clear && a->json);
	return a->address != NULL && a->clear == NULL;
}

int command_route(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct settings settings;
	struct buf faults = { 0 };
	struct fault f = { 0 };
	int status = EX_CONFIG;

	if (!take_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet route [--offline] [--json] [--from ADDRESS] ADDRESS\n"
		                "       signet route --sticky [--json | --clear SITE|all]\n");
		return EX_USAGE;
	}
	if (config_load(config_file(NULL), &settings, &f) < 0)
		return complain(&f);
	if (a.sticky) {
		status = a.clear ? sticky_clear(settings.control, a.clear) : sticky_show(settings.control, a.json);
		settings_free(&settings);
		return status;
	}
	own_name_complete(&settings, &f);
	settings_to_ascii(&settings);
	struct routes *routes = routes_read(&settings, &faults);
	fputs(buf_text(&faults), stderr);
	if (routes)
		status = inquire_ways(routes, &a);
	routes_free(routes);
	buf_free(&faults);
	settings_free(&settings);
	return status;
}
