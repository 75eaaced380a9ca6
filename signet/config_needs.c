/* SPDX-License-Identifier: ISC */
#include "signet/config_needs.h"

#include "base/conf/ca_bundle.h"
#include "base/conf/config.h"
#include "base/conf/config_owner.h"
#include "base/conf/listen.h"
#include "base/conf/local_command.h"
#include "base/conf/places.h"
#include "base/conf/sendmail_owner.h"
#include "base/io.h"
#include "base/oauth_saved.h"
#include "dns/dns.h"
#include "dns/dns_anchor.h"
#include "relay/route/aliases.h"
#include "relay/route/local_mail.h"
#include "signet/keys/rotation_begin.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct needs {
	const struct settings *settings;
	const struct routes *routes;
	struct aliases *aliases;
	const char *sendmail;
	struct buf *out;
	size_t count;
};

static void warn_of_need(struct needs *n, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void warn_of_need(struct needs *n, const char *format, ...)
{
	va_list ap;

	buf_add_text(n->out, "warning: ");
	va_start(ap, format);
	buf_vprintf(n->out, format, ap);
	va_end(ap);
	buf_add_byte(n->out, '\n');
	n->count++;
}

/* ---- where mail goes ---- */

static void root_reader(struct needs *n)
{
	struct alias_rules rules = { .settings = n->settings, .source = aliases_source(n->aliases) };
	struct alias_expansion root = { 0 };
	bool is_read = false;

	alias_expand(&rules, SPAN("root"), 100, &root);
	for (size_t i = 0; i < root.count; i++)
		is_read |= root.items[i].verdict != ALIAS_REFUSED && root.items[i].why[0] == '\0';
	if (!is_read)
		warn_of_need(n, "%s. Until then %s", root.items[0].why, root.items[0].verdict == ALIAS_STAYS ?
		             "mail of cron and of this host's users is held" : "root's mail goes back to its sender");
	alias_expansion_free(&root);
}

/* Who can write a program decides what is done as the user whom it runs as. */
static void written_by_others(struct needs *n, const char *setting, const char *program, const char *as_whom)
{
	const struct passwd *user = getpwnam(as_whom);
	struct stat st;

	if (program[0] != '/' || stat(program, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	struct config_owner owner = { true, st.st_uid, st.st_gid, st.st_mode & 07777 };
	struct config_reader reader = { .uid = geteuid(), .euid = geteuid() };
	bool is_theirs = user && user->pw_uid == st.st_uid && !config_owner_others_write(&owner);
	if (!is_theirs && !config_owner_may_run(&owner, &reader))
		warn_of_need(n, "%s: %s: others can write it (uid %u, mode %04o), and have what they like done as %s; fix it with: chown root %s "
		             "&& chmod go-w %s", setting, program, owner.uid, owner.mode, as_whom, program, program);
}

/* A command for the shell: only of a first word that is a path is it known what that runs. */
static void first_word(struct needs *n, const char *setting, const char *command, const char *as_whom)
{
	struct span rest = span_of(command);
	char *program = mem_text_span(span_word(&rest));

	written_by_others(n, setting, program, as_whom);
	free(program);
}

static void shell_commands(struct needs *n)
{
	const struct settings *s = n->settings;

	for (size_t i = 0; i < s->dkim_count; i++)
		first_word(n, "password_command", s->dkim[i].password_command, "the user of signetd");
	for (size_t i = 0; i < s->smarthost_count; i++) {
		first_word(n, "password_command", s->smarthosts[i].password_command, "the user of signetd");
		first_word(n, "token_command", s->smarthosts[i].token_command, "the user of signetd");
	}
}

/* It is not there, or mail for root would come to it. */
static void delivery_agent(struct needs *n)
{
	struct alias_rules rules = { .settings = n->settings, .source = aliases_source(n->aliases) };
	struct alias_expansion root = { 0 };
	struct text_list words = { 0 };
	struct buf user = { 0 };

	if (n->settings->local_command[0] == '\0')
		return;
	local_command_words(n->settings->local_command, &(struct local_command_values){ "", "", "", "", "", "", "" }, &words);
	if (access(words.items[0], X_OK) < 0)
		warn_of_need(n, "local_command: %s: %s: until it can be run, mail for this host's users waits", words.items[0],
		             strerror(errno));
	written_by_others(n, "local_command", words.items[0], "the user whose mail it is");
	alias_expand(&rules, SPAN("root"), 100, &root);
	for (size_t i = 0; i < root.count; i++) {
		buf_clear(&user);
		local_mail_user(span_of(root.items[i].address), &user);
		if (root.items[i].verdict == ALIAS_STAYS && span_eq(buf_span(&user), SPAN("root")))
			warn_of_need(n, "root's mail is not given to local_command, which would run as root, and waits: set root to a person's "
			             "address, or make root an alias of one");
	}
	alias_expansion_free(&root);
	text_list_free(&words);
	buf_free(&user);
}

static void programs(struct needs *n)
{
	struct text_list words = { 0 };
	struct fault f = { 0 };
	const char *command = n->settings->event_command, *user = n->settings->command_user;

	if ((command[0] || n->settings->alias_programs.count > 0) && getpwnam(user) == NULL)
		warn_of_need(n, "command_user: there is no user \"%s\" on this host: until there is, no program is run", user);
	if (command[0] && plain_command_words(command, "event_command", &words, &f) == 0 && access(words.items[0], X_OK) < 0)
		warn_of_need(n, "event_command: %s: %s: until it can be run, nobody hears of events", words.items[0], strerror(errno));
	if (words.count > 0)
		written_by_others(n, "event_command", words.items[0], user);
	for (size_t i = 0; i < n->settings->alias_programs.count; i++)
		first_word(n, "alias_programs", n->settings->alias_programs.items[i], user);
	text_list_free(&words);
}

/* What signet-rotate.timer would be told each hour. */
static void rotation(struct needs *n)
{
	const struct settings *s = n->settings;
	struct text_list words = { 0 };
	struct fault f = { 0 };
	struct keyset keys;

	if (s->publish_command[0] && plain_command_words(s->publish_command, "publish_command", &words, &f) == 0 &&
	    access(words.items[0], X_OK) < 0)
		warn_of_need(n, "publish_command: %s: %s: until it can be run, nothing is published", words.items[0], strerror(errno));
	if (words.count > 0)
		written_by_others(n, "publish_command", words.items[0], "root");
	text_list_free(&words);
	if (s->rotate_ms == 0)
		return;
	if (!settings_publish(s))
		warn_of_need(n, "rotate: no key follows another by itself until publish_command, publish_server or publish_tsig_file says how "
		             "its record gets into the DNS");
	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		struct rotation_keys together;
		rotation_keys_of(&keys, &keys.items[i], &together);
		const char *obstacle = together.items[0] == &keys.items[i] ? rotation_obstacle(s, &together) : NULL;
		if (obstacle)
			warn_of_need(n, "rotate: the key %s of %s and what signs with it are not rotated by themselves: %s", keys.items[i].selector,
			             keys.items[i].entry->domain, obstacle);
		free(together.items);
	}
	keyset_free(&keys);
}

static void redirected(struct needs *n)
{
	if (n->settings->redirect[0])
		warn_of_need(n, "redirect is on: all mail goes to %s, and none to its recipients; take it out on a host that is to send "
		             "mail", n->settings->redirect);
}

static void trust_without_effect(struct needs *n)
{
	const struct settings *s = n->settings;

	if (s->trusted_users.count > 0 && strcmp(s->untrusted_sender, "keep") == 0)
		warn_of_need(n, "trusted_users has no effect while untrusted_sender is \"keep\": everybody may give any sender; set "
		             "untrusted_sender to \"rewrite\" or \"refuse\", or take trusted_users out");
}

/* ---- aliases ---- */

static void alias_faults(struct needs *n)
{
	struct buf faults = { 0 };

	aliases_print_faults(n->aliases, &faults);
	aliases_print_loops(n->aliases, n->settings, &faults);
	struct span rest = buf_span(&faults);
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		warn_of_need(n, "%.*s", (int)line.len, line.at);
	}
	buf_free(&faults);
}

/* Root can read what pickup cannot. */
static void readable_aliases(struct needs *n)
{
	const struct settings *s = n->settings;
	const struct passwd *user = s->user[0] ? getpwnam(s->user) : NULL;

	for (size_t i = 0; user && i < s->aliases.count; i++) {
		struct stat st;
		if (stat(s->aliases.items[i], &st) < 0)
			continue;
		mode_t needed = st.st_uid == user->pw_uid ? S_IRUSR : st.st_gid == user->pw_gid ? S_IRGRP : S_IROTH;
		if (!(st.st_mode & needed))
			warn_of_need(n, "%s cannot be read by the user %s, so its aliases do not count; run as root: chmod o+r %s",
			             s->aliases.items[i], s->user, s->aliases.items[i]);
	}
}

static void way_out(struct needs *n)
{
	struct text_list no_mx = { 0 };
	struct route_question q = { .domain = SPAN("elsewhere.invalid"), .mx_hosts = &no_mx };
	struct route route;

	if (route_find(n->routes, &q, &route) != ROUTE_NONE)
		return;
	if (n->settings->route_count > 0)
		warn_of_need(n, "mail for a domain that no route matches is held; set default_via, or a last route with to = [ \"*\" ]");
	else
		warn_of_need(n, "there is no way out: mail for elsewhere is held; set smarthost, or hostname to send to each domain's MX");
}

static bool is_mx(const struct text_list *via)
{
	for (size_t i = 0; i < via->count; i++)
		if (strcmp(via->items[i], "mx") == 0)
			return true;
	return false;
}

static bool uses_mx(const struct settings *s)
{
	bool uses = is_mx(&s->default_via);

	for (size_t i = 0; i < s->route_count; i++)
		uses |= s->routes[i].table[0] || is_mx(&s->routes[i].via);
	return uses;
}

/* ---- who submits by SMTP ---- */

static void listening(struct needs *n)
{
	const struct settings *s = n->settings;
	struct listen_client client;
	struct listen_place place;
	bool serves_network = false;

	for (size_t i = 0; i < s->listen_for.count; i++) {
		if (!listen_client_parse(span_of(s->listen_for.items[i]), &client))
			continue;
		serves_network |= client.kind == LISTEN_NETWORK && !listen_is_loopback(client.network.family, client.network.bytes);
		char *user = client.kind == LISTEN_USER ? mem_text_span(client.user) : NULL;
		unsigned long long number;
		if (user && s->listen.count > 0 && !span_number(client.user, UINT32_MAX, &number) && getpwnam(user) == NULL)
			warn_of_need(n, "listen_for \"%s\": there is no such user, so nobody is served by it", s->listen_for.items[i]);
		free(user);
	}
	for (size_t i = 0; i < s->listen.count; i++)
		if (!serves_network && listen_place_parse(span_of(s->listen.items[i]), &place) && !listen_is_loopback(place.family, place.bytes))
			warn_of_need(n, "listen names %s, which other hosts can reach, and listen_for serves none of them: they are refused "
			             "with 554; add their network to listen_for, or listen at 127.0.0.1 alone", s->listen.items[i]);
}

/* ---- what vouches for others ---- */

static void need_certificates(struct needs *n)
{
	struct fault f;

	if (ca_bundle_check(n->settings, &f) < 0)
		warn_of_need(n, "%s", f.text);
}

static void trust_anchor(struct needs *n)
{
	const struct settings *s = n->settings;
	const char *path = dns_anchor_file(s);

	if (!uses_mx(s) || (s->mx_tls != TLS_MAY && s->mx_tls != TLS_DANE) || access(path, R_OK) == 0)
		return;
	warn_of_need(n, "no DNSSEC trust anchor (%s: %s): no receiver's DANE is seen%s; install dns-root-data, or set trust_anchor_file",
	             path, strerror(errno), s->mx_tls == TLS_DANE ? ", and mx_tls = \"dane\" sends nothing without one" : "");
}

/* signet check looks at the address that this host has, and mail leaves from another. */
static void address_behind_proxy(struct needs *n)
{
	const struct settings *s = n->settings;

	if (s->on_address_change.count > 0 && s->mx_proxy[0])
		warn_of_need(n, "on_address_change has no effect with mx_proxy: MX hosts see an address of the proxy %s, and whether that changes is not "
		             "known here; take one of the two out", s->mx_proxy);
}

/* A provider that knows its customer by a login often takes that one's addresses only. */
static void login_without_from(struct needs *n)
{
	const struct settings *s = n->settings;

	for (size_t i = 0; i < s->smarthost_count; i++) {
		const struct smarthost *h = &s->smarthosts[i];
		if (h->user[0] && h->envelope_from[0] == '\0' && s->from[0] == '\0')
			warn_of_need(n, "smarthost \"%s\" knows this host as %s and may refuse other senders, such as root's and cron's (\"553 sender "
			             "not owned\"); if it does, set from to an address of that login", h->name, h->user);
	}
}

static void oauth_login(struct needs *n)
{
	const struct settings *s = n->settings;

	for (size_t i = 0; i < s->smarthost_count; i++) {
		const struct smarthost *h = &s->smarthosts[i];
		struct oauth_saved saved;
		struct fault f = { 0 };
		/* What only signetd, as another user, may look at is no fault. */
		if (access(s->oauth_folder, X_OK) < 0 && errno == EACCES)
			return;
		if (smarthost_uses_oauth(h) && oauth_saved_read(s->oauth_folder, h->name, &saved, &f) < 0)
			warn_of_need(n, "smarthost \"%s\": %s", h->name, f.text);
		else if (smarthost_uses_oauth(h))
			oauth_saved_free(&saved);
	}
}

/* ---- what is installed ---- */

static bool has_group(const struct stat *st, const char *name)
{
	const struct group *g = getgrnam(name);

	return g && g->gr_gid == st->st_gid;
}

/* Into another folder it writes as its caller, who has no business in this one. */
static void drop_program(struct needs *n)
{
	const struct settings *s = n->settings;
	bool usual = strcmp(s->drop, PLACES_DROP) == 0;
	struct stat st;

	if (s->user[0] == '\0')
		return;
	if (stat(s->drop_program, &st) < 0) {
		warn_of_need(n, "drop_program %s: %s: while signetd is away, mail is refused", s->drop_program, strerror(errno));
		return;
	}
	bool set_gid = (st.st_mode & S_ISGID) != 0;
	if (set_gid && !usual)
		warn_of_need(n, "drop is %s, and into any folder but " PLACES_DROP " %s writes as its caller: while signetd is away, mail of "
		             "users who may not write there is refused", s->drop, s->drop_program);
	else if (usual && !(set_gid && has_group(&st, s->drop_group)))
		warn_of_need(n, "%s is not set-gid to %s: while signetd is away, mail of other users than root is refused; run as root: "
		             "chgrp %s %s; chmod 2755 %s", s->drop_program, s->drop_group, s->drop_group, s->drop_program, s->drop_program);
}

static void sendmail_program(struct needs *n)
{
	struct buf said = { 0 };

	if (n->settings->user[0] != '\0' && !sendmail_owner_is_us(n->sendmail, SENDMAIL_OWNER_PACKAGES, &said))
		warn_of_need(n, "%s", buf_text(&said));
	buf_free(&said);
}

size_t config_needs(const struct routes *r, const char *sendmail, struct buf *out)
{
	static const struct {
		void (*look)(struct needs *n);
		bool of_signetd;         /* means nothing where queue is "none" */
	} all[] = {
		{ redirected, false }, { trust_without_effect, true }, { root_reader, true }, { delivery_agent, true },
		{ programs, true }, { shell_commands, true }, { rotation, false }, { alias_faults, false }, { readable_aliases, true }, { way_out, false }, { listening, true },
		{ need_certificates, false }, { trust_anchor, true }, { login_without_from, false }, { address_behind_proxy, true }, { oauth_login, true },
		{ drop_program, true }, { sendmail_program, true },
	};
	const struct settings *s = routes_settings(r);
	struct needs n = { .settings = s, .routes = r, .aliases = aliases_new(&s->aliases), .sendmail = sendmail, .out = out };

	aliases_refresh(n.aliases);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!all[i].of_signetd || !settings_have_no_queue(s))
			all[i].look(&n);
	aliases_free(n.aliases);
	return n.count;
}
