/* SPDX-License-Identifier: ISC */
#include "base/conf/settings_table.h"

#include "base/conf/limits.h"
#include "base/conf/places.h"
#include "base/conf/settings.h"
#include "base/units.h"

#define GROUP_OF(table, type) { table, sizeof (table) / sizeof (table)[0], sizeof(type) }

#define AT(field) .offset = offsetof(struct smarthost, field)
static const struct setting oauth_rows[] = {
	{ "provider", SETTING_TEXT, FORM_PROVIDER, AT(oauth_provider),
	  .sentence = "\"google\" (Gmail, Workspace) or \"microsoft\" (Microsoft 365, Outlook.com), whose endpoints and scope are known; for others, set the "
	              "endpoints and scope." },
	{ "client_id", SETTING_TEXT, FORM_WORD, AT(oauth_client_id),
	  .sentence = "What the provider calls the application that you have registered with it; see OAUTH." },
	{ "client_secret_file", SETTING_TEXT, FORM_SECRET, AT(oauth_client_secret_file),
	  .sentence = "File with the application's secret in its first line, where the provider has given one." },
	{ "tenant", SETTING_TEXT, FORM_DOMAIN, AT(oauth_tenant), .initial = "common",
	  .sentence = "Of microsoft: the directory (its id or domain) in which the application is registered; common, consumers or "
	              "organizations where it is open to many." },
	{ "scope", SETTING_TEXT, FORM_ANY, AT(oauth_scope),
	  .sentence = "What to ask for; the provider's scope for sending mail by SMTP when not set." },
	{ "device_endpoint", SETTING_TEXT, FORM_HTTPS, AT(oauth_device_endpoint),
	  .sentence = "Where device codes come from (RFC 8628)." },
	{ "authorize_endpoint", SETTING_TEXT, FORM_HTTPS, AT(oauth_authorize_endpoint),
	  .sentence = "The page on which you log in with a browser, for a provider that gives no device codes." },
	{ "token_endpoint", SETTING_TEXT, FORM_HTTPS, AT(oauth_token_endpoint),
	  .sentence = "Where tokens come from." },
};

static const struct setting_group oauth_group = GROUP_OF(oauth_rows, struct smarthost);

static const struct setting smarthost_rows[] = {
	{ "name", SETTING_TEXT, FORM_WORD, AT(name),
	  .sentence = "The name that routes use; host when not set, and \"smarthost\" in the short form.",
	  .known_as = "account (msmtp)" },
	{ "host", SETTING_TEXT, FORM_WORD, AT(host),
	  .sentence = "Name or address. A name is resolved as the system resolves it, /etc/hosts included.",
	  .known_as = "relayhost (Postfix), host (msmtp), SMARTHOST (dma)" },
	{ "pool", SETTING_TEXT, FORM_POOL, AT(pool),
	  .sentence = "Makes host the name of a pool. \"srv\": the servers of its SRV records, in the order of their "
	              "priorities and weights (RFC 2782): _submissions._tcp or, where there is none, _submission._tcp. The "
	              "records give the port and say whether TLS comes first. \"mx\": its MX hosts. A certificate is accepted "
	              "when it names host. It is also accepted when it names the server, provided that the server's name is "
	              "below host or that DNSSEC vouches for the records.",
	  .known_as = "use_srv_lookup (Postfix 3.8)" },
	{ "hosts", SETTING_TEXTS, FORM_POOL_HOST, AT(hosts),
	  .sentence = "The members of a pool, in place of host. Each session tries them in a random order by weight (1 by "
	              "default); when one cannot be reached, the next is tried. Port 465 is TLS from the first byte." },
	{ "port", SETTING_PORT, AT(port), .initial = "587", .least = 1, .most = 65535,
	  .sentence = "On 587 and 25 a session begins in clear and uses STARTTLS; 465 is TLS from the first byte.",
	  .known_as = "port (msmtp), PORT (dma)" },
	{ "implicit_tls", SETTING_FLAG, AT(implicit_tls), .initial = "false",
	  .sentence = "TLS from the first byte; true for port 465 when not set.",
	  .known_as = "smtp_tls_wrappermode (Postfix), tls_starttls (msmtp), STARTTLS (dma)" },
	{ "tls", SETTING_TLS, AT(tls), .initial = "verify",
	  .sentence = "none, may, encrypt or verify: the least protection that mail and password are sent with.",
	  .known_as = "smtp_tls_security_level (Postfix), tls and tls_certcheck (msmtp), SECURETRANSFER and OPPORTUNISTIC_TLS (dma)" },
	{ "user", SETTING_TEXT, FORM_ANY, AT(user),
	  .sentence = "User name for AUTH; none when not set. Needs one of password_file, password_command, token_command and "
	              "oauth. Neither user nor password is sent without TLS unless tls is none.",
	  .known_as = "smtp_sasl_password_maps (Postfix), user (msmtp), AUTHPATH (dma)" },
	{ "password_file", SETTING_TEXT, FORM_SECRET, AT(password_file),
	  .sentence = "File with the password in its first line, readable by its owner alone; \"credential:NAME\" for a "
	              "credential that systemd passes to signetd (LoadCredential=, SetCredentialEncrypted=); \"environment:NAME\" for the value "
	              "of an environment variable.",
	  .known_as = "smtp_sasl_password_maps (Postfix), password (msmtp), AUTHPATH (dma)" },
	{ "password_command", SETTING_TEXT, FORM_ANY, .runs = true, AT(password_command),
	  .sentence = "The command whose first line of output is the password, run by /bin/sh as the user that signetd was "
	              "started as, when a session needs it. The password is kept until the server refuses it; then the command "
	              "is run once more. It has 30 s.",
	  .known_as = "passwordeval (msmtp)" },
	{ "token_command", SETTING_TEXT, FORM_ANY, .runs = true, AT(token_command),
	  .sentence = "The same for an OAuth access token in place of a password: AUTH uses OAUTHBEARER or XOAUTH2.",
	  .known_as = "passwordeval (msmtp)" },
	{ "oauth", SETTING_INSIDE, .group = &oauth_group,
	  .sentence = "A login by OAuth: tokens in place of a password, got and renewed by signetd once you have run signet oauth login. "
	              "See OAUTH." },
	{ "mechanisms", SETTING_TEXTS, FORM_WORD, AT(mechanisms),
	  .sentence = "The AUTH mechanisms to use; set it if the server offers one that does not work there. When not "
	              "set, all of these, in this order: SCRAM-SHA-256-PLUS, SCRAM-SHA-256, SCRAM-SHA-1-PLUS, "
	              "SCRAM-SHA-1, PLAIN, LOGIN, CRAM-MD5 (CRAM-MD5 before PLAIN without TLS); for a token, "
	              "OAUTHBEARER and XOAUTH2.",
	  .known_as = "smtp_sasl_mechanism_filter (Postfix), auth (msmtp)" },
	{ "ca_file", SETTING_TEXT, FORM_PATH, AT(ca_file),
	  .sentence = "CA certificates (PEM) to verify the server with; the system's when not set.",
	  .known_as = "smtp_tls_CAfile (Postfix), tls_trust_file (msmtp)" },
	{ "sessions", SETTING_COUNT, AT(sessions), .initial = "5", .least = 1, .most = 1000,
	  .sentence = "The most sessions with it at once.",
	  .known_as = "smtp_destination_concurrency_limit (Postfix)" },
	{ "messages_per_session", SETTING_COUNT, AT(messages_per_session), .initial = "1000", .least = 1, .most = 1000 * 1000,
	  .sentence = "The most messages in one session with it.",
	  .known_as = "smtp_connection_reuse_count_limit (Postfix)" },
	{ "recipients_per_message", SETTING_COUNT, AT(recipients_per_message), .initial = "100", .least = 1, .most = 1000,
	  .sentence = "The most recipients per copy of a message; for more, further copies are sent.",
	  .known_as = "smtp_destination_recipient_limit (Postfix)" },
	{ "source", SETTING_TEXTS, FORM_IP, AT(source),
	  .sentence = "Addresses of this host to send from, at most one of each family; for a family without one, the system "
	              "chooses.",
	  .known_as = "smtp_bind_address and smtp_bind_address6 (Postfix), source_ip (msmtp)" },
	{ "families", SETTING_TEXTS, FORM_FAMILY, AT(families),
	  .sentence = "Which of its addresses to use, those of the first family first; both families in turn when not set.",
	  .known_as = "smtp_address_preference (Postfix)" },
	{ "proxy", SETTING_TEXT, FORM_PROXY, AT(proxy),
	  .sentence = "A SOCKS5 proxy (RFC 1928) through which the server is reached, as \"socks5://HOST:PORT\" or "
	              "\"socks5://USER@HOST:PORT\". The proxy is given the server's name and resolves it. See PROXIES.",
	  .known_as = "proxy_host and proxy_port (msmtp)" },
	{ "proxy_password_file", SETTING_TEXT, FORM_SECRET, AT(proxy_password_file),
	  .sentence = "File with the password of USER at the proxy (RFC 1929) in its first line, readable by its owner alone." },
	{ "sign", SETTING_FLAG, AT(sign), .initial = "true",
	  .sentence = "false for a smarthost that alters messages and signs them itself: what goes there is sent without our "
	              "signatures." },
	{ "envelope_from", SETTING_TEXT, FORM_ADDRESS, AT(envelope_from),
	  .sentence = "For a provider that accepts only one sender: the address in MAIL FROM, in place of the message's "
	              "sender. Bounces from other hosts then go to it. The header does not change, nor does the null sender of "
	              "our own bounces.",
	  .known_as = "from (msmtp)" },
	{ "spf", SETTING_TEXTS, FORM_WORD, AT(spf),
	  .sentence = "What its provider wants in the SPF record of a domain whose mail goes through it, such as "
	              "\"include:_spf.isp.example\": \"signet dns\" puts it there." },
	{ "from", SETTING_REFUSED, .later = true,
	  .sentence = "from is not a setting of a smarthost (header-from-per-hop): another From on the way out would break the "
	              "message's signature. Set from at the top of the file, which applies before signing; or envelope_from "
	              "here, which changes MAIL FROM alone" },
	{ "rate", SETTING_RATE, AT(rate), .initial = "0", .least = 1, .most = RATE_WINDOW_MAX_MS,
	  .sentence = "The most messages to it in any period of the length that the rate names; they are sent "
	              "evenly. 0 means no limit; limits that it announces itself are kept to in any case.",
	  .known_as = "smtp_destination_rate_delay (Postfix)" },
	{ "limit", SETTING_RATE, AT(limit), .initial = "0", .least = MINUTE_MS, .most = RATE_WINDOW_MAX_MS,
	  .sentence = "The most recipients in any period of the length that the rate names, as providers count; the "
	              "count survives restarts. Mail above the limit waits. 0 means no limit." },
};
#undef AT

#define AT(field) .offset = offsetof(struct dkim_key, field)
static const struct setting domainkeys_rows[] = {
	{ "selector", SETTING_TEXT, FORM_DOMAIN, AT(domainkeys_selector),
	  .sentence = "Selector of the DomainKeys record, other than that of DKIM." },
	{ "file", SETTING_TEXT, FORM_SECRET, AT(domainkeys_file),
	  .sentence = "Private RSA key (PEM); that of DKIM when not set." },
	{ "canon", SETTING_TEXT, FORM_NOFWS, AT(domainkeys_canon), .initial = "nofws",
	  .sentence = "Canonicalisation: nofws, which survives folding and blanks, or simple." },
};

static const struct setting_group domainkeys_group = GROUP_OF(domainkeys_rows, struct dkim_key);

static const struct setting dkim_rows[] = {
	{ "domain", SETTING_TEXT, FORM_PATTERN, AT(domain),
	  .sentence = "Signs mail whose From is in this domain or below it, as this domain. \"*.example.org\" signs each "
	              "domain below it as itself, and \"*\" does so for every domain. The most specific key wins.",
	  .known_as = "Domain (OpenDKIM)" },
	{ "selector", SETTING_TEXT, FORM_DOMAIN, AT(selector),
	  .sentence = "The record is at SELECTOR._domainkey.DOMAIN.",
	  .known_as = "Selector (OpenDKIM)" },
	{ "file", SETTING_TEXT, FORM_SECRET, AT(file),
	  .sentence = "Private key (PEM), RSA or Ed25519, readable by its owner alone; \"credential:NAME\" for a credential "
	              "that systemd passes to signetd (LoadCredential=, SetCredentialEncrypted=), \"environment:NAME\" for the value of an "
	              "environment variable.",
	  .known_as = "KeyFile (OpenDKIM)" },
	{ "password_command", SETTING_TEXT, FORM_ANY, .runs = true, AT(password_command),
	  .sentence = "For an encrypted file (PKCS#8): the command whose first line of output is its pass phrase. /bin/sh runs "
	              "it when signetd starts." },
	{ "header_canon", SETTING_TEXT, FORM_CANON, AT(header_canon), .initial = "relaxed",
	  .sentence = "Canonicalisation of the header: relaxed or simple.",
	  .known_as = "Canonicalization (OpenDKIM)" },
	{ "body_canon", SETTING_TEXT, FORM_CANON, AT(body_canon), .initial = "relaxed",
	  .sentence = "Canonicalisation of the body: relaxed or simple.",
	  .known_as = "Canonicalization (OpenDKIM)" },
	{ "identity", SETTING_TEXT, FORM_WORD, AT(identity),
	  .sentence = "The signature's i=, \"user@domain\" or \"@domain\" within the domain; left out when not set." },
	{ "expires", SETTING_DURATION, AT(expires_ms), .initial = "0", .most = 365 * DAY_MS,
	  .sentence = "How long the signature is valid (its x=); at least a week more than queue_life. 0 leaves x= out.",
	  .known_as = "SignatureTTL (OpenDKIM)" },
	{ "domainkeys", SETTING_INSIDE, .group = &domainkeys_group,
	  .sentence = "A DomainKeys signature (RFC 4870) beside that of DKIM: selector, file, canon." },
};
#undef AT

#define AT(field) .offset = offsetof(struct route_rule, field)
static const struct setting route_rows[] = {
	{ "from", SETTING_TEXTS, FORM_SENDER, AT(from),
	  .sentence = "The envelope senders whose mail the rule is for: an address, \"example.org\" or \"@example.org\", "
	              "\".example.org\" for what is below it, \"*\" for every sender except the null sender, \"<>\" for that "
	              "one. All when not set. Bounces have the null sender: they go by rules without from, or with \"<>\".",
	  .known_as = "sender_dependent_relayhost_maps (Postfix)" },
	{ "table", SETTING_TEXT, FORM_PATH, AT(table),
	  .sentence = "A file in place of to and via, read when signetd starts or reloads; see TABLES.",
	  .known_as = "transport_maps (Postfix)" },
	{ "to", SETTING_TEXTS, FORM_WORD, AT(to),
	  .sentence = "Recipient domains: \"example.org\", \".example.org\" for every name below it, \"mx:mx.example.net\" or "
	              "\"mx:.example.net\" for domains whose MX is there, \"*\" for all of them.",
	  .known_as = "transport_maps (Postfix)" },
	{ "via", SETTING_TEXTS, FORM_WORD, AT(via),
	  .sentence = "\"mx\" or names of smarthosts, in the order to try; or \"local\" alone: the mailboxes of this host; or "
	              "\"hold\" alone: such mail waits until the owner lets it go (signet queue release), and then goes by the next "
	              "route that matches.",
	  .known_as = "transport_maps (Postfix)" },
	{ "fallback_on", SETTING_FALLBACK, AT(fallback_on),
	  .sentence = "When to turn to the next hop of via: \"unreachable\": no host of the hop answers; \"blocked\": it "
	              "refuses this host's address (blocklist, reputation, PTR), not the mail; \"temporary\": it has deferred "
	              "everything for fallback_after; \"limit\": the limit of that smarthost is used up, or it says so. When "
	              "not set, the first two where via has several hops.",
	  .known_as = "smtp_fallback_relay (Postfix)" },
	{ "fallback_after", SETTING_DURATION, AT(fallback_after_ms), .initial = "1h", .most = 30 * DAY_MS,
	  .sentence = "How long the hop must have deferred everything before \"temporary\" turns to the next." },
	{ "fallback_for", SETTING_DURATION, AT(fallback_for_ms), .initial = "0", .most = 30 * DAY_MS,
	  .sentence = "How long to stay at the later hop. 0 means until the next retry or, for \"blocked\", 6h, which "
	              "doubles up to 24h while the block lasts. After that, one message at a time tests the block." },
};
#undef AT

#define AT(field) .offset = offsetof(struct rewrite_rule, field)
static const struct setting rewrite_rows[] = {
	{ "from", SETTING_TEXT, FORM_REWRITTEN, AT(from),
	  .sentence = "What it is for: an address; \"user@\", that user at any name or domain of this host; \"@host\", all that "
	              "are there. An address comes before \"user@\", and that before \"@host\"." },
	{ "to", SETTING_TEXT, FORM_REWRITING, AT(to),
	  .sentence = "The address that takes its place; \"@other.example\" keeps what is before the @." },
};
#undef AT

#define AT(field) .offset = offsetof(struct stub_zone, field)
static const struct setting stub_zone_rows[] = {
	{ "zone", SETTING_TEXT, FORM_DOMAIN, AT(zone), .sentence = "The zone's name." },
	{ "servers", SETTING_TEXTS, FORM_WORD, AT(servers),
	  .sentence = "Its servers, as \"ADDRESS\" or \"ADDRESS@PORT\"." },
};
#undef AT

static const struct setting_group smarthost_group = GROUP_OF(smarthost_rows, struct smarthost);
static const struct setting_group dkim_group = GROUP_OF(dkim_rows, struct dkim_key);
static const struct setting_group route_group = GROUP_OF(route_rows, struct route_rule);
static const struct setting_group rewrite_group = GROUP_OF(rewrite_rows, struct rewrite_rule);
static const struct setting_group stub_zone_group = GROUP_OF(stub_zone_rows, struct stub_zone);

#define AT(field) .offset = offsetof(struct settings, field)
#define OF(list, number) \
	.offset = offsetof(struct settings, list), .count_offset = offsetof(struct settings, number)
#define SAID(field) .said_offset = offsetof(struct settings, said.field)
static const struct setting rows[] = {
	{ "hostname", SETTING_TEXT, FORM_DOMAIN, AT(hostname),
	  .sentence = "This host's name, used in HELO; it should match the PTR record of the host's address. When not set, the "
	              "kernel's. A name without a dot is completed from hosts(5), the DNS or /etc/mailname when signetd "
	              "starts. Mail for the name goes to root's reader, unless the name has an MX elsewhere.",
	  .known_as = "myhostname and smtp_helo_name (Postfix), domain (msmtp), MAILNAME (dma)" },
	{ "domain", SETTING_TEXT, FORM_DOMAIN, AT(domain),
	  .sentence = "The domain added to an address without one; hostname when not set.",
	  .known_as = "myorigin (Postfix), maildomain (msmtp), MAILNAME (dma)" },
	{ "root", SETTING_TEXT, FORM_WORD, AT(root),
	  .sentence = "The address that gets root's, postmaster's and cron's mail: all mail for local names that no alias is "
	              "for; with local_map = \"domain\", that for root, postmaster and MAILER-DAEMON.",
	  .known_as = "luser_relay (Postfix)" },
	{ "from", SETTING_TEXT, FORM_WORD, AT(from),
	  .sentence = "Forces the envelope sender and the header From of mail that leaves.",
	  .known_as = "from and set_from_header (msmtp), MASQUERADE (dma)" },
	{ "local_domains", SETTING_TEXTS, FORM_DOMAIN, AT(local_domains),
	  .sentence = "Domains whose mail stays on this host, for root's reader; localhost, localhost.localdomain, "
	              "[127.0.0.1], [IPv6:::1] and hostname's first label always do, and hostname does unless it has an MX elsewhere.",
	  .known_as = "mydestination (Postfix)" },
	{ "aliases", SETTING_TEXTS, FORM_PATH, .early = true, AT(aliases), .initial = "/etc/aliases",
	  .sentence = "Files of aliases for local names, in the order in which a name is looked for. A file that is not there "
	              "has none, and one that has changed counts from the next message on. See ALIASES.",
	  .known_as = "alias_maps (Postfix), aliases (msmtp), ALIASES (dma)" },
	{ "alias_programs", SETTING_TEXTS, FORM_ANY, .runs = true, AT(alias_programs),
	  .sentence = "Programs that aliases may name (\"|program\"): a whole command, as \"/usr/lib/mailman/mail/mailman post test\"; a "
	              "program's path, for whatever arguments; or a folder that ends with \"/\", for all programs in it. Others are "
	              "refused. They are run as command_user. See ALIASES.",
	  .known_as = "allow_mail_to_commands (Postfix)" },
	{ "local_map", SETTING_TEXT, FORM_MAP, AT(local_map), .initial = "host",
	  .sentence = "What a local name without an alias is: with \"host\" a user of this host; with \"domain\" a mailbox of that "
	              "name at domain, where the mail is sent. Then names at hostname are local names too. For a host "
	              "that has no mailboxes of its own." },
	{ "host_in_name", SETTING_FLAG, AT(host_in_name), .initial = "false",
	  .sentence = "true adds the first label of hostname to the display name in the From of mail from local accounts that "
	              "leaves: root's mail on web1 comes from \"root on web1 <web1@example.org>\". For hosts that share an address." },
	{ "rewrite", SETTING_GROUPS, OF(rewrite, rewrite_count), .group = &rewrite_group,
	  .sentence = "Senders that get another address in mail that leaves: the envelope sender, and From and Sender of the "
	              "header. What is rewritten by a rule takes no part in from and masquerade.",
	  .known_as = "smtp_generic_maps and sender_canonical_maps (Postfix), MASQUERADE (dma)" },
	{ "masquerade", SETTING_TEXTS, FORM_DOMAIN, AT(masquerade),
	  .sentence = "Sender domains that are rewritten to domain in mail that leaves, besides localhost, hostname's first "
	              "label, and hostname where it is below domain and no key signs for it.",
	  .known_as = "masquerade_domains (Postfix)" },
	{ "always_bcc", SETTING_TEXT, FORM_ADDRESS, AT(always_bcc),
	  .sentence = "An address that gets a copy of each message that is submitted, as a recipient whom no header names. Mail "
	              "from the null sender is not copied. When the copy cannot be delivered, nobody is told; the log says it.",
	  .known_as = "always_bcc (Postfix)" },
	{ "redirect", SETTING_TEXT, FORM_ADDRESS, AT(redirect),
	  .sentence = "For a host that must not send mail to the world: the address that gets all mail in place of its recipients, "
	              "one copy of each message; reports go there too. The recipients are named in fields X-Original-To. What "
	              "is in the queue already keeps its recipients." },
	{ "mailq_users", SETTING_TEXTS, FORM_WORD, AT(mailq_users),
	  .sentence = "Users who see the whole queue with mailq, and may trace and try again what is in it; others may do so with their "
	              "own messages.",
	  .known_as = "authorized_mailq_users and authorized_flush_users (Postfix)" },
	{ "trusted_users", SETTING_TEXTS, FORM_TRUSTED, AT(trusted_users),
	  .sentence = "Who may give any envelope sender (-f, or MAIL FROM with -bs): login names, uids, \"unit:app.service\" and "
	              "\"container:lxc:web1\", as signet trace shows them, with \"*\" for anything at an end. Root always may. "
	              "What is submitted through the drop folder, or by SMTP at a port, is known by its uid alone. "
	              "untrusted_sender says what becomes of the others' mail; as long as it is \"keep\", all may.",
	  .known_as = "local_login_sender_maps (Postfix)" },
	{ "untrusted_sender", SETTING_TEXT, FORM_UNTRUSTED, AT(untrusted_sender), .initial = "keep",
	  .sentence = "What to do when somebody else gives an envelope sender that is not their own: \"keep\" it, \"rewrite\" it to "
	              "their own, or \"refuse\" the message. A user's own senders are the login name, at a name of this host or at "
	              "domain, with or without \"+\" and more, and the address that it leaves with (rewrite, from). The null "
	              "sender is anybody's. From in the header stays as it is: the signature is chosen by it all the same." },
	{ "local_delivery", SETTING_TEXT, FORM_LOCAL_DELIVERY, AT(local_delivery), .initial = "mbox",
	  .sentence = "Where mail for this host's users goes when root is not set: \"mbox\" is a file for each of them in "
	              "mail_folder, \"maildir\" a folder in their home (the setting maildir); with \"none\" it is held until "
	              "root is set. It is also where a route with via = [\"local\"] leads.",
	  .known_as = "mailbox_transport (Postfix)" },
	{ "mail_folder", SETTING_TEXT, FORM_PATH, AT(mail_folder), .initial = "/var/mail",
	  .sentence = "The folder of the users' mboxes.",
	  .known_as = "mail_spool_directory (Postfix)" },
	{ "maildir", SETTING_TEXT, FORM_WORD, AT(maildir), .initial = "Maildir",
	  .sentence = "The Maildir of a user, below the user's home; it is made when the first mail comes.",
	  .known_as = "home_mailbox (Postfix)" },
	{ "local_command", SETTING_TEXT, FORM_ANY, .runs = true, AT(local_command),
	  .sentence = "A delivery agent that takes mail for this host's users, in place of local_delivery: its path and "
	              "arguments, as in \"/usr/lib/dovecot/dovecot-lda -f $SENDER -a $RECIPIENT\". It is run as the recipient, "
	              "without a shell. See DELIVERY AGENTS.",
	  .known_as = "mailbox_command (Postfix)" },

	{ "smarthost", SETTING_GROUP, OF(smarthosts, smarthost_count), .group = &smarthost_group,
	  .sentence = "The one server that takes mail for elsewhere: smarthosts with a single element.",
	  .known_as = "relayhost (Postfix), host (msmtp), SMARTHOST (dma)" },
	{ "smarthosts", SETTING_GROUPS, OF(smarthosts, smarthost_count), .group = &smarthost_group,
	  .sentence = "Servers that take mail for elsewhere.",
	  .known_as = "account (msmtp)" },
	{ "dkim", SETTING_GROUPS, OF(dkim, dkim_count), .group = &dkim_group,
	  .sentence = "Keys that sign. Several for one domain make several signatures.",
	  .known_as = "KeyTable and SigningTable (OpenDKIM)" },
	{ "on_foreign_from", SETTING_TEXT, FORM_FOREIGN, AT(on_foreign_from), .initial = "unsigned",
	  .sentence = "What to do with mail when no key signs for its From: \"unsigned\" sends it without a signature; with "
	              "\"sender\" the keys of the envelope sender's domain sign, without alignment for DMARC." },
	{ "on_no_key", SETTING_TEXT, FORM_NO_KEY, AT(on_no_key), .initial = "send",
	  .sentence = "What to do with mail whose key cannot sign: \"send\" it as it is, or \"hold\" it and try again." },
	{ "encode_8bit", SETTING_TEXT, FORM_ENCODE, AT(encode_8bit), .initial = "auto",
	  .sentence = "When to encode bodies with bytes above 0x7f (as quoted-printable or base64) before they are signed: "
	              "\"always\", \"never\", or \"auto\": where the mail may go through a smarthost. A Postfix on the way "
	              "encodes them for a next hop without 8BITMIME, and also what is only labelled 8bit, which breaks the "
	              "signature. Exim passes them on as they are, and so do we to an MX. Once encoded, no part is labelled "
	              "8bit any more. A multipart/signed part is never encoded; a report on such mail quotes only its header. "
	              "Lines over 998 bytes, NUL and a CR that does not end a line are always encoded." },
	{ "rotate", SETTING_DURATION, AT(rotate_ms), .initial = "0", .most = 3650 * DAY_MS,
	  .sentence = "How old a key of dkim becomes before another takes its place, as in \"90d\"; signet-rotate.timer sees to it "
	              "where publish_command, publish_server or publish_tsig_file is set. At least two weeks and queue_life; 0 "
	              "leaves rotations to \"signet key rotate\". See signet(8), key rotate --due." },
	{ "publish_command", SETTING_TEXT, FORM_ANY, .runs = true, AT(publish_command),
	  .sentence = "A program, with its arguments, that puts DNS records into their zone for \"signet dns --publish\" and for "
	              "rotations: it gets them on its standard input, one JSON object on each line. It is run without a shell as "
	              "whoever runs signet, once a zone, and has two minutes. See signet(8), PUBLISHING BY A COMMAND." },
	{ "publish_server", SETTING_TEXT, FORM_WORD, AT(publish_server),
	  .sentence = "The name server to which they send updates (RFC 2136), as \"ADDRESS\", \"NAME\" or either with \"@PORT\"; the "
	              "primary server of each zone when not set." },
	{ "publish_tsig_file", SETTING_TEXT, FORM_PATH, AT(publish_tsig_file),
	  .sentence = "The TSIG key that signs these updates, in a file that only root can read: a key clause of BIND, or name, "
	              "algorithm and secret." },
	{ "signed_fields", SETTING_TEXTS, FORM_WORD, AT(signed_fields),
	  .sentence = "Header fields that signatures cover where they are present, in place of the usual ones; \"list-*\" "
	              "means all whose names begin with list-. Those of oversigned_fields are covered too. See SIGNED FIELDS.",
	  .known_as = "SignHeaders (OpenDKIM)" },
	{ "oversigned_fields", SETTING_TEXTS, FORM_WORD, AT(oversigned_fields),
	  .sentence = "Header fields that signatures cover so that none can be added later. Empty: From, Reply-To, Subject, "
	              "Date, Message-ID, To, Cc. See SIGNED FIELDS.",
	  .known_as = "OversignHeaders (OpenDKIM)" },
	{ "routes", SETTING_GROUPS, OF(routes, route_count), .group = &route_group,
	  .sentence = "Which way mail for a recipient domain goes; the first rule that matches counts.",
	  .known_as = "transport_maps (Postfix)" },
	{ "default_via", SETTING_TEXTS, FORM_WORD, AT(default_via),
	  .sentence = "The next hops of mail that no route matches, as in via. Where neither this nor a route is set: the "
	              "single smarthost, else \"mx\" if hostname or dkim is set; else such mail is held.",
	  .known_as = "default_transport (Postfix)" },
	{ "on_address_change", SETTING_TEXTS, FORM_WORD, AT(on_address_change),
	  .sentence = "Smarthosts, as in via, for mail that would go straight to an MX while the world does not trust this host's "
	              "new address: from when \"signet check\" (also the daily one) sees that the address has changed, and PTR, HELO, "
	              "SPF or a blocklist speak against the new one, until none does. Not set: such mail goes straight all the same. "
	              "See ANOTHER ADDRESS." },

	{ "mx_port", SETTING_PORT, AT(mx_port), .initial = "25", .least = 1, .most = 65535,
	  .sentence = "Port of a recipient domain's MX." },
	{ "mx_allow", SETTING_TEXTS, FORM_NETWORK, AT(mx_allow),
	  .sentence = "Networks in which the address of an MX may be loopback or this host's own, for a server on the "
	              "same host. Elsewhere such addresses are skipped; mail for a domain that has no other goes back "
	              "to its sender, as does mail for user@[ADDRESS]." },
	{ "mx_tls", SETTING_MX_TLS, AT(mx_tls), .initial = "may",
	  .sentence = "none, may, encrypt, verify or dane towards an MX. With may, a receiver that publishes DANE (RFC 7672) "
	              "or MTA-STS (RFC 8461) is held to it; dane sends only where DANE is published.",
	  .known_as = "smtp_tls_security_level (Postfix)" },
	{ "ca_file", SETTING_TEXT, FORM_PATH, AT(ca_file),
	  .sentence = "CA certificates (PEM) to verify MX hosts and MTA-STS servers with; the system's when not set.",
	  .known_as = "smtp_tls_CAfile (Postfix), tls_trust_file (msmtp)" },
	{ "mx_source", SETTING_TEXTS, FORM_IP, AT(mx_source),
	  .sentence = "Addresses of this host to send to an MX from, at most one of each family; for a family without one, the "
	              "system chooses.",
	  .known_as = "smtp_bind_address and smtp_bind_address6 (Postfix), source_ip (msmtp)" },
	{ "mx_families", SETTING_TEXTS, FORM_FAMILY, AT(mx_families),
	  .sentence = "Which addresses of an MX to use, the first family's first; both in turn, IPv4 first, when not set.",
	  .known_as = "inet_protocols and smtp_address_preference (Postfix)" },

	{ "mx_proxy", SETTING_TEXT, FORM_PROXY, AT(mx_proxy),
	  .sentence = "A SOCKS5 proxy through which all MX hosts are reached, in the form of a smarthost's proxy. It is given "
	              "addresses, those that DNSSEC, DANE and MTA-STS were looked up for. See PROXIES.",
	  .known_as = "proxy_host and proxy_port (msmtp)" },
	{ "mx_proxy_password_file", SETTING_TEXT, FORM_SECRET, AT(mx_proxy_password_file),
	  .sentence = "File with the password of USER there, as proxy_password_file." },

	{ "listen", SETTING_TEXTS, FORM_LISTEN, AT(listen),
	  .sentence = "Where SMTP is taken from programs that cannot run sendmail, as \"127.0.0.1:25\" or \"[::1]:25\". See "
	              "LISTENING.",
	  .known_as = "inet_interfaces (Postfix)" },
	{ "listen_for", SETTING_TEXTS, FORM_CLIENT, AT(listen_for), .initial = "loopback",
	  .sentence = "Whose SMTP is taken there: \"loopback\" is every program on this host that connects from 127.0.0.0/8 or "
	              "::1; \"user:www-data\" those of them that run as that user; \"192.0.2.0/24\" every host of that network. "
	              "Others are refused with 554.",
	  .known_as = "mynetworks (Postfix)" },

	{ "size_limit", SETTING_SIZE, .early = true, AT(size_limit), .initial = LIMITS_SIZE, .least = 1, .most = 4 * GIBIBYTE,
	  .sentence = "The largest message that is accepted. sendmail reads no more than that, and signet-drop obeys it as well.",
	  .known_as = "message_size_limit (Postfix)" },
	{ "recipient_limit", SETTING_COUNT, .early = true, AT(recipient_limit), .initial = "50000", .least = 1, .most = 50000,
	  .sentence = "The most recipients of one message.",
	  .known_as = "smtpd_recipient_limit (Postfix)" },
	{ "connections", SETTING_COUNT, AT(connections), .initial = "200", .least = 1, .most = 10000,
	  .sentence = "The most callers on the submission socket at once, and the most SMTP clients at the places of listen. A tenth of the places is kept for users who have "
	              "none, and one for root. When no place is left, a caller who has been silent for 2 s is disconnected.",
	  .known_as = "default_process_limit (Postfix)" },
	{ "connections_per_user", SETTING_COUNT, AT(connections_per_user), .initial = "50", .least = 1, .most = 10000,
	  .sentence = "The most connections of one user, or of one address in a network of listen_for.",
	  .known_as = "smtpd_client_connection_count_limit (Postfix)" },
	{ "user_rate", SETTING_RATE, AT(user_rate), .initial = "0", .least = 1, .most = RATE_WINDOW_MAX_MS,
	  .sentence = "The most messages that one user may submit in any period of the length that the rate names, such as "
	              "\"100/h\"; root is one of them. What exceeds it is accepted and held in the queue, and so is what follows, "
	              "until it has slowed down; root's reader is told once, with the commands that release or delete it. A "
	              "restart of signetd begins the count again, and so does a release. 0 means no limit.",
	  .known_as = "smtpd_client_message_rate_limit (Postfix)" },
	{ "unit_rate", SETTING_RATE, AT(unit_rate), .initial = "0", .least = 1, .most = RATE_WINDOW_MAX_MS,
	  .sentence = "The same for one systemd unit or one container, whichever users it has. All units and containers of a "
	              "user's own manager count as one." },
	{ "sessions", SETTING_COUNT, AT(sessions), .initial = "0", .most = 1000,
	  .sentence = "The most SMTP sessions at once. 0 means as many as this host can hold: one for every 8 megabytes "
	              "of its memory, at least 20 and at most 240, and fewer where few descriptors or processes are "
	              "allowed. Sessions that have waited half a minute for a slow host do not count, up to this number "
	              "again; when all are in use, a quarter more is kept for users who have few.",
	  .known_as = "default_process_limit (Postfix)" },
	{ "mx_rate", SETTING_RATE, AT(mx_rate), SAID(mx_rate), .initial = "0", .least = 1, .most = RATE_WINDOW_MAX_MS,
	  .sentence = "The most messages to one set of MX hosts in any period of the length that the rate names; "
	              "they are sent evenly. 0 means no limit; limits that a receiver announces itself are kept to in any "
	              "case. For large receivers whose limits are known, those are the defaults of this setting and the next "
	              "three; signet route shows which limits apply.",
	  .known_as = "smtp_destination_rate_delay (Postfix)" },
	{ "sessions_per_site", SETTING_COUNT, AT(sessions_per_site), SAID(sessions_per_site), .initial = "5", .least = 1,
	  .most = 1000, .sentence = "The most sessions with one set of MX hosts.",
	  .known_as = "smtp_destination_concurrency_limit (Postfix)" },
	{ "messages_per_session", SETTING_COUNT, AT(messages_per_session), SAID(messages_per_session), .initial = "100",
	  .least = 1, .most = 1000 * 1000, .sentence = "The most messages in one session with an MX.",
	  .known_as = "smtp_connection_reuse_count_limit (Postfix)" },
	{ "recipients_per_message", SETTING_COUNT, AT(recipients_per_message), SAID(recipients_per_message), .initial = "100",
	  .least = 1, .most = 1000,
	  .sentence = "The most recipients per copy of a message to an MX; for more, further copies are sent.",
	  .known_as = "smtp_destination_recipient_limit (Postfix)" },
	{ "retry_min", SETTING_DURATION, AT(retry_min_ms), .initial = "5m", .least = 1, .most = 30 * DAY_MS,
	  .sentence = "The wait before the first retry; later waits are longer.",
	  .known_as = "minimal_backoff_time (Postfix)" },
	{ "retry_max", SETTING_DURATION, AT(retry_max_ms), .initial = "4h", .least = 1, .most = 30 * DAY_MS,
	  .sentence = "The longest wait between retries.",
	  .known_as = "maximal_backoff_time (Postfix)" },
	{ "queue_life", SETTING_DURATION, AT(queue_life_ms), .initial = "5d", .least = 1, .most = 365 * DAY_MS,
	  .sentence = "How long a message that cannot be delivered is tried before it goes back to its sender.",
	  .known_as = "maximal_queue_lifetime and bounce_queue_lifetime (Postfix)" },
	{ "delay_notice", SETTING_DURATION, AT(delay_notice_ms), .initial = "4h", .most = 365 * DAY_MS,
	  .sentence = "How long a message waits before its sender is told so, once. Mailings (List-Id, Precedence) cause no "
	              "notice, nor does mail whose notice would wait for the same server. 0 sends none.",
	  .known_as = "delay_warning_time (Postfix)" },

	{ "echo_domains", SETTING_TEXTS, FORM_DOMAIN, AT(echo_domains), .initial = "gmail.com",
	  .sentence = "Domains whose MX say in their answer to EHLO which address they see. \"signet check\" says EHLO to them, and "
	              "sends nothing, to learn which address of this host the outside sees and whether port 25 is open." },
	{ "blocklists", SETTING_TEXTS, FORM_DOMAIN, AT(blocklists),
	  .sentence = "The DNS blocklists that \"signet check\" asks, by their zones; zen.spamhaus.org, bl.spamcop.net and, for "
	              "domains, dbl.spamhaus.org when not set." },
	{ "suppress", SETTING_DURATION, AT(suppress_ms), .initial = "0", .most = 365 * DAY_MS,
	  .sentence = "How long an address is not tried again after a server has said that there is no such mailbox, as in \"30d\": "
	              "mail for it goes back to its sender at once, with what the server said and when. What servers have said is "
	              "remembered for 30 days even while this is 0, which means that all mail is tried. See signet(8), suppress." },

	{ "forwarders", SETTING_TEXTS, FORM_WORD, AT(forwarders),
	  .sentence = "Name servers to ask, as \"ADDRESS\" or \"ADDRESS@PORT\"; those of resolv.conf when not set." },
	{ "stub_zones", SETTING_GROUPS, OF(stub_zones, stub_zone_count), .group = &stub_zone_group,
	  .sentence = "Zones that are looked up at servers of their own." },
	{ "trust_anchor_file", SETTING_TEXT, FORM_PATH, AT(trust_anchor_file),
	  .sentence = "DNSSEC trust anchor, as dns-root-data ships it." },

	{ "user", SETTING_TEXT, FORM_WORD, AT(user), .initial = "signet",
	  .sentence = "The user that the roles run as when root starts signetd; \"\" means the user that starts it.",
	  .known_as = "mail_owner (Postfix)" },
	{ "drop_group", SETTING_TEXT, FORM_WORD, AT(drop_group), .initial = "signetdrop",
	  .sentence = "The group that may write into the drop folder.",
	  .known_as = "setgid_group (Postfix)" },
	{ "spool", SETTING_TEXT, FORM_PATH, .early = true, AT(spool), .initial = PLACES_SPOOL,
	  .sentence = "Where the queue is kept; it must be on a local file system.",
	  .known_as = "queue_directory (Postfix), SPOOLDIR (dma)" },
	{ "drop", SETTING_TEXT, FORM_PATH, .early = true, AT(drop),
	  .sentence = "Where messages wait while signetd does not answer; SPOOL/drop when not set." },
	{ "drop_program", SETTING_TEXT, FORM_PATH, .early = true, .runs = true, AT(drop_program), .initial = PREFIX "/sbin/signet-drop",
	  .sentence = "The program that writes there. sendmail obeys it only in a file that belongs to root or to the caller." },
	{ "queue", SETTING_TEXT, FORM_QUEUE, .early = true, AT(queue), .initial = "disk",
	  .sentence = "\"disk\": signetd keeps mail until it is delivered. \"none\", for containers: there is no signetd; sendmail hands "
	              "each message to the one smarthost that is set while its caller waits, to all recipients or to none, and exits 0 "
	              "when that has taken it; see sendmail(8), WITHOUT A QUEUE." },
	{ "timeout", SETTING_DURATION, .early = true, AT(timeout_ms), .initial = "20s", .least = SECOND_MS, .most = HOUR_MS,
	  .sentence = "The longest that a caller waits for the smarthost where queue is \"none\".",
	  .known_as = "timeout (msmtp)" },
	{ "socket", SETTING_TEXT, FORM_PATH, .early = true, AT(socket), .initial = "/run/signet/socket",
	  .sentence = "The submission socket." },
	{ "control", SETTING_TEXT, FORM_PATH, AT(control), .initial = "/run/signet/control",
	  .sentence = "The owner's socket." },
	{ "libexec", SETTING_TEXT, FORM_PATH, .early = true, .runs = true, AT(libexec), .initial = PREFIX "/libexec/signet",
	  .sentence = "The folder of the roles' programs.",
	  .known_as = "daemon_directory (Postfix)" },
	{ "oauth_folder", SETTING_TEXT, FORM_PATH, AT(oauth_folder), .initial = "/var/lib/signet/oauth",
	  .sentence = "The folder in which the logins of smarthosts with oauth are kept; it belongs to whoever starts signetd." },
	{ "log", SETTING_TEXT, FORM_LOG, AT(log), .initial = "syslog",
	  .sentence = "\"syslog\", which is the journal where systemd has one, \"stderr\" or a file; see signetd(8), LOG.",
	  .known_as = "maillog_file (Postfix), logfile and syslog (msmtp)" },
	{ "log_format", SETTING_TEXT, FORM_LOG_FORMAT, AT(log_format), .initial = "text",
	  .sentence = "What is written to standard error or a file: lines of \"text\", or \"json\": one object on each line, for programs that "
	              "collect logs. See signetd(8), LOG." },
	{ "on_event", SETTING_TEXT, FORM_PATH, AT(on_event),
	  .sentence = "A Unix datagram socket that gets a JSON object for each recipient to whom a message was delivered, for whom "
	              "it was returned, or for whom it is held. The user of the setting user must be allowed to write to it. What "
	              "nobody takes at once is lost. See signetd(8), EVENTS." },
	{ "event_command", SETTING_TEXT, FORM_ANY, .runs = true, AT(event_command),
	  .sentence = "A program, with its arguments, that gets the same on its standard input, one object on each line: what has "
	              "happened since it ran last. It is run without a shell as command_user, once at a time, and has 30 s; it may "
	              "stand beside on_event. See signetd(8), EVENTS." },
	{ "command_user", SETTING_TEXT, FORM_WORD, AT(command_user), .initial = "nobody",
	  .sentence = "The user as whom event_command and the programs of aliases are run. Not root." },
	{ "log_addresses", SETTING_TEXT, FORM_LOG_ADDRESSES, AT(log_addresses), .initial = "full",
	  .sentence = "How signetd logs addresses, also those within replies of servers: \"full\"; \"domain\" leaves the domain, as in "
	              "*@example.org; \"hash\" writes the first 16 digits of the SHA-256 of the address in lower case, the same on every "
	              "host: who knows an address can look for it. Message-IDs stay, and so does what the queue keeps." },
	{ "pickups", SETTING_COUNT, AT(pickups), .initial = "2", .least = 1, .most = 100,
	  .sentence = "Processes that read submissions." },
	{ "signers", SETTING_COUNT, AT(signers), .initial = "0", .most = 1000,
	  .sentence = "Processes that sign, where there are keys; 0 means one per core." },
	{ "time_scale", SETTING_SCALE, AT(time_scale), .initial = "1", .least = 1, .most = 1000 * MILLION,
	  .sentence = "Multiplies every network deadline; for tests." },

	{ "dot_unstuffing", SETTING_NONE, .later = true, .sentence = "taking a dot off lines that begin with two" },
};
#undef AT
#undef OF
#undef SAID

const struct setting_group settings_table = GROUP_OF(rows, struct settings);
