/* SPDX-License-Identifier: ISC */
/*
 * signet route - which way mail for addresses goes: the rule, the hops in
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
#include "signet/way/dialogue.h"
#include "signet/way/sticky.h"
#include "signet/way/way.h"
#include "signet/way/way_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { SHOWN_MAX = 10 };           /* recipients of an alias, one after the other */

struct arguments {
	bool offline, json;
	bool sticky;
	const char *clear;             /* with sticky: which; NULL list them */
	const char *from;              /* NULL: not said */
	char **addresses;              /* so many words of argv, moved to its front */
	int address_count;
	bool lines;                    /* "-": they stand on standard input, one a line */
};

static int inquire_way(struct routes *r, struct dns *dns, struct aliases *aliases, const struct alias_recipient *recipient,
                       const char *address, const struct arguments *a)
{
	struct alias_expansion reader = { 0 };
	struct buf out = { 0 };
	struct fault f = { 0 };
	struct way w;

	int result = way_find_recipient(r, dns, recipient, address, a->from, &w, &f);
	/* The DNS may have been asked just now, as by the queue. */
	if (result == 0 && recipient->place.alias == NULL && routes_hostname_mx(r) == HOSTNAME_HERE &&
	    alias_reader_at_hostname(routes_settings(r), aliases_source(aliases), span_of(recipient->address), &reader)) {
		way_free(&w);
		result = way_find_recipient(r, dns, &reader.items[0], address, a->from, &w, &f);
	}
	alias_expansion_free(&reader);
	if (result < 0)
		return complain(&f);
	w.file = config_file(NULL);
	if (!a->offline) {
		sticky_ask(w.settings->control, &w.sticky);
		way_ask_policy(&w);
	}
	if (a->json) {
		way_print_json(&w, &out);
		fputs(buf_text(&out), stdout);
		buf_free(&out);
	} else {
		way_say(&w);
	}
	enum way_end end = w.end;
	way_free(&w);
	switch (end) {
	case WAY_FOUND: return EX_OK;
	case WAY_LOCAL:
	case WAY_REFUSED:
	case WAY_ON_HOLD:
	case WAY_NONE: return EX_NOHOST;
	case WAY_NEEDS_MX:
	case WAY_NO_MX: return EX_UNAVAILABLE;
	}
	return EX_SOFTWARE;
}

/* Each recipient that the aliases name. The first status that is not EX_OK. */
static int inquire_address(struct routes *r, struct dns *dns, struct aliases *aliases, const struct arguments *a, const char *address)
{
	const struct settings *s = routes_settings(r);
	struct alias_rules rules = { .settings = s, .source = aliases_source(aliases) };
	struct alias_expansion all = { 0 };
	struct buf ascii = { 0 };
	struct fault f = { 0 };
	bool goes_on = false;
	int status = EX_OK;

	/* Expand as pickup does, and redirect as it does: what goes on, not what comes back. */
	int result = address_check(span_of(address), &f) < 0 || idn_address(span_of(address), &ascii, &f) < 0 ? -1 : 0;
	aliases_refresh(aliases);
	if (result == 0)
		alias_expand(&rules, buf_span(&ascii), s->recipient_limit, &all);
	buf_free(&ascii);
	if (result < 0)
		return complain(&f);
	for (size_t i = 0; i < all.count; i++)
		goes_on |= all.items[i].verdict != ALIAS_REFUSED;
	if (goes_on && s->redirect[0] && strcmp(s->redirect, address) != 0) {
		alias_expansion_free(&all);
		if (!a->json)
			say("redirect is on: mail for %s goes to %s", address, s->redirect);
		return inquire_address(r, dns, aliases, a, s->redirect);
	}
	if (all.count > 1 && !a->json)
		say("alias:  %s is %zu recipients%s", address, all.count, all.count > SHOWN_MAX ? "; the first are" : "");
	for (size_t i = 0; i < all.count && (i < SHOWN_MAX || a->json); i++) {
		if (i > 0 && !a->json)
			say("%s", "");
		int one = inquire_way(r, dns, aliases, &all.items[i], address, a);
		status = status ? status : one;
	}
	alias_expansion_free(&all);
	return status;
}

/* ---- the dialogue ---- */

static int inquire_lines(struct routes *r, struct dns *dns, struct aliases *aliases, const struct arguments *a)
{
	bool prompts = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (prompts)
		printf("An address a line; /quit or the end of input ends.\n");
	for (;;) {
		struct fault f;
		struct buf address = { 0 };
		if (prompts)
			printf("> ");
		fflush(stdout);
		if ((len = getline(&line, &room, stdin)) < 0)
			break;
		enum dialogue_says says = dialogue_read((struct span){ line, (size_t)len }, &address, &f);
		if (says == DIALOGUE_ADDRESS)
			inquire_address(r, dns, aliases, a, buf_text(&address));
		else if (says == DIALOGUE_WRONG)
			complain(&f);
		buf_free(&address);
		if (says == DIALOGUE_QUIT)
			break;
	}
	free(line);
	return EX_OK;
}

static bool take_arguments(int argc, char **argv, struct arguments *a)
{
	bool ended = false;

	a->addresses = argv + 1;
	for (int i = 1; i < argc; i++) {
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0')
			a->addresses[a->address_count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			ended = true;
		else if (strcmp(argv[i], "--offline") == 0)
			a->offline = true;
		else if (strcmp(argv[i], "--json") == 0)
			a->json = true;
		else if (strcmp(argv[i], "--sticky") == 0)
			a->sticky = true;
		else if (strcmp(argv[i], "--clear") == 0 && i + 1 < argc)
			a->clear = argv[++i];
		else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc)
			a->from = argv[++i];
		else
			return false;
	}
	a->lines = !ended && a->address_count == 1 && strcmp(a->addresses[0], "-") == 0;
	if (a->sticky)
		return a->address_count == 0 && a->from == NULL && !a->offline && !(a->clear && a->json);
	return a->address_count > 0 && a->clear == NULL;
}

/* The first status that is not 0. */
static int inquire(struct routes *r, const struct arguments *a)
{
	struct fault f = { 0 };
	struct dns *dns = NULL;

	if (!a->offline && (dns = dns_new(routes_settings(r), &f)) == NULL)
		return complain(&f);
	struct aliases *aliases = aliases_new(&routes_settings(r)->aliases);
	int status = a->lines ? inquire_lines(r, dns, aliases, a) : EX_OK;
	for (int i = 0; !a->lines && i < a->address_count; i++) {
		if (a->address_count > 1 && !a->json)
			printf("%s%s\n", i > 0 ? "\n" : "", a->addresses[i]);
		int one = inquire_address(r, dns, aliases, a, a->addresses[i]);
		status = status == EX_OK ? one : status;
	}
	aliases_free(aliases);
	if (dns)
		dns_free(dns);
	return status;
}

int command_route(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct settings settings;
	struct buf faults = { 0 };
	struct fault f = { 0 };
	int status = EX_CONFIG;

	if (!take_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet route [--offline] [--json] [--from ADDRESS] ADDRESS...|-\n"
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
		status = inquire(routes, &a);
	routes_free(routes);
	buf_free(&faults);
	settings_free(&settings);
	return status;
}
