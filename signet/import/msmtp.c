/* SPDX-License-Identifier: ISC */
/* msmtp: accounts that inherit from others. */
#include "signet/import/carry.h"
#include "signet/import/readers.h"

#include <stdlib.h>

#define HEADER "header fields that are missing are always added"

static const struct carry_row rows[] = {
	{ "host", CARRY_AS_IS, "smarthost.host", "", 0 },
	{ "port", CARRY_AS_IS, "smarthost.port", "", 0 },
	{ "source_ip", CARRY_AS_IS, "smarthost.source", "", 0 },
	{ "tls_trust_file", CARRY_BY_CODE, "smarthost.ca_file", "\"system\" is none of its own", 0 },
	{ "user", CARRY_BY_CODE, "smarthost.user", "counts where auth is on", 0 },
	{ "password", CARRY_BY_CODE, "smarthost.password_file", "into a file of its own", 0 },
	{ "passwordeval", CARRY_BY_CODE, "smarthost.password_command", "or token_command", 0 },
	{ "auth", CARRY_BY_CODE, "smarthost.mechanisms", "", 0 },
	{ "tls", CARRY_BY_CODE, "smarthost.tls", "", 0 },
	{ "tls_starttls", CARRY_BY_CODE, "smarthost.implicit_tls", "", 0 },
	{ "tls_certcheck", CARRY_BY_CODE, "smarthost.tls", "off is encrypt", 0 },
	{ "from", CARRY_BY_CODE, "rewrite", "who sends where nobody says otherwise", 0 },
	{ "allow_from_override", CARRY_BY_CODE, "smarthost.envelope_from", "off: from is all that is sent", 0 },
	{ "domain", CARRY_BY_CODE, "hostname", "in EHLO", 0 },
	{ "maildomain", CARRY_AS_IS, "domain", "the domain of bare addresses", 0 },
	{ "aliases", CARRY_AS_IS, "aliases", "", 0 },
	{ "proxy_host", CARRY_BY_CODE, "smarthost.proxy", "", 0 },
	{ "proxy_port", CARRY_BY_CODE, "smarthost.proxy", "", 0 },
	{ "tls_fingerprint", CARRY_TOLD, NULL, "a certificate is verified by its name and issuer; put the issuer's into ca_file", 0 },
	{ "tls_cert_file", CARRY_TOLD, NULL, "a certificate of this host is not shown to servers; give the smarthost a user and a password", 0 },
	{ "tls_key_file", CARRY_NOTHING, NULL, "told with tls_cert_file", 0 },
	{ "tls_host_override", CARRY_TOLD, NULL, "the certificate must name host", 0 },
	{ "tls_*", CARRY_NOTHING, NULL, "chosen by Signet itself", 0 },
	{ "socket", CARRY_TOLD, NULL, "a server is reached by TCP", 0 },
	{ "protocol", CARRY_BY_CODE, NULL, "smtp; lmtp is told", 0 },
	{ "from_full_name", CARRY_TOLD, NULL, "the full name is the user's in passwd(5)", 0 },
	{ "dsn_notify", CARRY_TOLD, NULL, "who submits asks for reports (sendmail -N)", 0 },
	{ "dsn_return", CARRY_TOLD, NULL, "who submits asks for reports (sendmail -R)", 0 },
	{ "undisclosed_recipients", CARRY_TOLD, NULL, "To and Cc stay as they are", 0 },
	{ "set_from_header", CARRY_NOTHING, NULL, HEADER, 0 }, { "set_date_header", CARRY_NOTHING, NULL, HEADER, 0 },
	{ "set_msgid_header", CARRY_NOTHING, NULL, HEADER, 0 }, { "add_missing_*", CARRY_NOTHING, NULL, HEADER, 0 },
	{ "remove_bcc_headers", CARRY_NOTHING, NULL, "Bcc never leaves", 0 }, { "keepbcc", CARRY_NOTHING, NULL, "Bcc never leaves", 0 },
	{ "auto_from", CARRY_NOTHING, NULL, "who sends is user@domain", 0 }, { "ntlmdomain", CARRY_NOTHING, NULL, "", 0 },
	{ "timeout", CARRY_NOTHING, NULL, "", 0 }, { "connect_timeout", CARRY_NOTHING, NULL, "", 0 },
	{ "logfile*", CARRY_NOTHING, NULL, "the log is one: setting log", 0 }, { "syslog", CARRY_NOTHING, NULL, "", 0 },
	{ "eval", CARRY_TOLD, NULL, "a line that a command prints is not read; write it into the file, and import again", 0 },
};

static const struct carry_table table = CARRY_TABLE(rows, ", \t", true);

enum { ACCOUNT_ITEMS_MAX = 2000 };

struct account {
	char *name;
	struct foreign_items items;
	const char *file;            /* of its own lines */
	unsigned line;
	bool is_default;             /* "account default : NAME" */
};

struct accounts {
	struct account *items;
	size_t count;
};

static struct account *account_of(struct accounts *a, struct span name)
{
	for (size_t i = a->count; i-- > 0;)
		if (span_eq(span_of(a->items[i].name), name))
			return &a->items[i];
	return NULL;
}

static struct account *add_account(struct accounts *a, struct span name, const char *file, unsigned line)
{
	a->items = mem_resize(a->items, a->count + 1, sizeof *a->items);
	a->items[a->count] = (struct account){ .name = mem_text_span(name), .file = file, .line = line };
	return &a->items[a->count++];
}

/* There are not so many names of settings: more come of accounts that each inherit twice from one that does. */
static void put_item(struct account *a, const struct foreign_item *item)
{
	if (a->items.count >= ACCOUNT_ITEMS_MAX)
		return;
	a->items.items = mem_resize(a->items.items, a->items.count + 1, sizeof *a->items.items);
	a->items.items[a->items.count++] = (struct foreign_item){ mem_text(item->key), mem_text(item->value), item->line };
}

static void inherit_items(struct account *to, const struct foreign_items *from)
{
	for (size_t i = 0; i < from->count; i++)
		put_item(to, &from->items[i]);
}

/* "account NAME", "account NAME : OTHER, ANOTHER". Returns its index. */
static size_t begin_account(struct import *i, struct accounts *a, const struct foreign_item *line, const struct foreign_items *defaults, const char *file)
{
	struct span rest = span_of(line->value), name = span_trim(span_cut(&rest, ':'));
	struct text_list bases = { 0 };

	if (rest.at)
		foreign_pieces(rest, ", \t", &bases);
	/* It is named by another account's name: that one is the default. */
	struct account *other = span_eq(name, SPAN("default")) && bases.count == 1 ? account_of(a, span_of(bases.items[0])) : NULL;
	size_t index = a->count;
	if (other) {
		for (size_t k = 0; k < a->count; k++)
			a->items[k].is_default = false;
		other->is_default = true;
		index = (size_t)(other - a->items);
	} else {
		struct account *new = add_account(a, name, file, line->line);
		inherit_items(new, defaults);
		for (size_t k = 0; k < bases.count; k++) {
			const struct account *base = account_of(a, span_of(bases.items[k]));
			if (base && base != &a->items[index])
				inherit_items(&a->items[index], &base->items);
			else
				import_note(&i->plan, (struct import_at){ file, line->line }, "account: there is no account %s before this one", bases.items[k]);
		}
	}
	text_list_free(&bases);
	return index;
}

static void read_accounts(struct import *i, const struct foreign_items *lines, const char *file, struct accounts *out)
{
	struct account defaults = { 0 };
	size_t at = SIZE_MAX;
	bool in_defaults = false;

	for (size_t k = 0; k < lines->count; k++) {
		const struct foreign_item *line = &lines->items[k];
		if (strcmp(line->key, "defaults") == 0) {
			in_defaults = true;
			foreign_items_free(&defaults.items);
		} else if (strcmp(line->key, "account") == 0) {
			in_defaults = false;
			at = begin_account(i, out, line, &defaults.items, file);
		} else if (in_defaults) {
			put_item(&defaults, line);
		} else {
			if (at == SIZE_MAX) {
				add_account(out, SPAN("default"), file, line->line);
				at = out->count - 1;
			}
			put_item(&out->items[at], line);
		}
	}
	foreign_items_free(&defaults.items);
}

static struct import_at place_of(const struct account *a, const char *key)
{
	const struct foreign_item *item = foreign_find(&a->items, key);

	return (struct import_at){ a->file, item ? item->line : a->line };
}

static void say_login(struct import *i, struct import_group *g, const struct account *a)
{
	struct import_plan *plan = &i->plan;
	const char *auth = foreign_value(&a->items, "auth"), *password = foreign_value(&a->items, "password"), *command = foreign_value(&a->items, "passwordeval");
	bool token = span_eq_nocase(span_of(auth), SPAN("oauthbearer")) || span_eq_nocase(span_of(auth), SPAN("xoauth2"));

	if (auth[0] == '\0' || strcmp(auth, "off") == 0)
		return;
	if (strcmp(auth, "on") != 0) {
		char *upper = mem_text(auth);
		for (char *c = upper; *c; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c & ~0x20) : *c;
		import_say(plan, g, "mechanisms", span_of(upper), place_of(a, "auth"));
		free(upper);
	}
	if (foreign_value(&a->items, "user")[0] == '\0')
		return;
	import_say(plan, g, "user", span_of(foreign_value(&a->items, "user")), place_of(a, "user"));
	if (command[0] && import_say(plan, g, token ? "token_command" : "password_command", span_of(command), place_of(a, "passwordeval")))
		return;
	if (password[0] && !command[0]) {
		import_password(g, span_of(password), place_of(a, "password"));
		return;
	}
	struct buf name = { 0 };
	buf_printf(&name, "%s.password", import_said(g, "name"));
	char *file = import_own_path(i, buf_text(&name));
	import_say(plan, g, "password_file", span_of(file), place_of(a, "user"));
	import_note(plan, place_of(a, "user"), "the password of %s is not in this file (a command, ~/.netrc, a key ring): put it into %s, with the mode 0600", foreign_value(&a->items, "user"), file);
	buf_free(&name);
	free(file);
}

static void say_tls(struct import *i, struct import_group *g, const struct account *a)
{
	struct import_plan *plan = &i->plan;
	const char *trust = foreign_value(&a->items, "tls_trust_file");
	bool on = foreign_is_yes(foreign_value(&a->items, "tls")), starttls = strcmp(foreign_value(&a->items, "tls_starttls"), "off") != 0;

	if (!import_said(g, "port"))
		import_say(plan, g, "port", on && !starttls ? SPAN("465") : SPAN("25"), place_of(a, "host"));
	import_say(plan, g, "tls", !on ? SPAN("none") : strcmp(foreign_value(&a->items, "tls_certcheck"), "off") == 0 ? SPAN("encrypt") : SPAN("verify"),
	           place_of(a, foreign_find(&a->items, "tls_certcheck") ? "tls_certcheck" : "tls"));
	if (on)
		import_say(plan, g, "implicit_tls", starttls ? SPAN("false") : SPAN("true"), place_of(a, "tls_starttls"));
	if (trust[0] == '/' && strcmp(trust, "/etc/ssl/certs/ca-certificates.crt") != 0)
		import_say(plan, g, "ca_file", span_of(trust), place_of(a, "tls_trust_file"));
}

/* "%U@example.org" is the user's name there. */
static void say_sender(struct import *i, struct import_group *g, const struct account *a, bool is_default)
{
	struct import_plan *plan = &i->plan;
	const char *from = foreign_value(&a->items, "from");
	struct import_at at = place_of(a, "from");
	bool user = strncmp(from, "%U@", 3) == 0;

	if (from[0] == '\0')
		return;
	if (strchr(user ? from + 2 : from, '%')) {
		import_note(plan, at, "from: %s has a pattern that is not known here; say with from or rewrite who sends", from);
	} else if (is_default && strcmp(foreign_value(&a->items, "allow_from_override"), "off") == 0 && !user) {
		import_say(plan, g, "envelope_from", span_of(from), at);
	} else if (is_default) {
		import_rewrite_own(i, span_of(user ? from + 2 : from), at);
	} else if (!user) {
		char *name = mem_text(import_said(g, "name"));
		struct import_group *route = import_add_route(plan);
		if (import_say(plan, route, "from", span_of(from), at)) {
			import_say(plan, route, "to", SPAN("*"), at);
			import_say(plan, route, "via", span_of(name), at);
		} else {
			import_drop(plan, route);
		}
		free(name);
	}
}

static void take_account(struct import *i, struct accounts *all, struct account *a)
{
	struct import_plan *plan = &i->plan;
	bool is_default = a->is_default;
	struct import_at at = { a->file, a->line };

	if (foreign_value(&a->items, "host")[0] == '\0' || strcmp(foreign_value(&a->items, "protocol"), "lmtp") == 0) {
		/* One that others only inherit from says no host. */
		if (is_default || foreign_value(&a->items, "protocol")[0])
			import_note(plan, at, "account %s: has no SMTP server", a->name);
		return;
	}
	struct import_group *g = import_add_smarthost(plan);
	for (size_t k = 0; k < a->items.count; k++) {
		const struct foreign_item *item = &a->items.items[k];
		const struct carry_row *row = carry_row_of(&table, item->key);
		/* What comes later in an account counts, and of the whole file what the default account says. */
		if (foreign_find(&a->items, item->key) != item && (row == NULL || row->way != CARRY_TOLD))
			continue;
		if (row == NULL)
			import_note(plan, (struct import_at){ a->file, item->line }, "%s: not known here; see signet.conf(5) whether you miss it", item->key);
		else if (is_default || row->way == CARRY_TOLD || (row->setting && strncmp(row->setting, "smarthost.", 10) == 0))
			carry_item(plan, g, &table, row, item, a->file);
	}
	import_name_smarthost(plan, g, strcmp(a->name, "default") == 0 ? foreign_value(&a->items, "host") : a->name);
	say_tls(i, g, a);
	say_login(i, g, a);
	if (foreign_value(&a->items, "proxy_host")[0]) {
		struct buf proxy = { 0 };
		buf_printf(&proxy, "socks5://%s:%s", foreign_value(&a->items, "proxy_host"), foreign_value(&a->items, "proxy_port")[0] ? foreign_value(&a->items, "proxy_port") : "1080");
		import_say(plan, g, "proxy", buf_span(&proxy), place_of(a, "proxy_host"));
		buf_free(&proxy);
	}
	if (is_default) {
		const char *domain = foreign_value(&a->items, "domain");
		if (strchr(domain, '.'))
			import_say(plan, &plan->top, "hostname", span_of(domain), place_of(a, "domain"));
		import_all_through(i, import_said(g, "name"), at);
	} else if (all->count > 1 && foreign_value(&a->items, "from")[0] == '\0') {
		import_note(plan, at, "account %s: is a smarthost, and no route leads there: -a is not heeded; a rule with from or to in routes chooses it", a->name);
	}
	say_sender(i, g, a, is_default);
}

static void choose_default(struct accounts *a)
{
	struct account *named = account_of(a, SPAN("default"));
	size_t marked = 0;

	for (size_t k = 0; k < a->count; k++)
		marked += a->items[k].is_default;
	if (marked == 0 && named)
		named->is_default = true;
	else if (marked == 0 && a->count == 1)
		a->items[0].is_default = true;
}

int import_read_msmtp(struct import *i, struct fault *f)
{
	struct foreign_items system = { 0 }, own = { 0 };
	struct accounts accounts = { 0 };
	const char *home = getenv("HOME");
	struct buf personal = { 0 };

	buf_printf(&personal, "%s/.msmtprc", home ? home : "/root");
	char *system_file = import_path(i, i->file ? i->file : "/etc/msmtprc"), *own_file = import_path(i, buf_text(&personal));
	bool has_own = i->file == NULL && import_read_items(i, buf_text(&personal), FOREIGN_MSMTP, &own);
	int result = 0;
	if (!has_own)
		result = import_need_items(i, "/etc/msmtprc", FOREIGN_MSMTP, &system, f);
	else
		import_read_items(i, "/etc/msmtprc", FOREIGN_MSMTP, &system);
	if (result == 0) {
		read_accounts(i, &system, system_file, &accounts);
		read_accounts(i, &own, own_file, &accounts);
		choose_default(&accounts);
		for (size_t k = 0; k < accounts.count; k++)
			if (account_of(&accounts, span_of(accounts.items[k].name)) == &accounts.items[k])
				take_account(i, &accounts, &accounts.items[k]);
		if (i->plan.smarthost_count == 0)
			result = fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s: no account with a host in it", has_own ? own_file : system_file);
		else if (!import_said(&i->plan.top, "default_via"))
			import_note(&i->plan, (struct import_at){ has_own ? own_file : system_file, 0 }, "there is no default account: say in default_via which smarthost "
			            "takes mail that no route is for");
	}
	for (size_t k = 0; k < accounts.count; k++) {
		free(accounts.items[k].name);
		foreign_items_free(&accounts.items[k].items);
	}
	free(accounts.items);
	foreign_items_free(&system);
	foreign_items_free(&own);
	free(system_file);
	free(own_file);
	buf_free(&personal);
	return result;
}
