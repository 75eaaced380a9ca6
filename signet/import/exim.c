/* SPDX-License-Identifier: ISC */
/* Debian's answers about Exim (update-exim4.conf(8)), where it sends through a smarthost or straight. */
#include "signet/import/carry.h"
#include "signet/import/readers.h"

#include <stdlib.h>

#define RECEIVES "Signet receives no mail from other hosts; where this one does, keep Exim for that"

static const struct carry_row rows[] = {
	{ "dc_eximconfig_configtype", CARRY_BY_CODE, "default_via", "smarthost, satellite, internet or local", 0 },
	{ "dc_smarthost", CARRY_BY_CODE, "smarthosts", "HOST::PORT, several with \";\" between them", 0 },
	{ "dc_other_hostnames", CARRY_LIST, "local_domains", "", 0 },
	{ "dc_local_interfaces", CARRY_BY_CODE, "listen", "", 0 },
	{ "dc_readhost", CARRY_BY_CODE, "domain", "whose mailboxes local names are (satellite), or as which mail leaves", 0 },
	{ "dc_hide_mailname", CARRY_BY_CODE, "rewrite", "", 0 },
	{ "dc_localdelivery", CARRY_BY_CODE, "local_delivery", "", 0 },
	{ "dc_relay_domains", CARRY_TOLD, NULL, RECEIVES, 0 },
	{ "dc_relay_nets", CARRY_TOLD, NULL, "for SMTP from there name the network in listen_for, and this host's address in it in listen", 0 },
	{ "dc_minimaldns", CARRY_NOTHING, NULL, "", 0 }, { "dc_mailname_in_oh", CARRY_NOTHING, NULL, "", 0 }, { "dc_use_split_config", CARRY_NOTHING, NULL, "", 0 },
	{ "CFILEMODE", CARRY_NOTHING, NULL, "", 0 },
};

static const struct carry_table table = CARRY_TABLE(rows, ":; \t", false);

/* "*" and "*.isp.example" stand for many hosts; the first that matches counts. */
static bool is_for_host(const char *pattern, const char *host)
{
	return strcmp(pattern, "*") == 0 || span_eq_nocase(span_of(pattern), span_of(host)) ||
	       (pattern[0] == '*' && pattern[1] == '.' && span_ends_nocase(span_of(host), span_of(pattern + 1)));
}

/* passwd.client: "HOST:USER:PASSWORD" */
static void say_login(struct import *i, struct import_group *g)
{
	struct foreign_items lines = { 0 };
	char *told = import_path(i, "/etc/exim4/passwd.client");

	import_read_items(i, "/etc/exim4/passwd.client", FOREIGN_COLON, &lines);
	for (size_t k = 0; k < lines.count; k++) {
		struct span password = span_of(lines.items[k].value), user = span_cut(&password, ':');
		struct import_at at = { told, lines.items[k].line };
		if (!is_for_host(lines.items[k].key, import_said(g, "host")))
			continue;
		if (password.at && import_say(&i->plan, g, "user", user, at))
			import_password(g, password, at);
		break;
	}
	foreign_items_free(&lines);
	free(told);
}

static void take_smarthosts(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_plan *plan = &i->plan;
	struct import_at at = import_place_of(conf, "dc_smarthost", file);
	struct text_list places = { 0 };

	foreign_pieces(span_of(foreign_value(conf, "dc_smarthost")), "; \t", &places);
	for (size_t k = 0; k < places.count; k++) {
		struct import_group *g = import_add_smarthost(plan);
		char *colons = strstr(places.items[k], "::");
		if (colons)
			*colons = '\0';
		import_say(plan, g, "host", span_of(places.items[k]), at);
		import_say(plan, g, "port", colons ? span_of(colons + 2) : SPAN("25"), at);
		/* Exim uses STARTTLS where it is offered, and shows a password only then. */
		import_say(plan, g, "tls", SPAN("may"), at);
		say_login(i, g);
		import_all_through(i, import_name_smarthost(plan, g, places.items[k]), at);
	}
	if (places.count == 0)
		import_note(plan, at, "dc_smarthost: names no server; say with smarthost or default_via which way mail is to go");
	text_list_free(&places);
}

/* All names of this host leave as others at that domain. */
static void hide_names(struct import *i, const char *domain, struct import_at at)
{
	struct import_plan *plan = &i->plan;
	struct text_list names = { 0 };
	struct buf to = { 0 };

	buf_printf(&to, "@%s", domain);
	import_said_all(&plan->top, "local_domains", &names);
	import_rewrite_own(i, buf_span(&to), at);
	for (size_t k = 0; k < names.count; k++) {
		struct buf from = { 0 };
		struct import_group *g = import_add_rewrite(plan);
		buf_printf(&from, "@%s", names.items[k]);
		if (strcmp(names.items[k], i->hostname) == 0 || !import_say(plan, g, "from", buf_span(&from), at) || !import_say(plan, g, "to", buf_span(&to), at))
			import_drop(plan, g);
		buf_free(&from);
	}
	text_list_free(&names);
	buf_free(&to);
}

static void take_names(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_plan *plan = &i->plan;
	const char *type = foreign_value(conf, "dc_eximconfig_configtype"), *readhost = foreign_value(conf, "dc_readhost");
	char *mailname = import_first_word(i, "/etc/mailname");
	struct import_at at = { "/etc/mailname", 1 };

	import_say(plan, &plan->top, "hostname", span_of(i->hostname), (struct import_at){ "the name of this host", 0 });
	const char *name = mailname && mailname[0] ? mailname : i->hostname;
	import_say(plan, &plan->top, "domain", span_of(name), at);
	if (strcmp(type, "satellite") == 0) {
		import_no_local_mail(i, span_of(readhost[0] ? readhost : name), false, import_place_of(conf, "dc_readhost", file));
	} else {
		import_say(plan, &plan->top, "local_domains", span_of(name), at);
	}
	if (foreign_is_yes(foreign_value(conf, "dc_hide_mailname")) && readhost[0])
		hide_names(i, readhost, import_place_of(conf, "dc_hide_mailname", file));
	free(mailname);
}

/* "127.0.0.1 ; ::1"; an empty list is every address. */
static void take_listeners(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_at at = import_place_of(conf, "dc_local_interfaces", file);
	struct text_list places = { 0 };

	foreign_pieces(span_of(foreign_value(conf, "dc_local_interfaces")), "; \t", &places);
	for (size_t k = 0; k < places.count; k++) {
		bool six = strchr(places.items[k], ':') != NULL, local = strncmp(places.items[k], "127.", 4) == 0 || strcmp(places.items[k], "::1") == 0;
		struct buf place = { 0 };
		buf_printf(&place, "%s%s%s:25", six ? "[" : "", places.items[k], six ? "]" : "");
		if (local)
			import_say(&i->plan, &i->plan.top, "listen", buf_span(&place), at);
		else
			import_note(&i->plan, at, "dc_local_interfaces: %s: %s", places.items[k], RECEIVES);
		buf_free(&place);
	}
	if (places.count == 0) {
		import_say(&i->plan, &i->plan.top, "listen", SPAN("127.0.0.1:25"), at);
		import_say(&i->plan, &i->plan.top, "listen", SPAN("[::1]:25"), at);
		import_note(&i->plan, at, "dc_local_interfaces: Exim listens for every host; %s", RECEIVES);
	}
	text_list_free(&places);
}

/* /etc/email-addresses: "user: address" */
static void take_addresses(struct import *i)
{
	struct foreign_items lines = { 0 };
	char *told = import_path(i, "/etc/email-addresses");

	import_read_items(i, "/etc/email-addresses", FOREIGN_COLON, &lines);
	for (size_t k = 0; k < lines.count; k++) {
		struct import_at at = { told, lines.items[k].line };
		struct import_group *g = import_add_rewrite(&i->plan);
		struct buf from = { 0 };
		buf_printf(&from, "%s%s", lines.items[k].key, strchr(lines.items[k].key, '@') ? "" : "@");
		if (!import_say(&i->plan, g, "from", buf_span(&from), at) || !import_say(&i->plan, g, "to", span_of(lines.items[k].value), at))
			import_drop(&i->plan, g);
		buf_free(&from);
	}
	foreign_items_free(&lines);
	free(told);
}

int import_read_exim(struct import *i, struct fault *f)
{
	struct foreign_items conf = { 0 };
	char *file = import_path(i, i->file ? i->file : "/etc/exim4/update-exim4.conf.conf");
	int result = import_need_items(i, "/etc/exim4/update-exim4.conf.conf", FOREIGN_SHELL, &conf, f);
	struct import_plan *plan = &i->plan;

	if (result == 0) {
		const char *type = foreign_value(&conf, "dc_eximconfig_configtype");
		struct import_at at = import_place_of(&conf, "dc_eximconfig_configtype", file);
		carry_items(plan, NULL, &table, &conf, file);
		take_addresses(i);
		take_names(i, &conf, file);
		if (strcmp(type, "smarthost") == 0 || strcmp(type, "satellite") == 0)
			take_smarthosts(i, &conf, file);
		else if (strcmp(type, "internet") == 0)
			import_all_through(i, "mx", at);
		else
			import_note(plan, at, "dc_eximconfig_configtype: with \"%s\" no mail leaves; say with smarthost or default_via which way it is to go", type);
		if (strcmp(foreign_value(&conf, "dc_localdelivery"), "maildir_home") == 0)
			import_say(plan, &plan->top, "local_delivery", SPAN("maildir"), import_place_of(&conf, "dc_localdelivery", file));
		take_listeners(i, &conf, file);
	}
	foreign_items_free(&conf);
	free(file);
	return result;
}
