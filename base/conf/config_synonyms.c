/* SPDX-License-Identifier: ISC */
#include "base/conf/config_synonyms.h"

#include <string.h>

/* Besides what rows say that they are known as. Exim, ssmtp, nullmailer, OpenDKIM; without "_". Of the whole file, then of groups. */
static const struct synonym {
	const char *typed, *ours;
} at_top[] = {
	{ "relay", "smarthost" }, { "mailhub", "smarthost" }, { "smtphost", "smarthost" },
	{ "smtpserver", "smarthost" }, { "smtp", "smarthost" }, { "server", "smarthost" },
	{ "mailserver", "smarthost" }, { "remote", "smarthost" }, { "account", "smarthost" },
	{ "dcsmarthost", "smarthost" }, { "helo", "hostname" }, { "heloname", "hostname" }, { "fqdn", "hostname" },
	{ "primaryhostname", "hostname" }, { "me", "hostname" }, { "mydomain", "domain" }, { "mailname", "domain" },
	{ "rewritedomain", "domain" }, { "defaulthost", "domain" }, { "defaultdomain", "domain" },
	{ "qualifydomain", "domain" }, { "localdomain", "local_domains" }, { "dcotherhostnames", "local_domains" },
	{ "genericsmaps", "rewrite" }, { "genericstable", "rewrite" }, { "canonicalmaps", "rewrite" },
	{ "revaliases", "rewrite" }, { "aliasdatabase", "aliases" }, { "aliasfile", "aliases" },
	{ "alias", "aliases" }, { "interceptto", "redirect" }, { "alwaysto", "redirect" }, { "bcc", "always_bcc" },
	{ "localdeliveryagent", "local_command" }, { "adminaddr", "root" }, { "admin", "root" },
	{ "postmaster", "root" }, { "rootaddress", "root" }, { "mailto", "root" }, { "fromaddress", "from" },
	{ "sender", "from" }, { "envelopefrom", "from" }, { "maxsize", "size_limit" },
	{ "queuelifetime", "queue_life" }, { "transport", "routes" }, { "route", "routes" },
	{ "sourceaddress", "mx_source" }, { "cafile", "ca_file" }, { "spooldirectory", "spool" },
	{ "dkimkey", "dkim" }, { "nameserver", "forwarders" }, { "nameservers", "forwarders" },
}, in_groups[] = {
	{ "address", "host" }, { "hostname", "host" }, { "server", "host" },
	{ "username", "user" }, { "login", "user" }, { "authuser", "user" }, { "smtpuser", "user" },
	{ "pass", "password_file" }, { "passwd", "password_file" },
	{ "authpass", "password_file" }, { "secret", "password_file" }, { "smtppassword", "password_file" },
	{ "passwordcmd", "password_command" }, { "oauthcommand", "token_command" },
	{ "oauth2", "oauth" }, { "xoauth2", "oauth" }, { "refreshtoken", "oauth" },
	{ "socks", "proxy" }, { "socks5", "proxy" }, { "socksproxy", "proxy" },
	{ "starttls", "tls" }, { "usestarttls", "tls" }, { "usetls", "tls" }, { "tlsstarttls", "tls" }, { "security", "tls" },
	{ "ssl", "implicit_tls" }, { "smtps", "implicit_tls" }, { "secure", "implicit_tls" }, { "cafile", "ca_file" },
	{ "from", "envelope_from" }, { "authmethod", "mechanisms" }, { "smtpport", "port" },
	{ "key", "file" }, { "privatekey", "file" },
	{ "to", "to" }, { "sender", "from" }, { "recipient", "to" }, { "nexthop", "via" }, { "transport", "via" },
};

/* What a bare name cannot say. */
static const struct { const char *ours, *example; } examples[] = {
	{ "smarthost", "smarthost = { host = \"smtp.example.org\"; port = 587; };" },
	{ "password_file", "password_file = \"/etc/signet/smarthost.password\", a file of its own with the password in its "
	                   "first line" },
	{ "proxy", "proxy = \"socks5://proxy.example.org:1080\"" },
	{ "oauth", "oauth = { provider = \"google\"; client_id = \"...\"; }, then: signet oauth login" },
	{ "dkim", "dkim = ( { domain = \"example.org\"; selector = \"s1\"; file = \"/etc/signet/keys/s1.pem\"; } );" },
	{ "rewrite", "rewrite = ( { from = \"root@web1.example.org\"; to = \"web1@example.org\"; } );" },
	{ "routes", "routes = ( { to = [ \"example.org\" ]; via = [ \"mx\" ]; } );" },
};

/* Case, "_" and "-" do not matter. */
static bool same_word(const char *typed, struct span word)
{
	for (size_t i = 0; ; typed++, i++) {
		while (*typed == '_' || *typed == '-')
			typed++;
		while (i < word.len && (word.at[i] == '_' || word.at[i] == '-'))
			i++;
		if (*typed == '\0' || i == word.len)
			return *typed == '\0' && i == word.len;
		if (byte_lower(*typed) != byte_lower(word.at[i]))
			return false;
	}
}

/* typed is one of the names in a row's known_as, whichever program uses it. */
static bool is_known_as(const struct setting *row, const char *typed)
{
	struct span rest = span_of(row->known_as);

	while (rest.at) {
		struct span names = span_cut(&rest, '(');

		for (struct span word = span_word(&names); word.len > 0; word = span_word(&names))
			if (same_word(typed, word) && !span_eq(word, span_of("and")))
				return true;
		if (rest.at)
			span_cut(&rest, ')');
		if (rest.len > 0)
			span_cut(&rest, ',');
	}
	return false;
}

static const struct setting *row_of(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0 && !table->rows[i].later)
			return &table->rows[i];
	return NULL;
}

static const char *ours_in(const struct synonym *list, size_t count, const struct setting_group *table, const char *typed)
{
	for (size_t i = 0; i < count; i++)
		if (same_word(typed, span_of(list[i].typed)) && row_of(table, list[i].ours))
			return list[i].ours;
	for (size_t i = 0; i < table->count; i++)
		if (is_known_as(&table->rows[i], typed))
			return table->rows[i].name;
	return NULL;
}

static const char *ours_in_group(const struct setting_group *table, const char *typed)
{
	const struct setting *same_name = row_of(table, typed);
	const char *ours = ours_in(in_groups, sizeof in_groups / sizeof in_groups[0], table, typed);

	return ours ? ours : same_name ? same_name->name : NULL;
}

bool config_synonym(const struct setting_group *table, const char *typed, struct buf *out)
{
	const struct setting *smarthost = row_of(table, "smarthost");
	const char *ours = smarthost ? ours_in(at_top, sizeof at_top / sizeof at_top[0], table, typed)
	                             : ours_in_group(table, typed);
	bool within = smarthost && ours == NULL;

	if (within)
		ours = ours_in_group(smarthost->group, typed);
	if (ours == NULL)
		return false;
	const char *group = within ? "smarthost" : NULL;
	const char *example = NULL;
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
		if (strcmp(examples[i].ours, ours) == 0)
			example = examples[i].example;
	buf_printf(out, "\"%s\"", ours);
	if (group)
		buf_printf(out, " of %s", group);
	if (example)
		buf_printf(out, ", as in %s", example);
	return true;
}
