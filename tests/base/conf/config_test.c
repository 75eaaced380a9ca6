/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/conf/config.h"

#include <fcntl.h>
#include <libconfig.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* libconfig 1.5 loses the piece of a string that is never closed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static char folder[] = "/tmp/signet-config-XXXXXX";
static char file[64];

static void put(const char *path, struct span text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text.at, text.len) != (ssize_t)text.len)
		abort();
	close(fd);
}

/* libconfig 1.7.3 takes a comma before a closing bracket, 1.5 does not. */
static bool comma_may_trail(void)
{
	config_t c;

	config_init(&c);
	bool taken = config_read_string(&c, "a = [ 1, ];");
	config_destroy(&c);
	return taken;
}

static void faults(void)
{
	/* Behind the file's name; several lines are several faults. */
	const struct { const char *text, *want; } cases[] = {
		{ "", "" },
		{ "# nothing\n", "" },
		{ "hostnam = \"x\";\n", ":1: unknown setting \"hostnam\"; the nearest is \"hostname\"\n" },
		{ "local_command = \"procmail\";\n", ":1: local_command must begin with the program's path, such as "
		  "\"/usr/lib/dovecot/dovecot-lda -f $SENDER -a $RECIPIENT\"\n" },
		{ "local_command = \"/bin/a\";\nlocal_delivery = \"none\";\n", ":2: local_delivery = \"none\" holds local mail, and "
		  "local_command is to take it: leave one of them out\n" },
		{ "routes = ( { to = [ \"a.example\" ]; via = [ \"hold\" ]; }, { to = [ \"mx:b\" ]; via = [ \"mx\" ]; } );\n", "" },
		{ "default_via = [ \"hold\" ];\n", "" },
		{ "smarthosts = ( { name = \"isp\"; host = \"a\"; } );\non_address_change = \"isp\";\n", "" },
		{ "smarthosts = ( { name = \"isp\"; host = \"a\"; }, { name = \"b\"; host = \"b\"; } );\non_address_change = [ \"isp\", \"b\" ];\n", "" },
		{ "smarthosts = ( { name = \"isp\"; host = \"a\"; } );\non_address_change = [ \"isq\" ];\n",
		  ":2: on_address_change \"isq\": no smarthost of that name; the nearest is \"isp\"\n" },
		{ "on_address_change = [ \"mx\" ];\n",
		  ":1: on_address_change \"mx\": name a smarthost; mail that would go to an MX goes there\n" },
		{ "routes = ( { to = [ \"a.example\" ]; via = [ \"hold\", \"mx\" ]; } );\n",
		  ":1: via \"hold\" stands alone: what is held has no other next hop\n" },
		{ "routes = ( { to = [ \"mx:b\" ]; via = [ \"mx\" ]; },\n { to = [ \"a.example\" ]; via = [ \"hold\" ]; } );\n",
		  ":1: route 2: via \"hold\" must come before all routes to \"mx:...\": mail is held when it comes, before its MX is known\n" },
		{ "smarthost = { name = \"hold\"; host = \"a.example\"; };\n",
		  ":1: a smarthost cannot be called \"hold\": in a route that means that mail is held\n" },
		{ "listen = [ \"127.0.0.1:2525\" ];\nsmarthost = { name = \"a\"; host = \"127.0.0.1\"; port = 2525; tls = \"none\"; };\n",
		  ":1: listen names 127.0.0.1:2525, which is the smarthost \"a\": signetd would send mail to itself\n" },
		{ "listen = [ \"127.0.0.1:25\" ];\nsmarthost = { name = \"a\"; host = \"LocalHost\"; port = 25; tls = \"none\"; };\n",
		  ":1: listen names 127.0.0.1:25, which is the smarthost \"a\": signetd would send mail to itself\n" },
		{ "listen = [ \"[::]:25\" ];\nsmarthost = { name = \"a\"; host = \"::1\"; port = 25; tls = \"none\"; };\n",
		  ":1: listen names [::]:25, which is the smarthost \"a\": signetd would send mail to itself\n" },
		{ "listen = [ \"127.0.0.1:2525\" ];\nsmarthost = { host = \"127.0.0.1\"; port = 25; tls = \"none\"; };\n", "" },
		{ "listen = [ \"192.0.2.1:25\" ];\nsmarthost = { host = \"192.0.2.2\"; port = 25; tls = \"none\"; };\n", "" },
		{ "alias_programs = [ \"/usr/lib/mailman/mail/mailman post test\", \"/usr/bin/vacation\", \"/usr/local/lib/mail/\" ];\n", "" },
		{ "queue = \"none\";\nalias_programs = [ \"/bin/a\" ];\nsmarthost = { host = \"a.example\"; };\n", ":2: queue = \"none\" runs no programs "
		  "of aliases: leave alias_programs out\n" },
		{ "alias_programs = [ \"vacation\" ];\n", ":1: \"vacation\": a program of alias_programs must begin with the program's path, such as "
		  "/usr/local/bin/program\n" },
		{ "alias_programs = [ \"/bin/a; /bin/b\" ];\n", ":1: \"/bin/a; /bin/b\": a program of alias_programs is run without a shell, for "
		  "which \";\" would mean something: put it between '...', or put the command into a script and name that\n" },
		{ "event_command = \"/usr/local/bin/mail-event --all\";\n", "" },
		{ "event_command = \"mail-event\";\n", ":1: event_command must begin with the program's path, such as /usr/local/bin/program\n" },
		{ "event_command = \"/bin/a | /bin/b\";\n", ":1: event_command is run without a shell, for which \"|\" would mean something: put "
		  "it between '...', or put the command into a script and name that\n" },
		{ "event_command = \"/bin/a 'b\";\n", ":1: event_command: a ' is not closed\n" },
		{ "command_user = \"root\";\n", ":1: command_user must be a user who is not root, such as \"nobody\"\n" },
		{ "zzz = 1;\n", ":1: unknown setting \"zzz\"; signet.conf(5) lists the settings\n" },
		{ "relayhost = \"x\";\n", ":1: unknown setting \"relayhost\"; did you mean \"smarthost\", as in smarthost = { host = "
		  "\"smtp.example.org\"; port = 587; };?\n" },
		{ "rewrite = ( { from = \"root@\"; to = \"@other.example\"; }, { from = \"@a.example\"; to = \"b@c.example\"; } );\n", "" },
		{ "rewrite = ( { from = \"root\"; to = \"b@c.example\"; } );\n", ":1: from must be an address such as \"root@web1.example.org\", "
		  "\"root@\" or \"@web1.example.org\", not \"root\"\n:1: a rewrite needs from and to\n" },
		{ "rewrite = ( { from = \"a@b.example\"; to = \"root@\"; } );\n", ":1: to must be an address such as \"web1@example.org\", or "
		  "\"@example.org\", not \"root@\"\n:1: a rewrite needs from and to\n" },
		{ "rewrite = ( { from = \"root@\"; to = \"a@b.example\"; },\n { from = \"Root@\"; to = \"c@d.example\"; } );\n",
		  ":2: a second rewrite from \"Root@\"; the first would count\n" },
		{ "smtp_generic_maps = \"x\";\n", ":1: unknown setting \"smtp_generic_maps\"; did you mean \"rewrite\", as in rewrite = ( { "
		  "from = \"root@web1.example.org\"; to = \"web1@example.org\"; } );?\n" },
		{ "alias_maps = \"x\";\n", ":1: unknown setting \"alias_maps\"; did you mean \"aliases\"?\n" },
		{ "aliases = [ \"etc/aliases\" ];\n", ":1: aliases must be a path that begins with /, not \"etc/aliases\"\n" },
		{ "trusted_users = [ \"www-data\", \"33\", \"unit:a.service\", \"container:lxc:*\", \"untit:a.service\" ];\n",
		  ":1: trusted_users must be a login name, a uid, \"unit:NAME\" or \"container:NAME\", not \"untit:a.service\"\n" },
		{ "trusted_users = [ \"unit:\" ];\n",
		  ":1: trusted_users must be a login name, a uid, \"unit:NAME\" or \"container:NAME\", not \"unit:\"\n" },
		{ "untrusted_sender = \"reject\";\n",
		  ":1: untrusted_sender must be \"keep\", \"rewrite\" or \"refuse\", not \"reject\"\n" },
		{ "local_map = \"mail\";\n", ":1: local_map must be \"host\" or \"domain\", not \"mail\"\n" },
		{ "local_map = \"domain\"; domain = \"a.example\"; local_domains = [ \"a.example\" ];\n",
		  ":1: local_map = \"domain\" needs a domain elsewhere, and a.example is local to this host\n" },
		{ "MyHostName = \"x\";\n", ":1: unknown setting \"MyHostName\"; did you mean \"hostname\"?\n" },
		{ "smtp_helo_name = \"x\";\n", ":1: unknown setting \"smtp_helo_name\"; did you mean \"hostname\"?\n" },
		{ "set_from_header = \"x\";\n", ":1: unknown setting \"set_from_header\"; did you mean \"from\"?\n" },
		{ "LOGFILE = \"x\";\n", ":1: unknown setting \"LOGFILE\"; did you mean \"log\"?\n" },
		{ "smarthost = { host = \"a\"; passwordeval = \"x\"; };\n", ":1: unknown setting \"passwordeval\"; did you mean \"password_command\"?\n" },
		{ "smarthost = { host = \"a\"; tls_certcheck = \"x\"; };\n", ":1: unknown setting \"tls_certcheck\"; did you mean \"tls\"?\n" },
		{ "postfix = \"x\";\n", ":1: unknown setting \"postfix\"; signet.conf(5) lists the settings\n" },
		{ "masquerade-domains = \"x\";\n", ":1: unknown setting \"masquerade-domains\"; did you mean \"masquerade\"?\n" },
		{ "password = \"x\";\n", ":1: unknown setting \"password\"; did you mean \"password_file\" of smarthost, as in "
		  "password_file = \"/etc/signet/smarthost.password\", a file of its own with the password in its first line?\n" },
		{ "tls = \"may\";\n", ":1: unknown setting \"tls\"; did you mean \"tls\" of smarthost?\n" },
		{ "smarthost = { host = \"a\"; username = \"x\"; };\n", ":1: unknown setting \"username\"; did you mean \"user\"?\n" },
		{ "smarthost = { host = \"a\"; relayhost = \"x\"; };\n", ":1: unknown setting \"relayhost\"; did you mean \"host\"?\n" },
		{ "dkim = ( { domain = \"a.example\"; selector = \"s\"; keyfile = \"/k\"; } );\n",
		  ":1: unknown setting \"keyfile\"; did you mean \"file\"?\n:1: a DKIM key needs domain, selector and file\n" },
		{ "smarthost = { host = \"a.example:587\"; };\n",
		  ":1: host \"a.example:587\" has a port in it; say host = \"a.example\"; port = 587;\n" },
		{ "smarthost = { host = \"[a-b.example]:25\"; };\n",
		  ":1: host \"[a-b.example]:25\" has a port in it; say host = \"a-b.example\"; port = 25;\n" },
		{ "smarthost = { host = \"[a.example]\"; };\n", ":1: host \"[a.example]\": write the name without brackets, "
		  "its MX is not looked up: host = \"a.example\"\n" },
		{ "smarthost = { host = \"smtps://a.example\"; };\n", ":1: host \"smtps://a.example\" is a URL; say host = \"NAME\" and "
		  "port = NUMBER (465: TLS from the first byte)\n" },
		{ "smarthost = { host = \"2001:db8::1\"; };\n", "" },
		{ "smarthost = { host = \"[2001:db8::a]\"; };\n", "" },
		{ "smarthost = { host = \"[192.0.2.1]\"; };\n", "" },
		{ "dkim = ( { domain = \"a.example\"; selector = \"s\"; file = \"/k\"; },\n"
		  "  { domain = \"A.example\"; selector = \"S\"; file = \"/l\"; } );\n",
		  ":1: the selector s of a.example has two keys, /k and /l: one name has one record; give one of them another selector\n" },
		{ "hostname = 5;\n", ":1: hostname must be a domain name such as \"example.org\", in quotes\n" },
		{ "hostname = \"a b\";\n", ":1: hostname must be a domain name such as \"example.org\", not \"a b\"\n" },
		{ "\n\nretry_min = 5;\n", ":3: retry_min must be a time such as \"5m\" (ms, s, m, h, d), not \"5\"\n" },
		{ "size_limit = [ 1 ];\n", ":1: size_limit must be a size such as \"25M\" (K, M, G, or bytes)\n" },
		{ "mx_port = 70000;\n", ":1: mx_port must be a port number from 1 to 65535, not \"70000\"\n" },
		{ "mx_port = -1;\n", ":1: mx_port must be a port number from 1 to 65535, not \"-1\"\n" },
		{ "mx_tls = \"yes\";\n", ":1: mx_tls must be \"none\", \"may\", \"encrypt\", \"verify\" or \"dane\", not \"yes\"\n" },
		{ "smarthost = { host = \"a\"; tls = \"dane\"; };\n",
		  ":1: tls: \"dane\" is not supported by this version; use \"verify\" or \"encrypt\"\n" },
		{ "dot_unstuffing = true;\n",
		  ":1: dot_unstuffing is not supported by this version (taking a dot off lines that begin with two); remove it\n" },
		{ "queue = \"memory\";\n", ":1: queue must be \"disk\" or \"none\", not \"memory\"\n" },
		{ "log_format = \"json\";\n",
		  ":1: log_format = \"json\" is for standard error or a file: set log = \"stderr\" or a path; the journal has the fields of each "
		  "line (journalctl -o json)\n" },
		{ "timeout = \"0\";\n", ":1: timeout must be a time such as \"5m\" (ms, s, m, h, d), not \"0\"\n" },
		{ "queue = \"none\";\n",
		  ":1: queue = \"none\" needs a smarthost, and only one: smarthost = { host = \"smtp.example.org\"; }; or of several the one "
		  "that default_via names\n" },
		{ "queue = \"none\"; smarthosts = ( { host = \"a\"; }, { host = \"b\"; } );\n",
		  ":1: queue = \"none\" needs a smarthost, and only one: smarthost = { host = \"smtp.example.org\"; }; or of several the one "
		  "that default_via names\n" },
		{ "queue = \"none\"; smarthost = { host = \"a\"; user = \"u\"; oauth = { provider = \"google\"; client_id = \"c\"; }; };\n",
		  ":1: queue = \"none\" cannot log in by oauth, since nothing would keep its tokens; use token_command, or queue = \"disk\"\n" },
		{ "queue = \"none\"; default_via = \"mx\";\n",
		  ":1: queue = \"none\" needs a smarthost, and only one: smarthost = { host = \"smtp.example.org\"; }; or of several the one "
		  "that default_via names\n" },
		{ "queue = \"none\"; default_via = \"local\";\n",
		  ":1: queue = \"none\" needs a smarthost, and only one: smarthost = { host = \"smtp.example.org\"; }; or of several the one "
		  "that default_via names\n" },
		{ "queue = \"none\"; smarthost = { host = \"a\"; };\nroutes = ( { to = \"*\"; via = \"mx\"; } );\n",
		  ":2: queue = \"none\" sends all mail to one smarthost: leave routes out\n" },
		{ "hostname = \"env:SIGNET_TEST_UNSET\";\n",
		  ":1: \"env:SIGNET_TEST_UNSET\": the environment has no SIGNET_TEST_UNSET\n" },
		{ "hostname = \"env:SIGNET_TEST_UNSET=a b\";\n", ":1: hostname must be a domain name such as \"example.org\", not \"a b\"\n" },
		{ "hostname = \"a\\nb\\x1b[2J\";\n",
		  ":1: hostname must be a domain name such as \"example.org\", not \"a\\x0ab\\x1b[2J\"\n" },
		{ "local_domains = [ \"a.example\", \"b b\" ];\n",
		  ":1: local_domains must be a domain name such as \"example.org\", not \"b b\"\n" },
		{ "smarthost = { port = 25; };\n", ":1: a smarthost without a host\n" },
		{ "smarthost = ( 5 );\n", ":1: smarthost must be a group: { ... }\n" },
		{ "smarthosts = ( 5 );\n", ":1: smarthosts must be a list of groups: ( { ... }, { ... } )\n" },
		{ "smarthost = { host = \"a\"; usr = \"x\"; };\n", ":1: unknown setting \"usr\"; the nearest is \"user\"\n" },
		{ "smarthost = { host = \"a\"; user = \"x\"; };\n",
		  ":1: smarthost \"smarthost\": user without password_file (or password_command, token_command, oauth)\n" },
		{ "smarthost = { host = \"a\"; token_command = \"x\"; };\n",
		  ":1: smarthost \"smarthost\": token_command without user\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; password_file = \"/p\"; token_command = \"x\"; };\n",
		  ":1: smarthost \"smarthost\": password_file and token_command; one of them is enough\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; token_command = \"x\"; oauth = { provider = \"google\"; client_id = \"c\"; }; };\n",
		  ":1: smarthost \"smarthost\": token_command and oauth; one of them is enough\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; oauth = { provider = \"google\"; }; };\n",
		  ":1: smarthost \"smarthost\": oauth needs client_id: what the provider calls the application that you have registered with it\n" },
		{ "smarthost = { host = \"a\"; oauth = { provider = \"google\"; client_id = \"c\"; }; };\n",
		  ":1: smarthost \"smarthost\": oauth without user\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; oauth = { client_id = \"c\"; token_endpoint = \"https://l.example/t\"; }; };\n",
		  ":1: smarthost \"smarthost\": oauth needs provider, or token_endpoint and scope\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; oauth = { client_id = \"c\"; scope = \"s\"; token_endpoint = \"https://l.example/t\"; }; };\n",
		  ":1: smarthost \"smarthost\": oauth needs device_endpoint or authorize_endpoint, where a person logs in\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; oauth = { client_id = \"c\"; scope = \"s\"; token_endpoint = \"https://l.example/t\";\n"
		  "device_endpoint = \"https://l.example/d\"; }; };\n", "" },
		{ "smarthost = { host = \"a\"; user = \"u\"; oauth = { client_id = \"c\"; token_endpoint = \"http://l.example/t\"; }; };\n",
		  ":1: token_endpoint must be a URL such as \"https://login.example.org/token\", not \"http://l.example/t\"\n"
		  ":1: smarthost \"smarthost\": oauth needs provider, or token_endpoint and scope\n" },
		{ "smarthost = { host = \"a\"; proxy = \"socks5://p.example:1080\"; };\n", "" },
		{ "smarthost = { host = \"a\"; proxy = \"socks5://u@[2001:db8::1]:1080\"; proxy_password_file = \"/p\"; };\n", "" },
		{ "smarthost = { host = \"a\"; proxy = \"socks5://u@p.example:1080\"; };\n",
		  ":1: proxy names a user: its password is to be in proxy_password_file\n" },
		{ "smarthost = { host = \"a\"; proxy = \"socks5://p.example:1080\"; proxy_password_file = \"/p\"; };\n",
		  ":1: proxy_password_file is set, and proxy does not name a user: \"socks5://USER@HOST:PORT\"\n" },
		{ "smarthost = { host = \"a\"; proxy_password_file = \"/p\"; };\n", ":1: proxy_password_file without proxy\n" },
		{ "mx_proxy = \"socks5://u@p.example:1080\";\n", ":1: mx_proxy names a user: its password is to be in mx_proxy_password_file\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; password_command = \"p\"; token_command = \"x\"; };\n",
		  ":1: smarthost \"smarthost\": password_command and token_command; one of them is enough\n" },
		{ "smarthost = { host = \"a\"; user = \"u\"; password_file = \"p\"; };\n",
		  ":1: password_file must be a path that begins with /, \"credential:NAME\" or \"environment:NAME\", not \"p\"\n"
		  ":1: smarthost \"smarthost\": user without password_file (or password_command, token_command, oauth)\n" },
		{ "smarthost = { host = \"a\"; port = 465; tls = \"none\"; };\n",
		  ":1: smarthost \"smarthost\": tls = \"none\" on a port that is TLS from the first byte\n" },
		{ "smarthost = { host = \"a\"; limit = \"200\"; };\n",
		  ":1: limit must be a rate such as \"300/h\" (s, m, h, d, or \"10/15m\"), not \"200\"\n" },
		{ "smarthosts = ( { name = \"i\"; host = \"a\"; },\n { name = \"i\"; host = \"b\"; } );\n",
		  ":2: a second smarthost called \"i\"; give it another name\n" },
		{ "smarthosts = ( { name = \"mx\"; host = \"a\"; } );\n",
		  ":1: a smarthost cannot be called \"mx\": in a route that means the recipient's MX\n" },
		{ "smarthosts = ( { name = \"i\"; host = \"a\"; pool = \"dns\"; } );\n", ":1: pool must be \"srv\" or \"mx\", not \"dns\"\n" },
		{ "smarthosts = ( { name = \"i\"; pool = \"srv\"; } );\n", ":1: a smarthost without a host\n" },
		{ "smarthosts = ( { name = \"i\"; host = \"a\"; hosts = [ \"b\" ]; } );\n",
		  ":1: a smarthost with hosts cannot have host as well\n" },
		{ "smarthosts = ( { name = \"i\"; hosts = [ \"b\" ]; pool = \"mx\"; } );\n", ":1: a smarthost with hosts cannot have pool as well\n" },
		{ "smarthosts = ( { hosts = [ \"b:25 weight=2\" ]; } );\n", ":1: a smarthost with hosts needs a name that "
		  "routes can use\n" },
		{ "smarthost = { hosts = [ \"b:25 weight=2\", \"c:0\" ]; };\n",
		  ":1: hosts must be a host such as \"smtp1.example.org\" or \"smtp2.example.org:465 weight=3\", not \"c:0\"\n" },
		{ "smarthost = { host = \"a\"; source = [ \"192.0.2.1\", \"192.0.2.2\" ]; };\n",
		  ":1: source: at most one IPv4 and one IPv6 address\n" },
		{ "smarthost = { host = \"a\"; source = [ \"192.0.2.1\", \"2001:db8::1\" ]; families = [ \"ipv6\", \"ipv4\" ]; };\n", "" },
		{ "listen = [ \"127.0.0.1:25\", \"[::1]:25\" ]; listen_for = [ \"loopback\", \"user:33\", \"10.0.0.0/8\", \"fc00::/7\" ];\n", "" },
		{ "listen = \"localhost:25\";\n",
		  ":1: listen must be an address and a port such as \"127.0.0.1:25\" or \"[::1]:25\", not \"localhost:25\"\n" },
		{ "listen = [ \"[::1]:25\", \"[0::1]:25\" ];\n", ":1: listen names [0::1]:25 twice\n" },
		{ "listen_for = \"localhost\";\n", ":1: listen_for must be \"loopback\", a network such as \"192.0.2.0/24\", or a user such as "
		  "\"user:www-data\", not \"localhost\"\n" },
		{ "listen_for = \"0.0.0.0/0\";\n", ":1: listen_for \"0.0.0.0/0\" lets strangers send mail through this host; name the networks "
		  "of your own hosts\n" },
		{ "listen_for = \"2000::/3\";\n", ":1: listen_for \"2000::/3\" lets strangers send mail through this host; name the networks "
		  "of your own hosts\n" },
		{ "listen = \"[::1]:25\"; listen_for = [ ];\n", ":1: listen_for is empty, so nobody may use the places of listen; leave both "
		  "out to listen nowhere\n" },
		{ "mx_source = \"eth0\";\n", ":1: mx_source must be an address such as \"192.0.2.1\" or \"2001:db8::1\", not \"eth0\"\n" },
		{ "mx_families = \"inet\";\n", ":1: mx_families must be \"ipv4\", \"ipv6\" or \"any\", not \"inet\"\n" },
		{ "mx_families = [ \"any\", \"ipv4\" ];\n", ":1: mx_families: each family once, or \"any\" alone\n" },
		{ "smarthost = { host = \"a\"; envelope_from = \"me\"; };\n",
		  ":1: envelope_from must be a full address such as \"me@example.org\", not \"me\"\n" },
		{ "smarthost = { host = \"a\"; from = \"me@example.org\"; };\n",
		  ":1: from is not a setting of a smarthost (header-from-per-hop): another From on the way out would break the "
		  "message's signature. Set from at the top of the file, which applies before signing; or envelope_from here, "
		  "which changes MAIL FROM alone\n" },
		{ "routes = ( { to = [ \"*\" ]; via = [ \"ips\" ]; } );\nsmarthosts = ( { name = \"isp\"; host = \"a\"; } );\n",
		  ":1: via \"ips\": no smarthost of that name; the nearest is \"isp\"\n" },
		{ "routes = ( { to = [ \"*\" ]; via = [ \"elsewhere\" ]; } );\n",
		  ":1: via \"elsewhere\": no smarthost of that name\n" },
		{ "routes = ( { to = \"a\"; via = [ \"local\", \"mx\" ]; } );\n",
		  ":1: via \"local\" stands alone: a mailbox of this host has no other next hop\n" },
		{ "smarthosts = ( { name = \"local\"; host = \"a\"; } );\n",
		  ":1: a smarthost cannot be called \"local\": in a route that means this host's mailboxes\n" },
		{ "local_delivery = \"mail\";\n", ":1: local_delivery must be \"mbox\", \"maildir\" or \"none\", not \"mail\"\n" },
		{ "routes = ( { via = \"mx\"; } );\n", ":1: a route needs to and via, each with at least one element; or a table\n" },
		{ "routes = ( { to = \"a@b\"; via = \"mx\"; } );\n",
		  ":1: to \"a@b\": it must be a domain, \".domain\", \"mx:host\", \"mx:.domain\" or \"*\"\n" },
		{ "routes = ( { from = \"@a.example\"; via = \"mx\"; }, { from = [ \"<>\", \"*\", \".a.example\", \"a@b.example\", \"b.example\" ]; "
		  "to = \"*\"; via = \"mx\"; } );\n", "" },
		{ "routes = ( { from = \"a@b@\"; via = \"mx\"; } );\n",
		  ":1: from must be a sender such as \"me@example.org\", \"@example.org\", \".example.org\", \"*\" or \"<>\", not \"a@b@\"\n"
		  ":1: a route needs to and via, each with at least one element; or a table\n" },
		{ "routes = ( { from = \"@a.example\"; to = [ ]; via = \"mx\"; } );\n",
		  ":1: a route needs to and via, each with at least one element; or a table\n" },
		{ "routes = ( { table = \"/etc/signet/routes\"; from = \"@a.example\"; } );\n", "" },
		{ "routes = ( { table = \"routes\"; } );\n", ":1: table must be a path that begins with /, not \"routes\"\n"
		  ":1: a route needs to and via, each with at least one element; or a table\n" },
		{ "routes = ( { table = \"/r\"; to = \"*\"; via = \"mx\"; } );\n",
		  ":1: a route with a table cannot have to or via: the table has them\n" },
		{ "smarthosts = ( { name = \"a,b\"; host = \"a\"; } );\n",
		  ":1: smarthost \"a,b\": a name cannot contain a comma or begin with ? or =\n" },
		{ "routes = ( { to = \"*\"; via = \"mx\"; fallback_on = [ \"block\" ]; } );\n",
		  ":1: fallback_on must be \"unreachable\", \"blocked\", \"temporary\" or \"limit\", not \"block\"\n" },
		{ "dkim = ( { domain = \"example.org\"; selector = \"s\"; } );\n", ":1: a DKIM key needs domain, selector and file\n" },
		{ "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"/k\"; domainkeys = { selector = \"s\"; file = \"/d\"; }; } );\n",
		  ":1: domainkeys with another key needs a selector of its own: both records would be at s._domainkey\n" },
		{ "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"/k\"; domainkeys = { file = \"/d\"; }; } );\n",
		  ":1: domainkeys needs a selector, other than that of DKIM\n" },
		{ "dkim = ( { domain = \"x.*.org\"; selector = \"s\"; file = \"credential:a/b\"; expires = \"5d\"; } );\n",
		  ":1: domain must be a domain name such as \"example.org\", \"*.example.org\" or \"*\", not \"x.*.org\"\n"
		  ":1: file must be a path that begins with /, \"credential:NAME\" or \"environment:NAME\", not \"credential:a/b\"\n"
		  ":1: a DKIM key needs domain, selector and file\n"
		  ":1: expires of the key s of : signatures must be valid for a week longer than queue_life\n" },
		{ "encode_8bit = \"sometimes\";\n", ":1: encode_8bit must be \"auto\", \"always\" or \"never\", not \"sometimes\"\n" },
		{ "on_no_key = \"wait\"; on_foreign_from = \"envelope\";\n",
		  ":1: on_foreign_from must be \"unsigned\" or \"sender\", not \"envelope\"\n"
		  ":1: on_no_key must be \"send\" or \"hold\", not \"wait\"\n" },
		{ "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"k.pem\"; } );\n",
		  ":1: file must be a path that begins with /, \"credential:NAME\" or \"environment:NAME\", not \"k.pem\"\n:1: a DKIM key needs domain, selector and file\n" },
		{ "default_via = [ \"mx\", \"isp\" ];\n", ":1: via \"isp\": no smarthost of that name\n" },
		{ "root = \"me\";\n", ":1: root must be a full address such as \"me@example.org\", not \"me\"\n" },
		{ "retry_min = \"5h\";\n", ":1: retry_min is longer than retry_max\n" },
		{ "control = \"/run/signet/socket\";\n", ":1: control and socket are the same path\n" },
		{ "sessions = 3;\nsessions_per_site = 5;\n", ":2: sessions_per_site is above sessions\n" },
		{ "a = 1;\nhostnam = \"x\";\nmx_port = 0;\n",
		  ":1: unknown setting \"a\"; signet.conf(5) lists the settings\n"
		  ":2: unknown setting \"hostnam\"; the nearest is \"hostname\"\n"
		  ":3: mx_port must be a port number from 1 to 65535, not \"0\"\n" },
		{ "local_domains = [ \"a\",\n \"b\", ];\n",
		  comma_may_trail() ? "" : ":2: syntax error: remove the comma before \"]\" in: \"b\", ];\n" },
		{ "local_domains = [ \"a\", ]; retry_min = 5m;\n",
		  comma_may_trail() ? ":1: syntax error: text must be in double quotes: \"5m\" in: local_domains = [ \"a\", ]; "
		                      "retry_min = 5m;\n"
		                    : ":1: syntax error: remove the comma before \"]\" in: local_domains = [ \"a\", ]; retry_min = 5m;\n" },
		{ "retry_min = 5m;\n", ":1: syntax error: text must be in double quotes: \"5m\" in: retry_min = 5m;\n" },
		{ "spool = \"/x\";\nspool = \"/y\";\n", ":2: duplicate setting name in: spool = \"/y\";\n" },
		{ "a = [ 1, \"x\" ];\n", ":1: mismatched element type in array in: a = [ 1, \"x\" ];\n" },
		{ "spool = \"/x", ":1: syntax error: the quote that begins here is never closed in: spool = \"/x\n" },
		{ "hostname = \"a.example\"; /* rest\n", ": the comment that begins in line 1 is never closed with */\n" },
		{ "@include \"/nonexistent/x\"\n", ":1: cannot open include file in: @include \"/nonexistent/x\"\n" },
		{ "\xef\xbb\xbfhostname = \"a.example\";\n", "" },
		{ "hostname = \"a.example\";\r\ndomain = \"b.example\";\r\n", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = { 0 }, bare = { 0 };
		size_t lines = 0;
		put(file, span_of(cases[i].text));
		size_t count = config_check(file, &out);
		struct span rest = buf_span(&out);
		while (rest.len > 0) {
			struct span line = span_cut(&rest, '\n');
			lines++;
			if (span_starts_nocase(line, span_of(file)))
				line = (struct span){ line.at + strlen(file), line.len - strlen(file) };
			buf_add_span(&bare, line);
			buf_add_byte(&bare, '\n');
		}
		is_text(buf_text(&bare), cases[i].want, "faults of: %s", cases[i].text);
		is_int(count, lines, "as many as lines");
		buf_free(&out);
		buf_free(&bare);
	}
}

/* What the owner set, if only to the default, is told from what nobody set. */
static void said(void)
{
	struct settings s;
	struct fault f = { 0 };

	put(file, span_of("sessions_per_site = 5; recipients_per_message = 30;\n"));
	ok(config_load(file, &s, &f) == 0, "some are set");
	ok(s.said.sessions_per_site && s.said.recipients_per_message, "those");
	ok(!s.said.mx_rate && !s.said.messages_per_session, "and not these");
	settings_free(&s);
}

static void plan_examples(void)
{
	static const char *const texts[] = {
		"domain = \"example.org\"; root = \"me@example.org\"; from = \"web1@example.org\";\n"
		"smarthost = { host = \"smtp.isp.example\"; port = 465;\n"
		"  user = \"me@isp.example\"; password_file = \"/etc/signet/isp.password\"; };\n",
		"hostname = \"mail.example.org\"; domain = \"example.org\"; root = \"me@example.org\";\n"
		"local_domains = [ \"localhost\" ]; masquerade = [ \"web1.example.org\" ];\n"
		"dkim = ( { domain = \"example.org\"; selector = \"s2026a\"; file = \"/etc/signet/keys/s2026a.pem\"; } );\n"
		"routes = ( { to = [ \"*\" ]; via = [ \"mx\" ]; } );\n",
		"hostname = \"mail.example.org\";  domain = \"example.org\";  root = \"me@example.org\";\n"
		"smarthosts = ( { name = \"isp\"; host = \"smtp.isp.example\"; port = 587;\n"
		"  user = \"me@isp.example\"; password_file = \"/etc/signet/isp.password\"; } );\n"
		"dkim = ( { domain = \"example.org\"; selector = \"mail\"; file = \"/etc/dkimkeys/mail.private\"; } );\n"
		"routes = ( { to = [ \"rogers.com\", \"yahoo.com\", \"mx:.yahoodns.net\" ]; via = [ \"isp\" ]; },\n"
		"  { to = [ \"*\" ]; via = [ \"mx\", \"isp\" ]; fallback_on = [ \"temporary\", \"blocked\" ]; fallback_for = \"6h\"; } );\n",
		"queue = \"none\"; log = \"stderr\"; timeout = \"20s\"; smarthost = { host = \"env:SMTP_HOST\"; port = 25; tls = \"may\"; };\n"
		"domain = \"env:MAIL_DOMAIN\"; hostname = \"env:SIGNET_TEST_UNSET=pod.example.org\"; root = \"env:SIGNET_TEST_UNSET=\";\n",
	};
	struct settings s[4];
	struct fault f = { 0 };

	setenv("SMTP_HOST", "smtp.isp.example", 1);
	setenv("MAIL_DOMAIN", "Example.ORG", 1);
	for (size_t i = 0; i < 4; i++) {
		put(file, span_of(texts[i]));
		if (!ok(config_load(file, &s[i], &f) == 0, "example %zu is read", i + 1)) {
			fprintf(stderr, "# %s\n", f.text);
			exit(1);
		}
	}
	ok(s[0].smarthosts[0].implicit_tls, "port 465 is TLS from the first byte");
	is_text(s[0].smarthosts[0].name, "smarthost", "the short form's name");
	is_int(s[0].smarthosts[0].tls, TLS_VERIFY, "a smarthost is verified");
	is_text(s[1].masquerade.items[0], "web1.example.org", "masquerade");
	is_int(s[1].routes[0].fallback_on, 0, "one hop has nothing to fall back on");
	is_text(s[2].dkim[0].domainkeys_file, "", "no DomainKeys");
	is_int(s[2].route_count, 2, "two routes");
	is_text(s[2].routes[0].to.items[2], "mx:.yahoodns.net", "a pattern");
	is_int(s[2].routes[1].fallback_for_ms, 6 * 3600 * 1000, "fallback_for");
	is_int(s[2].routes[1].fallback_on, FALLBACK_TEMPORARY | FALLBACK_BLOCKED, "fallback_on");
	is_int(s[2].routes[1].fallback_after_ms, 3600 * 1000, "fallback_after by default");
	is_text(s[3].smarthosts[0].host, "smtp.isp.example", "from the environment");
	is_text(s[3].domain, "example.org", "and in normal form");
	is_text(s[3].hostname, "pod.example.org", "what stands behind = where it says nothing");
	is_text(s[3].root, "", "which may be nothing");
	is_int(s[3].smarthosts[0].tls, TLS_MAY, "tls as set");
	ok(settings_have_no_queue(&s[3]) && !settings_have_no_queue(&s[0]), "a container has no queue");
	is_int(s[3].timeout_ms, 20 * 1000, "its timeout");
	ok(settings_only_hop(&s[3]) == &s[3].smarthosts[0], "all mail goes to one hop");
	ok(settings_only_hop(&s[1]) == NULL && settings_only_hop(&s[2]) == NULL, "and with routes it does not");
	for (size_t i = 0; i < 4; i++)
		settings_free(&s[i]);
}

static void absent_and_unreadable(void)
{
	struct settings s;
	struct fault f = { 0 };

	is_int(config_load("/nonexistent/signet.conf", &s, &f), 0, "no file is all defaults");
	is_text(s.spool, "/var/spool/signet", "with its values");
	settings_free(&s);
	is_int(config_read_for_submission("/nonexistent/signet.conf", &s, &f), 0, "for sendmail too");
	settings_free(&s);
	is_int(config_load("/tmp", &s, &f), -1, "a folder is no file");
	is_text(f.text, "/tmp: cannot be read: Is a directory", "and says so");
	is_int(f.kind, FAULT_PERMANENT, "permanent");
	is_text(f.status, "4.3.5", "4.3.5");
	put(file, SPAN("spool = \"/x\";\0junk"));
	is_int(config_load(file, &s, &f), -1, "a NUL is refused");
	is_int(config_load("/dev/zero", &s, &f), -1, "an endless file is refused");
	ok(strstr(f.text, "File too large") != NULL, "as too large");
	is_int(config_load("/dev/null", &s, &f), 0, "/dev/null is an empty file");
	settings_free(&s);
	put(file, SPAN("x = 1;\ny = 2;\n"));
	is_int(config_load(file, &s, &f), -1, "two faults");
	ok(strstr(f.text, ":1: unknown setting \"x\"") && strstr(f.text, "and 1 more"), "the first is told: %s", f.text);
}

static void for_submission(void)
{
	struct settings s;
	struct fault f = { 0 };

	put(file, SPAN("socket = \"/tmp/s\"; spool = \"/srv/mail\"; unknown = 1; hostname = 5;\n"));
	is_int(config_read_for_submission(file, &s, &f), 0, "faults in other rows do not matter to sendmail");
	is_text(s.socket, "/tmp/s", "socket");
	is_text(s.drop, "/srv/mail/drop", "drop follows spool");
	settings_free(&s);
	put(file, SPAN("socket = \"/tmp/s\"; drop = \"relative\";\n"));
	is_int(config_read_for_submission(file, &s, &f), -1, "a wrong value is told");
	is_text(s.socket, "/run/signet/socket", "and gives the defaults");
	ok(strstr(f.text, ":1: drop must be a path") != NULL, "with its place: %s", f.text);
	settings_free(&s);
	put(file, SPAN("socket = \"/tmp/s\"; routes = ( 1 ];\n"));
	is_int(config_read_for_submission(file, &s, &f), -1, "so does a broken file");
	is_text(s.drop, "/var/spool/signet/drop", "which gives the defaults");
	settings_free(&s);
}

/* Only the bounds of messages are sendmail's to know, and no reason to lose one. */
static void limits_for_submission(void)
{
	struct settings s;
	struct fault f = { 0 };

	put(file, SPAN("size_limit = \"2M\"; recipient_limit = 7;\n"));
	is_int(config_read_for_submission(file, &s, &f), 0, "sendmail reads the limits");
	is_int(s.size_limit, 2 * 1024 * 1024, "of size");
	is_int(s.recipient_limit, 7, "and of recipients");
	settings_free(&s);
	put(file, SPAN("size_limit = \"much\"; socket = \"/tmp/s\";\n"));
	is_int(config_read_for_submission(file, &s, &f), 0, "one that cannot be read costs no mail");
	is_int(s.size_limit, 100 * 1024 * 1024, "its default holds");
	is_text(s.socket, "/tmp/s", "and so does what else is set");
	settings_free(&s);
}

static void put_mode(const char *text, mode_t mode)
{
	put(file, span_of(text));
	if (chmod(file, mode) < 0)
		abort();
}

/* The tests are run by whoever owns the file; base/config_owner_test.c has the others. */
static void writable_by_others(void)
{
	static const char command[] = "drop_program = \"/tmp/mine\";\n";
	struct settings s;
	struct fault f = { 0 };
	bool root = geteuid() == 0;

	put_mode(command, 0644);
	is_int(config_load(file, &s, &f), 0, "one's own file names what is run");
	is_text(s.drop_program, "/tmp/mine", "and it is taken");
	settings_free(&s);
	is_int(config_read_for_submission(file, &s, &f), 0, "by sendmail too");
	is_text(s.drop_program, "/tmp/mine", "as it stands");
	settings_free(&s);
	put_mode(command, 0666);
	is_int(config_load(file, &s, &f), -1, "a file that others can write does not");
	ok(strstr(f.text, "go-w") != NULL, "and it is said what to do: %s", f.text);
	is_int(config_read_for_submission(file, &s, &f), -1, "nor for sendmail");
	ok(strcmp(s.drop_program, "/tmp/mine") != 0, "which runs what is built in");
	settings_free(&s);
	put_mode("domain = \"a.example\";\n", 0666);
	is_int(config_load(file, &s, &f), root ? -1 : 0, "root takes nothing from it: %s", f.text);
	if (!root)
		settings_free(&s);
	put_mode("", 0644);
}

/* A command in a file that is included is as good as that file. */
static void command_in_included_file(void)
{
	char other[80];
	struct settings s;
	struct fault f = { 0 };

	snprintf(other, sizeof other, "%s/other.conf", folder);
	put(other, SPAN("libexec = \"/tmp/mine\";\n"));
	put(file, SPAN("@include \"other.conf\"\n"));
	is_int(config_load(file, &s, &f), 0, "what is included names what is run: %s", f.text);
	settings_free(&s);
	if (chmod(other, 0666) < 0)
		abort();
	is_int(config_load(file, &s, &f), -1, "not when others can write it");
	ok(strstr(f.text, "other.conf:1: libexec says what to run") != NULL, "and that file is named: %s", f.text);
	unlink(other);
}

static void include(void)
{
	char other[80];
	struct settings s;
	struct fault f = { 0 };

	snprintf(other, sizeof other, "%s/other.conf", folder);
	put(other, SPAN("domain = \"b.example\";\n\nzzz = 1;\n"));
	put(file, SPAN("hostname = \"a.example\";\n@include \"other.conf\"\n"));
	is_int(config_load(file, &s, &f), -1, "an included file is read");
	ok(strstr(f.text, "other.conf:3: unknown") != NULL, "relative to the file, and named in a fault: %s", f.text);
	put(other, SPAN("domain = b.example;\n"));
	is_int(config_load(file, &s, &f), -1, "with a syntax error");
	ok(strstr(f.text, "other.conf:1: syntax error: text must be in double quotes") != NULL, "its place is told: %s", f.text);
	unlink(other);
}

static void fifo(void)
{
	struct settings s;
	struct fault f = { 0 };

	unlink(file);
	ok(mkfifo(file, 0600) == 0 && config_load(file, &s, &f) < 0, "a FIFO without a writer does not hold us for long");
	unlink(file);
}

static void which_file(void)
{
	unsetenv("SIGNET_CONFIG");
	is_text(config_file(NULL), CONFIG_DEFAULT_FILE, "the default");
	setenv("SIGNET_CONFIG", "/x", 1);
	is_text(config_file(NULL), "/x", "SIGNET_CONFIG");
	is_text(config_file("/y"), "/y", "-C wins");
	unsetenv("SIGNET_CONFIG");
}

int main(void)
{
	tap_plan(412);
	scratch_make(folder);
	snprintf(file, sizeof file, "%s/signet.conf", folder);
	faults();
	said();
	plan_examples();
	absent_and_unreadable();
	for_submission();
	limits_for_submission();
	writable_by_others();
	command_in_included_file();
	include();
	fifo();
	which_file();
	return tap_done();
}
