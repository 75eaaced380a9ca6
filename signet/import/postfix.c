/* SPDX-License-Identifier: ISC */
/* Postfix's parameters one by one; names, senders and aliases. */
#include "signet/import/postfix_conf.h"

#include "base/mail/address.h"
#include "base/mail/alias_file.h"
#include "base/secret.h"
#include "signet/import/carry.h"
#include "signet/import/postfix_routes.h"
#include "signet/import/readers.h"

#include <errno.h>
#include <stdlib.h>

#define RECEIVES "Signet receives no mail from other hosts; where this one does, keep Postfix for that: signet.conf(5), BESIDE POSTFIX"
#define OURS "is chosen by Signet itself"

static const struct carry_row rows[] = {
	/* names */
	{ "myhostname", CARRY_AS_IS, "hostname", "the name in HELO", 0 },
	{ "mydomain", CARRY_BY_CODE, NULL, "what other values rest on", 0 },
	{ "myorigin", CARRY_BY_CODE, "domain", "the domain of bare addresses", 0 },
	{ "mydestination", CARRY_BY_CODE, "local_domains", "whose mail stays here", 0 },
	{ "smtp_helo_name", CARRY_BY_CODE, "hostname", "the name in HELO", 0 },
	{ "append_dot_mydomain", CARRY_NOTHING, NULL, "names without a dot are local here", 0 },
	{ "append_at_myorigin", CARRY_NOTHING, NULL, "always done", 0 },
	/* which way mail goes */
	{ "relayhost", CARRY_BY_CODE, "smarthosts", "the way of all mail that no other says", 0 },
	{ "default_transport", CARRY_BY_CODE, "default_via", "the same", 0 },
	{ "relay_transport", CARRY_BY_CODE, "routes", "the way of mail for relay_domains", 0 },
	{ "relay_domains", CARRY_BY_CODE, NULL, "matter where relay_transport names a host", 0 },
	{ "transport_maps", CARRY_BY_CODE, "routes", "the way of mail for a domain", 0 },
	{ "local_transport", CARRY_BY_CODE, NULL, "error: means that nothing is local", 0 },
	{ "sender_dependent_relayhost_maps", CARRY_BY_CODE, "routes", "the way of mail from a sender", 0 },
	{ "sender_dependent_default_transport_maps", CARRY_BY_CODE, "routes", "likewise", 0 },
	{ "smtp_fallback_relay", CARRY_BY_CODE, "routes", "a next hop behind the others", 0 },
	{ "fallback_relay", CARRY_BY_CODE, "routes", "its old name", 0 },
	{ "defer_transports", CARRY_TOLD, NULL, "mail is not held: routes with via = [ \"hold\" ] hold it", 0 },
	{ "disable_dns_lookups", CARRY_TOLD, NULL, "the DNS is asked for MX wherever a route says \"mx\"", 0 },
	/* passwords and TLS of a client */
	{ "smtp_sasl_auth_enable", CARRY_BY_CODE, "smarthosts", "whether a password is shown", 0 },
	{ "smtp_sasl_password_maps", CARRY_BY_CODE, "smarthosts", "user and password", 0 },
	{ "smtp_sender_dependent_authentication", CARRY_BY_CODE, "routes", "a password for each sender", 0 },
	{ "smtp_sasl_mechanism_filter", CARRY_BY_CODE, "smarthosts", "mechanisms", 0 },
	{ "smtp_sasl_*", CARRY_NOTHING, NULL, "no password is shown without TLS", 0 },
	{ "smtp_tls_security_level", CARRY_BY_CODE, "mx_tls", "and tls of smarthosts", 0 },
	{ "smtp_use_tls", CARRY_BY_CODE, "mx_tls", "its old name: may", 0 },
	{ "smtp_enforce_tls", CARRY_BY_CODE, "mx_tls", "its old name: encrypt", 0 },
	{ "smtp_tls_wrappermode", CARRY_BY_CODE, "smarthosts", "implicit_tls", 0 },
	{ "smtp_tls_policy_maps", CARRY_BY_CODE, "smarthosts", "tls of a smarthost", 0 },
	{ "smtp_tls_CAfile", CARRY_BY_CODE, "ca_file", "and ca_file of smarthosts", 0 },
	{ "smtp_tls_cert_file", CARRY_TOLD, NULL, "a certificate of this host is not shown to servers; give the smarthost a user and a password", 0 },
	{ "smtp_tls_*", CARRY_NOTHING, NULL, OURS, 0 },
	{ "lmtp_*", CARRY_NOTHING, NULL, "there is no LMTP", 0 },
	{ "tls*", CARRY_NOTHING, NULL, OURS, 0 },
	/* senders and recipients */
	{ "sender_canonical_maps", CARRY_BY_CODE, "rewrite", "senders", 0 },
	{ "canonical_maps", CARRY_BY_CODE, "rewrite", "senders; not recipients", 0 },
	{ "smtp_generic_maps", CARRY_BY_CODE, "rewrite", "senders that leave", 0 },
	{ "canonical_classes", CARRY_TOLD, NULL, "senders are rewritten in envelope, From and Sender", 0 },
	{ "sender_canonical_classes", CARRY_TOLD, NULL, "senders are rewritten in envelope, From and Sender", 0 },
	{ "recipient_canonical_maps", CARRY_TOLD, NULL, "recipients are not rewritten, but local names by aliases(5)", 0 },
	{ "masquerade_domains", CARRY_BY_CODE, "masquerade", "hosts below a domain", 0 },
	{ "masquerade_*", CARRY_TOLD, NULL, "masquerade is for envelope and header, whoever sends; rewrite makes exceptions", 0 },
	{ "virtual_alias_maps", CARRY_BY_CODE, "aliases", "those of local names", 0 },
	{ "virtual_maps", CARRY_BY_CODE, "aliases", "its old name", 0 },
	{ "virtual_alias_domains", CARRY_TOLD, NULL, "addresses at domains other than this host's have no aliases here; " RECEIVES, 0 },
	{ "virtual_*", CARRY_TOLD, NULL, RECEIVES, 0 },
	{ "alias_maps", CARRY_BY_CODE, "aliases", "aliases of local names", 0 },
	{ "alias_database", CARRY_NOTHING, NULL, "aliases need no newaliases", 0 },
	{ "relocated_maps", CARRY_TOLD, NULL, "is not known here; an alias leads mail on", 0 },
	{ "recipient_delimiter", CARRY_NOTHING, NULL, "user+tag is user's here", 0 },
	{ "propagate_unmatched_extensions", CARRY_NOTHING, NULL, "", 0 },
	{ "always_bcc", CARRY_AS_IS, "always_bcc", "a copy of each message", 0 },
	{ "sender_bcc_maps", CARRY_TOLD, NULL, "copies by sender are not made; always_bcc makes one of each message", 0 },
	{ "recipient_bcc_maps", CARRY_TOLD, NULL, "copies by recipient are not made; an alias with two members makes one", 0 },
	/* mailboxes */
	{ "home_mailbox", CARRY_BY_CODE, "maildir", "a Maildir below a user's home", 0 },
	{ "mail_spool_directory", CARRY_AS_IS, "mail_folder", "the mboxes", 0 },
	{ "mailbox_command", CARRY_BY_CODE, "local_command", "a delivery agent", 0 },
	{ "mailbox_command_maps", CARRY_TOLD, NULL, "all users have one delivery agent: local_command", 0 },
	{ "mailbox_transport*", CARRY_TOLD, NULL, "mail for this host's users goes to mailboxes, or to the agent in local_command", 0 },
	{ "luser_relay", CARRY_BY_CODE, "root", "who gets mail for names that nobody has", 0 },
	{ "forward_path", CARRY_TOLD, NULL, "files that users keep in their homes are not read; an alias leads mail on", 0 },
	{ "mailbox_size_limit", CARRY_NOTHING, NULL, "", 0 },
	{ "default_privs", CARRY_BY_CODE, "command_user", "whom an alias's program runs as", 0 },
	{ "local_recipient_maps", CARRY_NOTHING, NULL, "", 0 },
	{ "allow_mail_to_*", CARRY_NOTHING, NULL, "programs by alias_programs", 0 },
	/* sizes, times, pace */
	{ "message_size_limit", CARRY_BY_CODE, "size_limit", "0 is none there", 0 },
	{ "maximal_queue_lifetime", CARRY_TIME, "queue_life", "", 'd' },
	{ "bounce_queue_lifetime", CARRY_NOTHING, NULL, "", 0 },
	{ "minimal_backoff_time", CARRY_TIME, "retry_min", "", 's' },
	{ "maximal_backoff_time", CARRY_TIME, "retry_max", "", 's' },
	{ "queue_run_delay", CARRY_NOTHING, NULL, "", 0 },
	{ "delay_warning_time", CARRY_TIME, "delay_notice", "", 'h' },
	{ "smtp_destination_concurrency_limit", CARRY_BY_CODE, "sessions_per_site", "", 0 },
	{ "default_destination_concurrency_limit", CARRY_BY_CODE, "sessions_per_site", "", 0 },
	{ "smtp_destination_recipient_limit", CARRY_BY_CODE, "recipients_per_message", "", 0 },
	{ "default_destination_recipient_limit", CARRY_BY_CODE, "recipients_per_message", "", 0 },
	{ "default_destination_rate_delay", CARRY_TOLD, NULL, "for a pause between messages set mx_rate, or rate of a smarthost (\"1s\" is \"60/m\")", 0 },
	{ "smtp_destination_rate_delay", CARRY_TOLD, NULL, "for a pause between messages set mx_rate, or rate of a smarthost (\"1s\" is \"60/m\")", 0 },
	/* the network */
	{ "inet_interfaces", CARRY_BY_CODE, "listen", "where SMTP is taken", 0 },
	{ "inet_protocols", CARRY_BY_CODE, "mx_families", "", 0 },
	{ "smtp_bind_address", CARRY_AS_IS, "mx_source", "", 0 },
	{ "smtp_bind_address6", CARRY_AS_IS, "mx_source", "", 0 },
	{ "smtp_address_preference", CARRY_TOLD, NULL, "mx_families has the order of address families", 0 },
	{ "mynetworks", CARRY_BY_CODE, "listen_for", "whose mail is taken", 0 },
	{ "mynetworks_style", CARRY_NOTHING, NULL, "", 0 },
	{ "proxy_interfaces", CARRY_NOTHING, NULL, "", 0 },
	/* what looks into mail, or signs it */
	{ "content_filter", CARRY_TOLD, NULL, "mail does not pass through a filter; where it signs: signet import opendkim", 0 },
	{ "non_smtpd_milters", CARRY_TOLD, NULL, "there are no milters; Signet signs by itself: signet import opendkim takes its keys over", 0 },
	{ "milter_*", CARRY_NOTHING, NULL, "there are no milters", 0 },
	{ "internal_mail_filter_classes", CARRY_NOTHING, NULL, "", 0 },
	{ "header_checks", CARRY_TOLD, NULL, "messages are not looked into", 0 },
	{ "body_checks", CARRY_TOLD, NULL, "messages are not looked into", 0 },
	{ "mime_header_checks", CARRY_TOLD, NULL, "messages are not looked into", 0 },
	{ "nested_header_checks", CARRY_TOLD, NULL, "messages are not looked into", 0 },
	{ "smtp_header_checks", CARRY_TOLD, NULL, "header fields are not changed on the way out", 0 },
	{ "smtp_body_checks", CARRY_TOLD, NULL, "bodies are not changed on the way out", 0 },
	{ "authorized_submit_users", CARRY_TOLD, NULL, "everybody on this host may submit mail; user_rate bounds how much", 0 },
	{ "soft_bounce", CARRY_TOLD, NULL, "what a server refuses goes back to its sender", 0 },
	{ "notify_classes", CARRY_TOLD, NULL, "troubles are told by signet check --mail and signet status", 0 },
	{ "smtpd_*", CARRY_TOLD, NULL, RECEIVES, 0 },
	{ "postscreen_*", CARRY_TOLD, NULL, RECEIVES, 0 },
	{ "smtp_*", CARRY_NOTHING, NULL, OURS, 0 },
	/* how Postfix itself is run */
	{ "compatibility_level", CARRY_NOTHING, NULL, "", 0 }, { "biff", CARRY_NOTHING, NULL, "", 0 }, { "readme_directory", CARRY_NOTHING, NULL, "", 0 },
	{ "html_directory", CARRY_NOTHING, NULL, "", 0 }, { "manpage_directory", CARRY_NOTHING, NULL, "", 0 }, { "sample_directory", CARRY_NOTHING, NULL, "", 0 },
	{ "queue_directory", CARRY_NOTHING, NULL, "", 0 }, { "data_directory", CARRY_NOTHING, NULL, "", 0 }, { "command_directory", CARRY_NOTHING, NULL, "", 0 },
	{ "daemon_directory", CARRY_NOTHING, NULL, "", 0 }, { "shlib_directory", CARRY_NOTHING, NULL, "", 0 }, { "meta_directory", CARRY_NOTHING, NULL, "", 0 },
	{ "config_directory", CARRY_NOTHING, NULL, "", 0 }, { "sendmail_path", CARRY_NOTHING, NULL, "", 0 }, { "newaliases_path", CARRY_NOTHING, NULL, "", 0 },
	{ "mailq_path", CARRY_NOTHING, NULL, "", 0 }, { "setgid_group", CARRY_NOTHING, NULL, "", 0 }, { "mail_owner", CARRY_NOTHING, NULL, "", 0 },
	{ "syslog_*", CARRY_NOTHING, NULL, "", 0 }, { "maillog_*", CARRY_NOTHING, NULL, "", 0 }, { "debug*", CARRY_NOTHING, NULL, "", 0 },
	{ "default_process_limit", CARRY_NOTHING, NULL, "", 0 }, { "qmgr_*", CARRY_NOTHING, NULL, "", 0 }, { "smtputf8_*", CARRY_NOTHING, NULL, "", 0 },
	{ "default_database_type", CARRY_NOTHING, NULL, "", 0 }, { "unknown_local_recipient_reject_code", CARRY_NOTHING, NULL, "", 0 },
	{ "mail_name", CARRY_NOTHING, NULL, "", 0 }, { "parent_domain_matches_subdomains", CARRY_NOTHING, NULL, "", 0 }, { "import_environment", CARRY_NOTHING, NULL, "", 0 },
	{ "alternate_config_directories", CARRY_NOTHING, NULL, "", 0 }, { "multi_instance_*", CARRY_TOLD, NULL, "each instance is to be imported by itself, by its main.cf", 0 },
	{ "strict_*", CARRY_NOTHING, NULL, "", 0 }, { "disable_vrfy_command", CARRY_NOTHING, NULL, "", 0 }, { "disable_mime_*", CARRY_NOTHING, NULL, "", 0 },
	{ "in_flow_delay", CARRY_NOTHING, NULL, "", 0 }, { "local_*", CARRY_NOTHING, NULL, "", 0 }, { "relay_*", CARRY_NOTHING, NULL, "", 0 },
	{ "owner_request_special", CARRY_NOTHING, NULL, "", 0 }, { "expand_owner_alias", CARRY_NOTHING, NULL, "", 0 }, { "swap_bangpath", CARRY_NOTHING, NULL, "", 0 },
};

static const struct carry_table table = CARRY_TABLE(rows, ", \t\n", false);

/* ---- parameters ---- */

/* Where $name stands for what only a delivery knows. The caller frees it. */
static char *unresolved_value(const struct postfix *p, const char *name, struct import_at *at)
{
	const struct foreign_item *item = foreign_find(&p->raw, name);

	*at = postfix_place(p, name);
	return mem_text(item ? item->value : "");
}

static void carry_parameters(struct postfix *p)
{
	for (size_t i = 0; i < p->settled.count; i++) {
		const struct foreign_item *item = &p->settled.items[i];
		const struct carry_row *row = carry_row_of(&table, item->key);
		if (row)
			carry_item(&p->i->plan, NULL, &table, row, item, p->file);
		else if (!main_cf_is_mentioned(&p->raw, item->key))
			import_note(&p->i->plan, (struct import_at){ p->file, item->line }, "%s: not known here; see signet.conf(5) whether you miss it", item->key);
	}
}

/* ---- master.cf ---- */

/* " -o a=b …", for a person. */
static void print_overrides(const struct postfix_service *s, struct buf *out)
{
	for (size_t i = 0; i < s->overrides.count; i++)
		buf_printf(out, " -o %s=%s", s->overrides.items[i].key, s->overrides.items[i].value);
}

/* "smtp", "127.0.0.1:10025": the port alone, where it is a server's for all of inet_interfaces. */
static void take_listener(struct postfix *p, const struct postfix_service *s)
{
	struct import_at at = { p->master_file, s->line };
	struct span name = span_of(s->name), address = { 0 };
	const char *colon = memrchr(name.at, ':', name.len);
	char *interfaces = postfix_value(p, s, "inet_interfaces", NULL), *protocols = postfix_value(p, s, "inet_protocols", NULL);
	bool is_port = strcmp(s->name, "smtp") == 0 || strcmp(s->name, "25") == 0;

	if (colon) {
		address = span_between(name.at, colon);
		name = span_between(colon + 1, name.at + name.len);
		is_port = span_eq(name, SPAN("smtp")) || span_eq(name, SPAN("25"));
	}
	bool local = address.len == 0 || span_eq(address, SPAN("localhost")) || span_starts_nocase(address, SPAN("127.")) || span_eq(address, SPAN("[::1]"));
	if (!is_port || !local) {
		struct buf overrides = { 0 };
		print_overrides(s, &overrides);
		import_note(&p->i->plan, at, "%s (%s%s): is not carried over; programs submit to the places of listen, and %s", s->name, s->command, buf_text(&overrides), RECEIVES);
		buf_free(&overrides);
	} else {
		if (strcmp(protocols, "ipv6") != 0)
			import_say(&p->i->plan, &p->i->plan.top, "listen", SPAN("127.0.0.1:25"), at);
		if (strcmp(protocols, "ipv4") != 0 && !span_starts_nocase(address, SPAN("127.")))
			import_say(&p->i->plan, &p->i->plan.top, "listen", SPAN("[::1]:25"), at);
		if (strstr(interfaces, "all") || strstr(interfaces, p->i->hostname))
			import_note(&p->i->plan, at, "%s (%s): takes mail from other hosts too; %s", s->name, s->command, RECEIVES);
	}
	free(interfaces);
	free(protocols);
}

/* What a client's service says for itself and we do not have, as for all of them. */
static void tell_of_overrides(struct postfix *p, const struct postfix_service *s)
{
	for (size_t i = 0; i < s->overrides.count; i++) {
		const struct foreign_item *o = &s->overrides.items[i];
		const struct carry_row *row = carry_row_of(&table, o->key);
		struct import_at at = { p->master_file, s->line };
		if (row && row->way == CARRY_TOLD && o->value[0])
			import_note(&p->i->plan, at, "%s -o %s: %s", s->name, o->key, row->words);
		else if (row == NULL)
			import_note(&p->i->plan, at, "%s -o %s: not known here; see signet.conf(5) whether you miss it", s->name, o->key);
	}
}

/* Clients are looked at where mail goes through them (postfix_routes.c); these are what else runs. */
static void look_at_services(struct postfix *p)
{
	static const char *const standard[] = { "pickup", "cleanup", "qmgr", "rewrite", "tlsmgr", "bounce", "defer", "trace", "verify", "flush", "proxymap",
		"proxywrite", "smtp", "relay", "showq", "error", "retry", "discard", "local", "virtual", "lmtp", "anvil", "scache", "postlog", "uucp",
		"maildrop", "ifmail", "bsmtp", "scalemail-backend", "mailman", "tlsproxy", "dnsblog" };

	for (size_t i = 0; i < p->service_count; i++) {
		const struct postfix_service *s = &p->services[i];
		bool known = strcmp(s->command, "smtp") == 0;
		for (size_t k = 0; k < sizeof standard / sizeof standard[0]; k++)
			known |= strcmp(s->name, standard[k]) == 0;
		if (strcmp(s->command, "smtpd") == 0 || strcmp(s->command, "postscreen") == 0) {
			if (strcmp(s->type, "inet") == 0)
				take_listener(p, s);
		} else if (strcmp(s->command, "smtp") == 0) {
			tell_of_overrides(p, s);
		} else if (!known) {
			import_note(&p->i->plan, (struct import_at){ p->master_file, s->line }, "%s (%s): is not carried over", s->name, s->command);
		}
	}
}

/* ---- names ---- */

static void take_destinations(struct postfix *p)
{
	struct import_at at;
	char *value = postfix_value(p, NULL, "mydestination", &at);
	struct text_list pieces = { 0 };

	foreign_pieces(span_of(value), ", \t\n", &pieces);
	for (size_t i = 0; i < pieces.count; i++) {
		struct foreign_items lines = { 0 };
		if (pieces.items[i][0] == '/' && import_read_items(p->i, pieces.items[i], FOREIGN_LINE, &lines))
			foreign_pieces(span_of(lines.count ? lines.items[0].value : ""), ", \t\n", &p->destinations);
		else if (strchr(pieces.items[i], ':') || pieces.items[i][0] == '/')
			import_note(&p->i->plan, at, "mydestination: the table %s is not read; name the domains in local_domains", pieces.items[i]);
		else
			text_list_add(&p->destinations, span_of(pieces.items[i]));
		foreign_items_free(&lines);
	}
	for (size_t i = 0; i < p->destinations.count; i++)
		if (strcmp(p->destinations.items[i], "localhost") != 0)
			import_say(&p->i->plan, &p->i->plan.top, "local_domains", span_of(p->destinations.items[i]), at);
	text_list_free(&pieces);
	free(value);
}

static void take_names(struct postfix *p)
{
	struct import_at at;
	char *origin = postfix_value(p, NULL, "myorigin", &at), *local = postfix_value(p, NULL, "local_transport", NULL);
	const char *hostname = import_said(&p->i->plan.top, "hostname");

	if (origin[0] == '/') {
		char *word = import_first_word(p->i, origin);
		free(origin);
		origin = word ? word : mem_text(hostname ? hostname : p->i->hostname);
	}
	p->origin = origin;
	import_say(&p->i->plan, &p->i->plan.top, "domain", span_of(origin), at);
	const struct foreign_item *helo = foreign_find(&p->settled, "smtp_helo_name");
	if (helo && helo->value[0])
		import_say(&p->i->plan, &p->i->plan.top, "hostname", span_of(helo->value), (struct import_at){ p->file, helo->line });
	bool nothing = strncmp(local, "error", 5) == 0;
	if (!nothing)
		take_destinations(p);
	if (!text_list_has_nocase(&p->destinations, span_of(origin))) {
		/* What programs send to "root" leaves for another host. */
		import_no_local_mail(p->i, span_of(origin), p->destinations.count == 0, at);
		if (p->destinations.count > 0)
			import_note(&p->i->plan, at, "myorigin: a bare name is a mailbox at %s, as it was; here so is a name at this host's own names for which "
			            "there is no alias", origin);
		else if (import_said(&p->i->plan.top, "hostname"))
			import_note(&p->i->plan, at, "mydestination: nothing is local, so that aliases do not count, as it was; without the line for aliases "
			            "those in /etc/aliases do");
	}
	free(local);
}

/* Whether mail for the domain stays here as Postfix has it. */
static bool stays(const struct postfix *p, struct span domain)
{
	return text_list_has_nocase(&p->destinations, domain);
}

/* ---- senders ---- */

/* The addresses that a table of canonical(5) or generic(5) makes of senders, in our form: key and result. */
static bool sender_pair(const struct postfix *p, const struct foreign_item *e, struct buf *from, struct buf *to)
{
	struct span key = span_of(e->key), value = span_of(e->value);
	bool bare = memchr(key.at, '@', key.len) == NULL;

	buf_add_span(from, key);
	if (bare)
		buf_add_byte(from, '@');
	buf_add_span(to, value);
	if (memchr(value.at, '@', value.len) == NULL)
		buf_printf(to, "@%s", p->origin);
	/* "@domain @other" keeps the local part; "user@domain @other" would, too. */
	return value.len > 0 && (value.at[0] != '@' || (key.len > 0 && key.at[0] == '@'));
}

static void take_sender_table(struct postfix *p, const char *parameter, const struct maps *generic)
{
	struct maps m = { 0 };
	struct import_plan *plan = &p->i->plan;

	postfix_maps(p, NULL, parameter, &m);
	for (size_t k = 0; k < m.count; k++)
		for (size_t n = 0; n < m.items[k].entries.count; n++) {
			const struct foreign_item *e = &m.items[k].entries.items[n];
			struct import_at at = { m.items[k].file, e->line };
			struct buf from = { 0 }, to = { 0 };
			if (!sender_pair(p, e, &from, &to)) {
				import_note(plan, at, "%s: \"%s\" is not an address that a sender can get", parameter, e->value);
			} else {
				/* Postfix rewrites a second time on the way out. */
				const struct foreign_item *again = generic ? maps_find(generic, buf_text(&to), NULL) : NULL;
				struct import_group *g = import_add_rewrite(plan);
				bool fine = import_say(plan, g, "from", buf_span(&from), at) &&
				            import_say(plan, g, "to", again && strchr(again->value, '@') ? span_of(again->value) : buf_span(&to), at);
				if (!fine)
					import_drop(plan, g);
			}
			buf_free(&from);
			buf_free(&to);
		}
	if (m.everything) {
		if (strchr(m.everything, '@'))
			import_say(plan, &plan->top, "from", span_of(m.everything), postfix_place(p, parameter));
	}
	maps_free(&m);
}

static void take_senders(struct postfix *p)
{
	struct maps generic = { 0 };
	struct import_at at;
	char *domains = postfix_value(p, NULL, "masquerade_domains", &at);
	struct text_list pieces = { 0 };

	postfix_maps(p, NULL, "smtp_generic_maps", &generic);
	take_sender_table(p, "sender_canonical_maps", &generic);
	take_sender_table(p, "canonical_maps", &generic);
	take_sender_table(p, "smtp_generic_maps", NULL);
	foreign_pieces(span_of(domains), ", \t\n", &pieces);
	for (size_t i = 0; i < pieces.count; i++)
		import_note(&p->i->plan, at, "masquerade_domains: %s hostname leaves as domain (%s) where it is below that; other hosts below %s are to be "
		            "named in masquerade, one by one", strcmp(pieces.items[i], p->origin) == 0 ? "here" : "not here:", p->origin, pieces.items[i]);
	text_list_free(&pieces);
	maps_free(&generic);
	free(domains);
}

/* ---- aliases ---- */

/* Programs are run where alias_programs says so; what goes into files is not delivered. */
static void look_into_aliases(struct postfix *p, const char *path, struct span text)
{
	struct import_plan *plan = &p->i->plan;
	struct alias_file aliases;
	char *privs = postfix_value(p, NULL, "default_privs", NULL);
	struct import_at user = postfix_place(p, "default_privs");

	alias_file_read(text, &aliases);
	for (size_t i = 0; i < aliases.count; i++)
		for (size_t k = 0; k < aliases.items[i].count; k++) {
			const struct alias_member *m = &aliases.items[i].members[k];
			struct import_at at = { path, m->line };
			if (m->kind == ALIAS_PROGRAM && import_say(plan, &plan->top, "alias_programs", span_of(m->text), at))
				import_say(plan, &plan->top, "command_user", span_of(privs), user.line ? user : at);
			else if (m->kind == ALIAS_FILE && strcmp(m->text, "/dev/null") != 0)
				import_note(plan, at, "%s: mail is not appended to files; name a user or an address in place of %s", aliases.items[i].name, m->text);
		}
	alias_file_free(&aliases);
	free(privs);
}

/* A table without its text: as aliases(5), in a file of ours. */
static void take_alias_entries(struct postfix *p, const struct maps *m, struct import_at at)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->items[i].entries.count; k++)
			buf_printf(&text, "%s: %s\n", m->items[i].entries.items[k].key, m->items[i].entries.items[k].value);
	if (text.len > 0) {
		char *path = import_own_path(p->i, "postfix.aliases");
		look_into_aliases(p, path, buf_span(&text));
		import_say(&p->i->plan, &p->i->plan.top, "aliases", span_of(path), at);
		import_add_file(&p->i->plan, path, &text, "aliases of which Postfix had only the compiled table");
		free(path);
	}
	buf_free(&text);
}

static void take_alias_maps(struct postfix *p)
{
	struct import_at at;
	char *spec = postfix_value(p, NULL, "alias_maps", &at);
	struct text_list tables = { 0 };
	struct import_plan *plan = &p->i->plan;

	maps_split(span_of(spec), &tables);
	for (size_t i = 0; i < tables.count; i++) {
		struct span path = span_of(tables.items[i]);
		struct buf text = { 0 };
		if (path.at[0] != '/')
			span_cut(&path, ':');      /* its type */
		char *name = mem_text_span(path.at ? path : SPAN(""));
		if (name[0] == '/' && import_read_file(p->i, name, &text) == 0) {
			/* The path as this host will have it. */
			char *told = import_path(p->i, name);
			import_say(plan, &plan->top, "aliases", path, at);
			look_into_aliases(p, told, buf_span(&text));
			free(told);
		} else if (at.line > 0 || errno != ENOENT) {
			struct maps m = { 0 };
			maps_read(p->i, span_of(tables.items[i]), "hash", "alias_maps", at, &m);
			take_alias_entries(p, &m, at);
			maps_free(&m);
		}
		free(name);
		buf_free(&text);
	}
	if (tables.count == 0 && at.line > 0)
		import_say_none(plan, &plan->top, "aliases", at);
	text_list_free(&tables);
	free(spec);
}

/* Virtual aliases of names that are local here come before the others. */
static void take_virtual(struct postfix *p, const char *parameter)
{
	struct maps m = { 0 };
	struct buf text = { 0 };
	struct foreign_items taken = { 0 };

	postfix_maps(p, NULL, parameter, &m);
	for (size_t k = 0; k < m.count; k++)
		for (size_t n = 0; n < m.items[k].entries.count; n++) {
			const struct foreign_item *e = &m.items[k].entries.items[n];
			struct import_at at = { m.items[k].file, e->line };
			struct span local = span_of(e->key), domain = { 0 };
			const char *sign = memrchr(local.at, '@', local.len);
			if (sign) {
				domain = span_between(sign + 1, local.at + local.len);
				local.len = (size_t)(sign - local.at);
			}
			char *name = mem_text_span(local);
			const struct foreign_item *before = foreign_find(&taken, name);
			bool here = sign == NULL || stays(p, domain);
			if (!here || local.len == 0)
				import_note(&p->i->plan, at, "%s: %s is not a local name of this host, and only those have aliases here; %s", parameter, e->key, RECEIVES);
			else if (before && strcmp(before->value, e->value) != 0)
				import_note(&p->i->plan, at, "%s: a local name has one alias, at whichever domain of this host; %s has one already", parameter, name);
			else if (before == NULL) {
				buf_add_quoted(&text, local);
				buf_printf(&text, ": %s\n", e->value);
				taken.items = mem_resize(taken.items, taken.count + 1, sizeof *taken.items);
				taken.items[taken.count++] = (struct foreign_item){ mem_text(name), mem_text(e->value), e->line };
			}
			free(name);
		}
	if (text.len > 0) {
		char *path = import_own_path(p->i, "postfix-virtual.aliases");
		import_say(&p->i->plan, &p->i->plan.top, "aliases", span_of(path), postfix_place(p, parameter));
		import_add_file(&p->i->plan, path, &text, "what virtual_alias_maps said of local names");
		free(path);
	}
	foreign_items_free(&taken);
	buf_free(&text);
	maps_free(&m);
}

/* ---- the rest, one value at a time ---- */

static void take_mailboxes(struct postfix *p)
{
	struct import_plan *plan = &p->i->plan;
	struct import_at at;
	char *home = postfix_value(p, NULL, "home_mailbox", &at);
	size_t len = strlen(home);

	if (len > 1 && home[len - 1] == '/') {
		import_say(plan, &plan->top, "local_delivery", SPAN("maildir"), at);
		import_say(plan, &plan->top, "maildir", (struct span){ home, len - 1 }, at);
	} else if (len > 0) {
		import_note(plan, at, "home_mailbox: an mbox in a user's home is not written; set mail_folder, or local_delivery = \"maildir\"");
	}
	char *command = unresolved_value(p, "mailbox_command", &at);
	bool plain = strpbrk(command, "\"'`\\|&;<>(){}*?$") == NULL;
	if (command[0] == '/' && plain)
		import_say(plan, &plan->top, "local_command", span_of(command), at);
	else if (command[0])
		import_note(plan, at, "mailbox_command: is not carried over, as no shell runs it here; set local_command, as signet.conf(5), DELIVERY AGENTS, says");
	char *luser = unresolved_value(p, "luser_relay", &at);
	if (luser[0] && strchr(luser, '$') == NULL)
		import_say(plan, &plan->top, "root", span_of(luser), at);
	else if (luser[0])
		import_note(plan, at, "luser_relay: one address gets the mail for all names that nobody has: root");
	free(home);
	free(command);
	free(luser);
}

/* For the smtp client, else for all. */
static const struct {
	const char *parameters[2], *setting;
} limits[] = {
	{ { "smtp_destination_concurrency_limit", "default_destination_concurrency_limit" }, "sessions_per_site" },
	{ { "smtp_destination_recipient_limit", "default_destination_recipient_limit" }, "recipients_per_message" },
};

static void take_numbers(struct postfix *p)
{
	struct import_plan *plan = &p->i->plan;
	struct import_at at;

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const struct foreign_item *item = foreign_find(&p->settled, limits[i].parameters[0]);
		item = item ? item : foreign_find(&p->settled, limits[i].parameters[1]);
		if (item)
			import_say(plan, &plan->top, limits[i].setting, span_of(item->value), (struct import_at){ p->file, item->line });
	}
	char *size = postfix_value(p, NULL, "message_size_limit", &at);

	if (size[0])
		import_say(plan, &plan->top, "size_limit", strcmp(size, "0") == 0 ? SPAN("4G") : span_of(size), at);
	char *protocols = postfix_value(p, NULL, "inet_protocols", &at);
	if (strcmp(protocols, "ipv4") == 0 || strcmp(protocols, "ipv6") == 0)
		import_say(plan, &plan->top, "mx_families", span_of(protocols), at);
	char *networks = postfix_value(p, NULL, "mynetworks", &at);
	struct text_list pieces = { 0 };
	foreign_pieces(span_of(networks), ", \t\n", &pieces);
	for (size_t i = 0; i < pieces.count; i++)
		if (strncmp(pieces.items[i], "127.", 4) != 0 && strncmp(pieces.items[i], "[::1]", 5) != 0 && strncmp(pieces.items[i], "[::ffff:127.", 12) != 0)
			import_note(plan, at, "mynetworks: %s: for SMTP from there name its network in listen_for, and this host's address in it in listen",
			            pieces.items[i]);
	text_list_free(&pieces);
	free(size);
	free(protocols);
	free(networks);
}

static void drop_empty(struct postfix *p)
{
	unsigned line;

	for (const char *name; (name = main_cf_drop_empty(&p->raw, p->i->hostname, &line)) != NULL;) {
		bool is_host = strcmp(name, "myhostname") == 0;
		import_note(&p->i->plan, (struct import_at){ p->file, line }, "%s: is empty, with which Postfix does not start; here it counts as not set%s%s",
		            name, is_host ? ", which is the name of this host: " : "", is_host ? p->i->hostname : "");
	}
}

int import_read_postfix(struct import *i, struct fault *f)
{
	const char *main_path = i->file ? i->file : "/etc/postfix/main.cf", *slash = strrchr(main_path, '/');
	struct postfix p = { .i = i, .file = import_path(i, main_path) };
	struct foreign_items lines = { 0 };
	struct buf master = { 0 };

	buf_printf(&master, "%.*smaster.cf", slash ? (int)(slash + 1 - main_path) : 0, main_path);
	p.master_file = import_path(i, buf_text(&master));
	char *folder = mem_text_span(span_between(p.file, strrchr(p.file, '/') ? strrchr(p.file, '/') : p.file));
	i->config = folder[0] ? folder : ".";
	int result = import_need_items(i, "/etc/postfix/main.cf", FOREIGN_MAIN_CF, &p.raw, f);
	if (result == 0) {
		drop_empty(&p);
		main_cf_settle(&p.raw, i->hostname, &p.settled);
		import_read_items(i, buf_text(&master), FOREIGN_MASTER_CF, &lines);
		postfix_read_services(&lines, &p.raw, i->hostname, &p);
		carry_parameters(&p);
		if (!import_said(&i->plan.top, "hostname"))
			import_say(&i->plan, &i->plan.top, "hostname", span_of(i->hostname), (struct import_at){ "the name of this host", 0 });
		take_names(&p);
		postfix_take_routes(&p);
		take_senders(&p);
		take_virtual(&p, "virtual_alias_maps");
		take_virtual(&p, "virtual_maps");
		if (p.destinations.count > 0)
			take_alias_maps(&p);
		take_mailboxes(&p);
		take_numbers(&p);
		look_at_services(&p);
	}
	foreign_items_free(&lines);
	buf_free(&master);
	free(folder);
	postfix_free(&p);
	return result;
}
