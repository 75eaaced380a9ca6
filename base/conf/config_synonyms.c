#include "base/conf/config_synonyms.h"

#include <string.h>

/* Postfix, Exim, ssmtp, msmtp, nullmailer, dma, OpenDKIM; without "_". Of the whole file, then of groups. */
static const struct synonym {
	const char *typed, *ours;
} at_top[] = {
	{ "relayhost", "smarthost" }, { "relay", "smarthost" }, { "mailhub", "smarthost" }, { "smtphost", "smarthost" },
	{ "smtpserver", "smarthost" }, { "smtp", "smarthost" }, { "server", "smarthost" }, { "host", "smarthost" },
	{ "mailserver", "smarthost" }, { "remote", "smarthost" }, { "account", "smarthost" }, { "dcsmarthost", "smarthost" },
	{ "myhostname", "hostname" }, { "helo", "hostname" }, { "heloname", "hostname" }, { "smtpheloname", "hostname" },
	{ "fqdn", "hostname" }, { "primaryhostname", "hostname" }, { "me", "hostname" },
	{ "mydomain", "domain" }, { "myorigin", "domain" }, { "mailname", "domain" }, { "rewritedomain", "domain" },
	{ "maildomain", "domain" }, { "defaulthost", "domain" }, { "defaultdomain", "domain" }, { "qualifydomain", "domain" },
	{ "mydestination", "local_domains" }, { "localdomain", "local_domains" }, { "dcotherhostnames", "local_domains" },
	{ "smtpgenericmaps", "rewrite" }, { "genericsmaps", "rewrite" }, { "genericstable", "rewrite" },
	{ "sendercanonicalmaps", "rewrite" }, { "canonicalmaps", "rewrite" }, { "revaliases", "rewrite" },
	{ "aliasmaps", "aliases" }, { "aliasdatabase", "aliases" }, { "aliasfile", "aliases" }, { "alias", "aliases" },
	{ "interceptto", "redirect" }, { "alwaysto", "redirect" }, { "bcc", "always_bcc" }, { "mailboxcommand", "local_command" }, { "localdeliveryagent", "local_command" },
	{ "masqueradedomains", "masquerade" }, { "adminaddr", "root" }, { "admin", "root" }, { "postmaster", "root" },
	{ "rootaddress", "root" }, { "mailto", "root" }, { "fromaddress", "from" }, { "sender", "from" },
	{ "envelopefrom", "from" }, { "messagesizelimit", "size_limit" }, { "maxsize", "size_limit" },
	{ "maximalqueuelifetime", "queue_life" }, { "queuelifetime", "queue_life" }, { "minimalbackofftime", "retry_min" },
	{ "maximalbackofftime", "retry_max" }, { "delaywarningtime", "delay_notice" }, { "transport", "routes" },
	{ "transportmaps", "routes" }, { "route", "routes" }, { "defaulttransport", "default_via" },
	{ "smtpbindaddress", "mx_source" }, { "sourceaddress", "mx_source" }, { "inetprotocols", "mx_families" },
	{ "smtptlssecuritylevel", "mx_tls" }, { "smtptlscafile", "ca_file" }, { "cafile", "ca_file" },
	{ "tlstrustfile", "ca_file" }, { "logfile", "log" }, { "syslog", "log" }, { "queuedirectory", "spool" },
	{ "spooldirectory", "spool" }, { "spooldir", "spool" }, { "smtpdestinationconcurrencylimit", "sessions_per_site" },
	{ "dkimkey", "dkim" }, { "keytable", "dkim" }, { "nameserver", "forwarders" }, { "nameservers", "forwarders" },
}, in_groups[] = {
	{ "address", "host" }, { "hostname", "host" }, { "server", "host" }, { "relayhost", "host" },
	{ "username", "user" }, { "login", "user" }, { "authuser", "user" }, { "smtpuser", "user" },
	{ "password", "password_file" }, { "pass", "password_file" }, { "passwd", "password_file" },
	{ "authpass", "password_file" }, { "secret", "password_file" }, { "smtppassword", "password_file" },
	{ "passwordeval", "password_command" }, { "passwordcmd", "password_command" }, { "oauthcommand", "token_command" },
	{ "oauth2", "oauth" }, { "xoauth2", "oauth" }, { "refreshtoken", "oauth" },
	{ "socks", "proxy" }, { "socks5", "proxy" }, { "socksproxy", "proxy" }, { "proxyhost", "proxy" },
	{ "starttls", "tls" }, { "usestarttls", "tls" }, { "usetls", "tls" }, { "tlsstarttls", "tls" }, { "security", "tls" },
	{ "ssl", "implicit_tls" }, { "smtps", "implicit_tls" }, { "secure", "implicit_tls" }, { "cafile", "ca_file" },
	{ "from", "envelope_from" }, { "auth", "mechanisms" }, { "authmethod", "mechanisms" }, { "smtpport", "port" },
	{ "key", "file" }, { "keyfile", "file" }, { "privatekey", "file" }, { "canonicalization", "header_canon" },
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

static bool same_word(const char *typed, const char *plain)
{
	for (; *typed; typed++) {
		if (*typed == '_' || *typed == '-')
			continue;
		if (byte_lower(*typed) != *plain++)
			return false;
	}
	return *plain == '\0';
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
		if (same_word(typed, list[i].typed) && row_of(table, list[i].ours))
			return list[i].ours;
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
