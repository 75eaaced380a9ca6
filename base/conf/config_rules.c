/* SPDX-License-Identifier: ISC */
#include "base/conf/config_rules.h"

#include "base/conf/listen.h"
#include "base/conf/local_command.h"
#include "base/conf/pool_host.h"
#include "base/conf/proxy_place.h"
#include "base/mail/address.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <sys/un.h>

/* ---- one group ---- */

static bool is_set(const char *text)
{
	return text[0] != '\0';
}

/* A user and one way to prove it, or neither. */
static void check_secret(struct reader *r, config_place at, const struct smarthost *h)
{
	const struct {
		const char *name, *value;
	} ways[] = {
		{ "password_file", h->password_file }, { "password_command", h->password_command },
		{ "token_command", h->token_command }, { "oauth", smarthost_uses_oauth(h) ? "set" : "" },
	};
	const char *set = NULL;

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (set && is_set(ways[i].value))
			reader_complain_of(r, at, "smarthost \"%s\": %s and %s; one of them is enough", h->name, set, ways[i].name);
		if (is_set(ways[i].value))
			set = ways[i].name;
	}
	if (set && !is_set(h->user))
		reader_complain_of(r, at, "smarthost \"%s\": %s without user", h->name, set);
	if (!set && is_set(h->user))
		reader_complain_of(r, at, "smarthost \"%s\": user without password_file (or password_command, token_command, oauth)",
		                   h->name);
}

/* oauth has to say which server is asked, and as which client. */
static void check_oauth(struct reader *r, config_place at, const struct smarthost *h)
{
	if (!smarthost_uses_oauth(h))
		return;
	if (!is_set(h->oauth_client_id))
		reader_complain_of(r, at, "smarthost \"%s\": oauth needs client_id: what the provider calls the application that you have "
		                   "registered with it", h->name);
	if (is_set(h->oauth_provider))
		return;
	if (!is_set(h->oauth_token_endpoint) || !is_set(h->oauth_scope))
		reader_complain_of(r, at, "smarthost \"%s\": oauth needs provider, or token_endpoint and scope", h->name);
	else if (!is_set(h->oauth_device_endpoint) && !is_set(h->oauth_authorize_endpoint))
		reader_complain_of(r, at, "smarthost \"%s\": oauth needs device_endpoint or authorize_endpoint, where a person logs in", h->name);
}

/* RFC 1929: a user and a password, or neither. */
static void check_proxy(struct reader *r, config_place at, const char *name, const char *proxy, const char *password_file)
{
	struct proxy_place place = { 0 };

	if (!is_set(proxy) && is_set(password_file))
		reader_complain_of(r, at, "%s_password_file without %s", name, name);
	if (!is_set(proxy) || !proxy_place_parse(span_of(proxy), &place))
		return;
	if (place.user.len > 0 && !is_set(password_file))
		reader_complain_of(r, at, "%s names a user: its password is to be in %s_password_file", name, name);
	if (place.user.len == 0 && is_set(password_file))
		reader_complain_of(r, at, "%s_password_file is set, and %s does not name a user: \"socks5://USER@HOST:PORT\"", name, name);
}

static void check_source(struct reader *r, config_place at, const char *name, const struct text_list *source)
{
	size_t v6 = 0;

	for (size_t i = 0; i < source->count; i++)
		v6 += strchr(source->items[i], ':') != NULL;
	if (v6 > 1 || source->count - v6 > 1)
		reader_complain_of(r, at, "%s: at most one IPv4 and one IPv6 address", name);
}

static void check_families(struct reader *r, config_place at, const char *name,
                           const struct text_list *families)
{
	bool any = text_list_has_nocase(families, SPAN("any"));

	if (families->count > 2 || (any && families->count > 1) ||
	    (families->count == 2 && strcmp(families->items[0], families->items[1]) == 0))
		reader_complain_of(r, at, "%s: each family once, or \"any\" alone", name);
}

static bool has_letter(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (byte_lower(text.at[i]) >= 'a' && byte_lower(text.at[i]) <= 'z')
			return true;
	return false;
}

static void complain_of_port(struct reader *r, config_place at, const char *text, struct span host, struct span port)
{
	reader_complain_of(r, at, "host \"%s\" has a port in it; say host = \"%.*s\"; port = %.*s;", text, (int)host.len, host.at,
	                   (int)port.len, port.at);
}

static void check_host(struct reader *r, config_place at, const char *text)
{
	struct pool_host parsed;
	struct span port = span_of(text);

	if (strstr(text, "://")) {
		reader_complain_of(r, at, "host \"%s\" is a URL; say host = \"NAME\" and port = NUMBER (465: TLS from the first byte)",
		                   text);
	} else if (text[0] == '[') {
		/* "[smtp.example.org]:587" is how Postfix says that no MX is to be looked up. An address in brackets is one. */
		struct span rest = span_of(text + 1);
		struct span host = span_cut(&rest, ']');
		if (rest.len > 1 && rest.at[0] == ':')
			complain_of_port(r, at, text, host, (struct span){ rest.at + 1, rest.len - 1 });
		else if (has_letter(host) && memchr(host.at, ':', host.len) == NULL)
			reader_complain_of(r, at, "host \"%s\": write the name without brackets, its MX is not looked up: host "
			                   "= \"%.*s\"", text, (int)host.len, host.at);
	} else if (pool_host_parse(span_of(text), &parsed) && parsed.port) {
		span_cut(&port, ':');
		complain_of_port(r, at, text, parsed.host, port);
	}
}

static void check_pool(struct reader *r, config_place at, const struct setting *row, const struct smarthost *h)
{
	if (!is_set(h->host) && h->hosts.count == 0)
		reader_complain_of(r, at, "a smarthost without a host");
	if (h->hosts.count > 0 && (is_set(h->host) || is_set(h->pool)))
		reader_complain_of(r, at, "a smarthost with hosts cannot have %s as well", is_set(h->host) ? "host" : "pool");
	if (h->hosts.count > 0 && !is_set(h->name) && row->kind != SETTING_GROUP)
		reader_complain_of(r, at, "a smarthost with hosts needs a name that routes can use");
}

static void check_smarthost(struct reader *r, config_place at, const struct setting *row, void *group,
                            const struct settings *s)
{
	struct smarthost *h = group;

	check_pool(r, at, row, h);
	check_host(r, at, h->host);
	check_source(r, at, "source", &h->source);
	check_families(r, at, "families", &h->families);
	if (!is_set(h->name)) {
		free(h->name);
		h->name = mem_text(row->kind == SETTING_GROUP ? "smarthost" : h->host);
	}
	if (reader_member(at, "implicit_tls") == NULL)
		h->implicit_tls = h->port == 465;
	if (strchr(h->name, ',') || h->name[0] == '?' || h->name[0] == '=')
		reader_complain_of(r, at, "smarthost \"%s\": a name cannot contain a comma or begin with ? or =",
		                   h->name);
	if (strcmp(h->name, "mx") == 0)
		reader_complain_of(r, at, "a smarthost cannot be called \"mx\": in a route that means the recipient's MX");
	if (strcmp(h->name, HOLD_HOP) == 0)
		reader_complain_of(r, at, "a smarthost cannot be called \"" HOLD_HOP "\": in a route that means that mail is held");
	if (strcmp(h->name, LOCAL_HOP) == 0)
		reader_complain_of(r, at, "a smarthost cannot be called \"" LOCAL_HOP "\": in a route that means this host's mailboxes");
	else if (is_set(h->name) && settings_smarthost(s, h->name) != h)
		reader_complain_of(r, at, "a second smarthost called \"%s\"; give it another name", h->name);
	check_secret(r, at, h);
	check_oauth(r, at, h);
	check_proxy(r, at, "proxy", h->proxy, h->proxy_password_file);
	if (h->implicit_tls && h->tls == TLS_NONE)
		reader_complain_of(r, at, "smarthost \"%s\": tls = \"none\" on a port that is TLS from the first byte", h->name);
}

static void check_dkim(struct reader *r, config_place at, const struct setting *row, void *group,
                       const struct settings *s)
{
	const struct dkim_key *k = group;

	(void)row;
	(void)s;
	if (!is_set(k->domain) || !is_set(k->selector) || !is_set(k->file))
		reader_complain_of(r, at, "a DKIM key needs domain, selector and file");
	if (is_set(k->domainkeys_file) && !is_set(k->domainkeys_selector))
		reader_complain_of(r, at, "domainkeys needs a selector, other than that of DKIM");
	if (is_set(k->domainkeys_selector) && strcmp(k->domainkeys_selector, k->selector) == 0 && is_set(k->domainkeys_file))
		reader_complain_of(r, at, "domainkeys with another key needs a selector of its own: both records would be at "
		                   "%s._domainkey", k->selector);
}

/* what: the setting, before the hop. */
static void check_hop(struct reader *r, config_place at, const struct settings *s, const char *what, const char *hop)
{
	struct nearest near = nearest_to(span_of(hop));

	if (strcmp(hop, "mx") == 0 || strcmp(hop, HOLD_HOP) == 0 || settings_smarthost(s, hop))
		return;
	nearest_try(&near, "mx");
	nearest_try(&near, LOCAL_HOP);
	nearest_try(&near, HOLD_HOP);
	for (size_t i = 0; i < s->smarthost_count; i++)
		nearest_try(&near, s->smarthosts[i].name);
	if (near.word)
		reader_complain_of(r, at, "%s \"%s\": no smarthost of that name; the nearest is \"%s\"", what, hop, near.word);
	else
		reader_complain_of(r, at, "%s \"%s\": no smarthost of that name", what, hop);
}

/* What it cannot deliver has no other hop: a mailbox is the end of the way, and so is being held. */
static void check_hops(struct reader *r, config_place at, const struct settings *s, const struct text_list *via)
{
	for (size_t i = 0; i < via->count; i++) {
		check_hop(r, at, s, "via", via->items[i]);
		if (via->count > 1 && strcmp(via->items[i], LOCAL_HOP) == 0)
			reader_complain_of(r, at, "via \"" LOCAL_HOP "\" stands alone: a mailbox of this host has no other next hop");
		if (via->count > 1 && strcmp(via->items[i], HOLD_HOP) == 0)
			reader_complain_of(r, at, "via \"" HOLD_HOP "\" stands alone: what is held has no other next hop");
	}
}

/* Mail takes the detour in place of its MX, so each hop of it must be a smarthost. */
static void check_detour(struct reader *r, config_place at, const struct settings *s)
{
	for (size_t i = 0; i < s->on_address_change.count; i++) {
		const char *name = s->on_address_change.items[i];
		if (strcmp(name, "mx") == 0 || strcmp(name, LOCAL_HOP) == 0 || strcmp(name, HOLD_HOP) == 0)
			reader_complain_of(r, at, "on_address_change \"%s\": name a smarthost; mail that would go to an MX goes there", name);
		else
			check_hop(r, at, s, "on_address_change", name);
	}
}

static void check_route(struct reader *r, config_place at, const struct setting *row, void *group,
                        const struct settings *s)
{
	struct route_rule *rule = group;

	(void)row;
	rule->line = reader_own_line(at);
	if (is_set(rule->table)) {
		if (rule->to.count > 0 || rule->via.count > 0)
			reader_complain_of(r, at, "a route with a table cannot have to or via: the table has them");
	} else {
		/* For some senders, all recipients may be meant. */
		if (rule->to.count == 0 && rule->from.count > 0 && reader_member(at, "to") == NULL)
			text_list_add(&rule->to, SPAN("*"));
		if (rule->to.count == 0 || rule->via.count == 0)
			reader_complain_of(r, at, "a route needs to and via, each with at least one element; or a table");
	}
	check_hops(r, at, s, &rule->via);
	for (size_t i = 0; i < rule->to.count; i++)
		if (strcmp(rule->to.items[i], "mx:") == 0 || strcmp(rule->to.items[i], ".") == 0 || strchr(rule->to.items[i], '@'))
			reader_complain_of(r, at, "to \"%s\": it must be a domain, \".domain\", \"mx:host\", \"mx:.domain\" or "
			                   "\"*\"",
			            rule->to.items[i]);
}

/* Mail is held when it comes; the MX hosts are looked up when it is to go out. */
static void check_holding(struct reader *r, config_place root, const struct settings *s)
{
	bool needs_mx = false;

	for (size_t i = 0; i < s->route_count; i++) {
		const struct route_rule *rule = &s->routes[i];
		for (size_t k = 0; k < rule->to.count; k++)
			needs_mx |= span_starts_nocase(span_of(rule->to.items[k]), SPAN("mx:"));
		if (needs_mx && rule->via.count > 0 && strcmp(rule->via.items[0], HOLD_HOP) == 0)
			reader_complain_by_name(r, root, "routes", "route %zu: via \"" HOLD_HOP "\" must come before all routes to \"mx:...\": mail is "
			                        "held when it comes, before its MX is known", i + 1);
	}
}

static void check_rewrite(struct reader *r, config_place at, const struct setting *row, void *group,
                          const struct settings *s)
{
	const struct rewrite_rule *rule = group;

	(void)row;
	if (!is_set(rule->from) || !is_set(rule->to))
		reader_complain_of(r, at, "a rewrite needs from and to");
	for (size_t i = 0; i < s->rewrite_count && &s->rewrite[i] != rule; i++)
		if (is_set(rule->from) && span_eq_nocase(span_of(s->rewrite[i].from), span_of(rule->from)))
			reader_complain_of(r, at, "a second rewrite from \"%s\"; the first would count", rule->from);
}

static void check_stub_zone(struct reader *r, config_place at, const struct setting *row, void *group,
                            const struct settings *s)
{
	const struct stub_zone *z = group;

	(void)row;
	(void)s;
	if (!is_set(z->zone) || z->servers.count == 0)
		reader_complain_of(r, at, "a stub zone needs zone and servers");
}

static const struct {
	const char *name;
	void (*check)(struct reader *r, config_place at, const struct setting *row, void *group,
	              const struct settings *s);
} group_checks[] = {
	{ "smarthost", check_smarthost },
	{ "smarthosts", check_smarthost },
	{ "dkim", check_dkim },
	{ "routes", check_route },
	{ "rewrite", check_rewrite },
	{ "stub_zones", check_stub_zone },
};

static void of_group(struct reader *r, config_place at, const struct setting *row, void *group,
                     const struct settings *all)
{
	for (size_t i = 0; i < sizeof group_checks / sizeof group_checks[0]; i++)
		if (strcmp(group_checks[i].name, row->name) == 0)
			group_checks[i].check(r, at, row, group, all);
}

/* ---- across settings ---- */

static void check_address(struct reader *r, config_place root, const char *name, const char *address)
{
	struct fault f = { 0 };

	if (!is_set(address))
		return;
	if (address_check(span_of(address), &f) < 0)
		reader_complain_by_name(r, root, name, "%s: %s", name, f.text);
	else if (address_domain(span_of(address)).len == 0)
		reader_complain_by_name(r, root, name, "%s must be a full address such as \"me@example.org\", not \"%s\"", name,
		                         address);
}

static void check_local_command(struct reader *r, config_place root, const struct settings *s)
{
	struct fault f = { 0 };

	if (!is_set(s->local_command))
		return;
	if (local_command_check(s->local_command, &f) < 0)
		reader_complain_by_name(r, root, "local_command", "%s", f.text);
	if (!settings_deliver_locally(s))
		reader_complain_by_name(r, root, "local_delivery", "local_delivery = \"none\" holds local mail, and local_command is to "
		                        "take it: leave one of them out");
}

static void check_programs(struct reader *r, config_place root, const struct settings *s)
{
	struct text_list words = { 0 };
	struct fault f = { 0 };

	if (is_set(s->event_command) && plain_command_words(s->event_command, "event_command", &words, &f) < 0)
		reader_complain_by_name(r, root, "event_command", "%s", f.text);
	text_list_free(&words);
	if (is_set(s->publish_command) && plain_command_words(s->publish_command, "publish_command", &words, &f) < 0)
		reader_complain_by_name(r, root, "publish_command", "%s", f.text);
	for (size_t i = 0; i < s->alias_programs.count; i++) {
		text_list_free(&words);
		if (plain_command_words(s->alias_programs.items[i], "a program of alias_programs", &words, &f) < 0)
			reader_complain_by_name(r, root, "alias_programs", "\"%s\": %s", s->alias_programs.items[i], f.text);
	}
	if (!is_set(s->command_user) || strcmp(s->command_user, "root") == 0)
		reader_complain_by_name(r, root, "command_user", "command_user must be a user who is not root, such as \"nobody\"");
	text_list_free(&words);
}

/* Else a key would be gone before the last mail that it signed has arrived, or hardly be used. */
static void check_rotation(struct reader *r, config_place root, const struct settings *s)
{
	const int64_t fortnight_ms = INT64_C(14) * 24 * 3600 * 1000;

	if (s->rotate_ms > 0 && s->rotate_ms < s->queue_life_ms + fortnight_ms)
		reader_complain_by_name(r, root, "rotate", "rotate must be two weeks longer than queue_life, as in \"90d\": mail signed with "
		                        "the key before is under way until then");
	if (is_set(s->publish_command) && (is_set(s->publish_server) || is_set(s->publish_tsig_file)))
		reader_complain_by_name(r, root, "publish_command", "publish_command and %s: one way to publish is enough",
		                        is_set(s->publish_server) ? "publish_server" : "publish_tsig_file");
}

static void check_socket(struct reader *r, config_place root, const char *name, const char *path)
{
	size_t most = sizeof ((struct sockaddr_un *)0)->sun_path - 1;

	if (strlen(path) > most)
		reader_complain_by_name(r, root, name, "%s: a socket's path has at most %zu bytes", name, most);
}

/* The queue may hold a signed message for all its life, and receivers hold it too. */
static void check_expiries(struct reader *r, config_place root, const struct settings *s)
{
	const int64_t week_ms = INT64_C(7) * 24 * 3600 * 1000;

	for (size_t i = 0; i < s->dkim_count; i++)
		if (s->dkim[i].expires_ms > 0 && s->dkim[i].expires_ms < s->queue_life_ms + week_ms)
			reader_complain_by_name(r, root, "dkim", "expires of the key %s of %s: signatures must be valid for a "
			                        "week longer than queue_life", s->dkim[i].selector, s->dkim[i].domain);
}

/* Both records would lie at one name: receivers find one of the keys, or none. */
static void check_selectors(struct reader *r, config_place root, const struct settings *s)
{
	for (size_t i = 0; i < s->dkim_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct dkim_key *a = &s->dkim[k], *b = &s->dkim[i];
			if (span_eq_nocase(span_of(a->domain), span_of(b->domain)) &&
			    span_eq_nocase(span_of(a->selector), span_of(b->selector)) && strcmp(a->file, b->file) != 0)
				reader_complain_by_name(r, root, "dkim", "the selector %s of %s has two keys, %s and %s: one name has one "
				                         "record; give one of them another selector", b->selector, b->domain, a->file, b->file);
		}
}

/* A place that is all zeros stands for all addresses of its family. */
static bool leads_there(const struct smarthost *h, const struct listen_place *place)
{
	static const uint8_t any[sizeof place->bytes];
	const char *host = span_eq_nocase(span_of(h->host), SPAN("localhost")) ? "127.0.0.1" : h->host;
	struct listen_place to;
	struct buf text = { 0 };

	buf_printf(&text, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, h->port);
	bool is_address = listen_place_parse(buf_span(&text), &to);
	buf_free(&text);
	if (!is_address || to.family != place->family || to.port != place->port)
		return false;
	return listen_place_is(&to, place) || (memcmp(place->bytes, any, sizeof any) == 0 && listen_is_loopback(to.family, to.bytes));
}

/* Mail would go round in a circle without leaving this host. */
static void check_self(struct reader *r, config_place root, const struct settings *s)
{
	struct listen_place place;

	for (size_t i = 0; i < s->listen.count; i++)
		for (size_t k = 0; k < s->smarthost_count; k++)
			if (listen_place_parse(span_of(s->listen.items[i]), &place) && leads_there(&s->smarthosts[k], &place))
				reader_complain_by_name(r, root, "listen", "listen names %s, which is the smarthost \"%s\": signetd would send mail to itself",
				                        s->listen.items[i], s->smarthosts[k].name);
}

static void check_listen(struct reader *r, config_place root, const struct settings *s)
{
	const struct text_list *listen = &s->listen;
	struct listen_place a, b;
	struct listen_client c;

	for (size_t i = 0; i < s->listen_for.count; i++)
		/* The shortest prefixes that are somebody's own: 10.0.0.0/8 and fc00::/7. */
		if (listen_client_parse(span_of(s->listen_for.items[i]), &c) && c.kind == LISTEN_NETWORK &&
		    c.network.bits < (c.network.family == 4 ? 8 : 7))
			reader_complain_by_name(r, root, "listen_for", "listen_for \"%s\" lets strangers send mail through this host; name "
			                        "the networks of your own hosts", s->listen_for.items[i]);
	if (listen->count > 0 && s->listen_for.count == 0)
		reader_complain_by_name(r, root, "listen_for", "listen_for is empty, so nobody may use the places of listen; leave both "
		                        "out to listen nowhere");
	if (listen->count > LISTEN_PLACES_MAX)
		reader_complain_by_name(r, root, "listen", "listen has more than %d places", LISTEN_PLACES_MAX);
	for (size_t i = 0; i < listen->count; i++)
		for (size_t k = 0; k < i; k++)
			if (listen_place_parse(span_of(listen->items[i]), &a) && listen_place_parse(span_of(listen->items[k]), &b) &&
			    listen_place_is(&a, &b))
				reader_complain_by_name(r, root, "listen", "listen names %s twice", listen->items[i]);
}

/* Without a queue nothing can wait for another hop, a second try or a user who logs in. */
static void check_no_queue(struct reader *r, config_place root, const struct settings *s)
{
	const struct smarthost *hop = settings_only_hop(s);

	if (!settings_have_no_queue(s))
		return;
	if (hop && smarthost_uses_oauth(hop))
		reader_complain_by_name(r, root, "queue", "queue = \"none\" cannot log in by oauth, since nothing would keep its tokens; use "
		                        "token_command, or queue = \"disk\"");
	if (s->alias_programs.count > 0)
		reader_complain_by_name(r, root, "alias_programs", "queue = \"none\" runs no programs of aliases: leave alias_programs out");
	if (!hop && s->route_count > 0)
		reader_complain_by_name(r, root, "routes", "queue = \"none\" sends all mail to one smarthost: leave routes out");
	else if (!hop)
		reader_complain_by_name(r, root, "queue", "queue = \"none\" needs a smarthost, and only one: smarthost = { host = "
		                        "\"smtp.example.org\"; }; or of several the one that default_via names");
}

static void check_across(struct reader *r, config_place root, const struct settings *s)
{
	/* mx_source and mx_families are set where their lists are not empty. */
	if (s->mx_source.count > 0)
		check_source(r, reader_member(root, "mx_source"), "mx_source", &s->mx_source);
	if (s->mx_families.count > 0)
		check_families(r, reader_member(root, "mx_families"), "mx_families", &s->mx_families);
	config_place setting = reader_member(root, "default_via");
	if (setting)
		check_hops(r, setting, s, &s->default_via);
	if (s->on_address_change.count > 0)
		check_detour(r, reader_member(root, "on_address_change"), s);
	check_proxy(r, reader_member(root, is_set(s->mx_proxy) ? "mx_proxy" : "mx_proxy_password_file"), "mx_proxy", s->mx_proxy,
	            s->mx_proxy_password_file);
	check_holding(r, root, s);
	check_no_queue(r, root, s);
	if (strcmp(s->log_format, "json") == 0 && strcmp(s->log, "syslog") == 0)
		reader_complain_by_name(r, root, "log_format", "log_format = \"json\" is for standard error or a file: set log = \"stderr\" or "
		                        "a path; the journal has the fields of each line (journalctl -o json)");
	check_listen(r, root, s);
	check_self(r, root, s);
	check_expiries(r, root, s);
	check_selectors(r, root, s);
	check_address(r, root, "root", s->root);
	check_address(r, root, "from", s->from);
	if (strcmp(s->local_map, "domain") == 0 && settings_is_local(s, span_of(s->domain)))
		reader_complain_by_name(r, root, "local_map", "local_map = \"domain\" needs a domain elsewhere, and %s is local to this host",
		                        s->domain);
	check_local_command(r, root, s);
	check_programs(r, root, s);
	check_rotation(r, root, s);
	check_socket(r, root, "socket", s->socket);
	check_socket(r, root, "control", s->control);
	check_socket(r, root, "on_event", s->on_event);
	if (strcmp(s->socket, s->control) == 0)
		reader_complain_by_name(r, root, "control", "control and socket are the same path");
	if (s->retry_min_ms > s->retry_max_ms)
		reader_complain_by_name(r, root, "retry_min", "retry_min is longer than retry_max");
	if (s->sessions > 0 && s->sessions_per_site > s->sessions && reader_member(root, "sessions_per_site"))
		reader_complain_by_name(r, root, "sessions_per_site", "sessions_per_site is above sessions");
}

const struct reader_rules config_rules = { of_group, check_across };
