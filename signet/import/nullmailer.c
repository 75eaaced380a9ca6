/* SPDX-License-Identifier: ISC */
/* nullmailer: a folder of files, one setting each. */
#include "signet/import/carry.h"
#include "signet/import/readers.h"

#include <stdlib.h>

#define FOLDER "/etc/nullmailer/"

/* The key is the file. */
static const struct carry_row rows[] = {
	{ "me", CARRY_AS_IS, "hostname", "", 0 },
	{ "helohost", CARRY_AS_IS, "hostname", "the name in HELO", 0 },
	{ "defaulthost", CARRY_BY_CODE, "domain", "of bare addresses", 0 },
	{ "defaultdomain", CARRY_BY_CODE, "domain", "of names without a dot", 0 },
	{ "adminaddr", CARRY_BY_CODE, "root", "who gets mail for local names", 0 },
	{ "allmailfrom", CARRY_BY_CODE, "smarthost.envelope_from", "", 0 },
	{ "pausetime", CARRY_TIME, "retry_min", "", 's' },
	{ "maxpause", CARRY_TIME, "retry_max", "", 's' },
	{ "queuelifetime", CARRY_TIME, "queue_life", "", 's' },
	{ "idhost", CARRY_NOTHING, NULL, "", 0 }, { "sendtimeout", CARRY_NOTHING, NULL, "", 0 },
	{ "doublebounceto", CARRY_TOLD, NULL, "a bounce that cannot be delivered goes to root's reader", 0 },
};

static const struct carry_table table = CARRY_TABLE(rows, ", \t", true);

/* Of a line of remotes, behind host and protocol; with or without "--". */
static const struct carry_row options[] = {
	{ "port", CARRY_AS_IS, "smarthost.port", "", 0 },
	{ "source", CARRY_AS_IS, "smarthost.source", "", 0 },
	{ "x509cafile", CARRY_AS_IS, "smarthost.ca_file", "", 0 },
	{ "user", CARRY_BY_CODE, "smarthost.user", "", 0 }, { "pass", CARRY_BY_CODE, "smarthost.password_file", "", 0 },
	{ "starttls", CARRY_BY_CODE, "smarthost.tls", "", 0 }, { "ssl", CARRY_BY_CODE, "smarthost.implicit_tls", "", 0 },
	{ "insecure", CARRY_BY_CODE, "smarthost.tls", "encrypt", 0 }, { "auth-login", CARRY_BY_CODE, "smarthost.mechanisms", "", 0 },
	{ "x509certfile", CARRY_TOLD, NULL, "a certificate of this host is not shown to servers; give the smarthost a user and a password", 0 },
	{ "x509*", CARRY_NOTHING, NULL, "", 0 }, { "tls-anon-auth", CARRY_NOTHING, NULL, "", 0 }, { "ipv4", CARRY_BY_CODE, "smarthost.families", "", 0 },
	{ "ipv6", CARRY_BY_CODE, "smarthost.families", "", 0 }, { "daemon", CARRY_NOTHING, NULL, "", 0 }, { "syslog", CARRY_NOTHING, NULL, "", 0 },
};

static const struct carry_table option_table = CARRY_TABLE(options, ", \t", true);

static char *read_word(struct import *i, const char *name)
{
	struct buf whole = { 0 };

	buf_printf(&whole, FOLDER "%s", name);
	char *word = import_first_word(i, buf_text(&whole));
	buf_free(&whole);
	return word;
}

/* "--user=me" as an item. */
static void read_options(const struct text_list *words, size_t from, unsigned line, struct foreign_items *out)
{
	for (size_t k = from; k < words->count; k++) {
		const char *word = words->items[k];
		word += strncmp(word, "--", 2) == 0 ? 2 : 0;
		struct span value = span_of(word), key = span_cut(&value, '=');
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = (struct foreign_item){ mem_text_span(key), mem_text_span(value.at ? value : SPAN("")), line };
	}
}

static void take_remote(struct import *i, const struct foreign_item *line, const char *file)
{
	struct import_plan *plan = &i->plan;
	struct import_at at = { file, line->line };
	struct text_list words = { 0 };
	struct foreign_items said = { 0 };

	foreign_words(span_of(line->value), &words);
	bool protocol = words.count > 1 && words.items[1][0] != '-' && strchr(words.items[1], '=') == NULL;
	read_options(&words, protocol ? 2 : 1, line->line, &said);
	if (words.count == 0 || (protocol && strcmp(words.items[1], "smtp") != 0)) {
		import_note(plan, at, "a server that does not speak SMTP (%s): it is left out", words.count > 1 ? words.items[1] : "");
	} else {
		struct import_group *g = import_add_smarthost(plan);
		const struct foreign_item *user = foreign_find(&said, "user"), *pass = foreign_find(&said, "pass");
		bool ssl = foreign_find(&said, "ssl") != NULL, tls = ssl || foreign_find(&said, "starttls");
		import_say(plan, g, "host", span_of(words.items[0]), at);
		carry_items(plan, g, &option_table, &said, file);
		if (!import_said(g, "port"))
			import_say(plan, g, "port", ssl ? SPAN("465") : SPAN("25"), at);
		import_say(plan, g, "tls", !tls ? SPAN("none") : foreign_find(&said, "insecure") ? SPAN("encrypt") : SPAN("verify"), at);
		if (tls)
			import_say(plan, g, "implicit_tls", ssl ? SPAN("true") : SPAN("false"), at);
		if (user && pass && import_say(plan, g, "user", span_of(user->value), at))
			import_password(g, span_of(pass->value), at);
		if (foreign_find(&said, "auth-login"))
			import_say(plan, g, "mechanisms", SPAN("LOGIN"), at);
		if (foreign_find(&said, "ipv4") || foreign_find(&said, "ipv6"))
			import_say(plan, g, "families", foreign_find(&said, "ipv4") ? SPAN("ipv4") : SPAN("ipv6"), at);
		import_all_through(i, import_name_smarthost(plan, g, words.items[0]), at);
	}
	for (size_t k = 0; k < words.count; k++)
		explicit_bzero(words.items[k], strlen(words.items[k]));
	foreign_items_free(&said);
	text_list_free(&words);
}

static void take_names(struct import *i)
{
	struct import_plan *plan = &i->plan;
	char *host = read_word(i, "defaulthost"), *domain = read_word(i, "defaultdomain"), *admin = read_word(i, "adminaddr"), *all = read_word(i, "allmailfrom");
	struct buf whole = { 0 };
	struct import_at at = { FOLDER "me", 1 };
	char *mailname = import_first_word(i, "/etc/mailname");

	/* Debian's nullmailer reads it in place of me. */
	if (mailname && mailname[0]) {
		at.file = "/etc/mailname";
		import_say(plan, &plan->top, "hostname", span_of(mailname), at);
	}
	free(mailname);
	if (host && host[0])
		at.file = FOLDER "defaulthost";
	const char *me = import_said(&plan->top, "hostname") ? import_said(&plan->top, "hostname") : i->hostname;
	buf_add_text(&whole, host && host[0] ? host : me);
	if (strchr(buf_text(&whole), '.') == NULL && domain && domain[0])
		buf_printf(&whole, ".%s", domain);
	/* All names leave, or go to the administrator. */
	import_no_local_mail(i, buf_span(&whole), true, at);
	if (admin && admin[0]) {
		struct span rest = span_of(admin), first = span_cut(&rest, ',');
		struct import_at admin_at = { FOLDER "adminaddr", 1 };
		if (rest.at)
			import_note(plan, admin_at, "adminaddr: one address gets local mail; an alias for root with several members has them all");
		import_say(plan, &plan->top, "root", first, admin_at);
		import_say(plan, &plan->top, "local_map", SPAN("host"), admin_at);
	}
	for (size_t k = 0; k < plan->smarthost_count && all && all[0]; k++)
		import_say(plan, &plan->smarthosts[k], "envelope_from", span_of(all), (struct import_at){ FOLDER "allmailfrom", 1 });
	buf_free(&whole);
	free(host);
	free(domain);
	free(admin);
	free(all);
}

int import_read_nullmailer(struct import *i, struct fault *f)
{
	struct foreign_items remotes = { 0 };
	char *file = import_path(i, i->file ? i->file : FOLDER "remotes");
	int result = import_need_items(i, FOLDER "remotes", FOREIGN_LINE, &remotes, f);

	if (result == 0) {
		for (size_t k = 0; k < table.count; k++) {
			char *word = read_word(i, rows[k].key);
			struct buf path = { 0 };
			buf_printf(&path, "%s" FOLDER "%s", i->root, rows[k].key);
			struct foreign_item item = { (char *)(uintptr_t)rows[k].key, word, 1 };
			if (word && word[0])
				carry_item(&i->plan, NULL, &table, &rows[k], &item, buf_text(&path));
			buf_free(&path);
			free(word);
		}
		for (size_t k = 0; k < remotes.count; k++)
			take_remote(i, &remotes.items[k], file);
		take_names(i);
		if (i->plan.smarthost_count == 0)
			result = fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s: no server in it", file);
	}
	foreign_items_free(&remotes);
	free(file);
	return result;
}
