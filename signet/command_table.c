/* SPDX-License-Identifier: ISC */
#include "signet/command_table.h"

#include "base/view/trace.h"
#include "signet/config_command.h"
#include "signet/filter/filter_commands.h"
#include "signet/import/import_commands.h"
#include "signet/keys/keys_commands.h"
#include "signet/queue/choice.h"
#include "signet/queue/queue_commands.h"
#include "signet/setup/setup_commands.h"
#include "signet/status/status_commands.h"
#include "signet/talk/reload.h"
#include "signet/trust/trust_commands.h"
#include "signet/way/way_commands.h"

const struct command command_table[] = {
	{ "key new", COMMAND_KEYS, "[--type rsa|ed25519] [--bits N] [--domainkeys] [--domain DOMAIN] [--selector SELECTOR] [--file FILE] [--configure]",
	  "Makes a signing key and says what to publish and to configure; without a selector, the next by date.", command_key },
	{ "key list", COMMAND_KEYS, "[--json]", "Shows the configured keys, those that cannot be used, and where their rotations stand.",
	  command_key },
	{ "key show", COMMAND_KEYS, "[--public] [--record] SELECTOR|DOMAIN|FILE",
	  "Shows a key: type, fingerprint, record and the form of OpenSSL; never the private half.", command_key },
	{ "key import", COMMAND_KEYS, "[--opendkim FILE] [--key-table FILE] [--signing-table FILE] [--folder FOLDER] [--root FOLDER] [--configure] [--dry-run] "
	  "[--domain DOMAIN --selector SELECTOR [--password-command COMMAND] FILE]",
	  "Copies the keys of an OpenDKIM set-up, or one PEM file, and prints what goes into signet.conf.", command_key },
	{ "key rotate", COMMAND_KEYS, "[--domain DOMAIN] [--selector OLD] [--to NEW] [--type rsa|ed25519] [--bits N] [--yes] [--status | --due [--mail]]",
	  "Begins the rotation of a key or goes on with it: make, publish, switch when every server shows it, keep, revoke.",
	  command_key },
	{ "key revoke", COMMAND_KEYS, "[--domain DOMAIN] [--file FILE] [--now] [--yes] SELECTOR...",
	  "Revokes a key that no longer signs: says what to publish and, when every server shows it, removes the file.",
	  command_key },
	{ "dns", COMMAND_KEYS, "[--format plain|bind|json|nsupdate] [--address ADDRESS]... [--domain DOMAIN --selector SELECTOR --key FILE]\n"
	  "             [--check | --publish [--server ADDRESS[@PORT]] [--tsig-file FILE | --tsig NAME:ALGORITHM:FILE] [--yes]] [DOMAIN]",
	  "Prints the DNS records that the keys need, configured or given, and SPF for the addresses that mail leaves from; with --publish puts them into their zones, with "
	  "--check asks whether every name server shows those of the keys.", command_dns },
	{ "check", COMMAND_DAILY, "[--only LIST] [--skip LIST] [--json | --nagios] [--changed [--mail]] [--wait] [--all] [--fresh] [--file FILE] [--explain CHECK|all] [DOMAIN...]",
	  "Looks at what the world sees of this server and its domains, and says what to fix first, and how.", command_check },
	{ "sign", COMMAND_RARELY, "--domain DOMAIN --selector SELECTOR --key FILE [--algorithm A] [--canonicalization H/B] [--identity I]\n"
	  "             [--expires SECONDS] [--domainkeys nofws|simple] [--signed-fields LIST] [--oversigned-fields LIST]",
	  "Signs the message on standard input, with DKIM or with DomainKeys.", command_sign },
	{ "verify", COMMAND_RARELY, "[--all] [--dns FILE] [--obsolete] [--add] [--id NAME]\n"
	  "             [--ip ADDRESS --helo NAME --from ADDRESS]",
	  "Verifies the message on standard input: 0 one signature passes, 1 none does, 2 there is none, 75 DNS does not answer. "
	  "With the client it came from, its SPF and DMARC too: 0 deliver it, 1 it is suspect, 77 refuse it, 75 try again.",
	  command_verify },
	{ "queue list", COMMAND_DAILY, "[--json] " CHOICE_FILTERS " [ID...]",
	  "Shows the messages that wait and match all filters: everybody's for the owner, else your own.", command_queue },
	{ "queue show", COMMAND_DAILY, "[--json] ID...", "Shows everything that is known about messages, with their header "
	  "sections.", command_queue },
	{ "queue export", COMMAND_RARELY, "[--crlf] [--file FILE] [--envelope FILE] ID",
	  "Writes a message as it waits, and its envelope as JSON.", command_queue },
	{ "queue flush", COMMAND_DAILY, "[--json] [--dry-run] [--now] [FILTER...] [ID...]", "Tries the waiting messages now.", command_queue },
	{ "queue hold", COMMAND_RARELY, "[--json] [--dry-run] FILTER...|ID...|all", "Keeps messages from being tried until they are released.",
	  command_queue },
	{ "queue release", COMMAND_RARELY, "[--json] [--dry-run] FILTER...|ID...|all", "Lets held messages go, by the routes as they are now.",
	  command_queue },
	{ "queue delete", COMMAND_DAILY, "[--json] [--dry-run] [--bounce] FILTER...|ID...|all",
	  "Deletes messages from the queue; only with --bounce is the sender told.", command_queue },
	{ "queue move", COMMAND_RARELY, "[--json] [--dry-run] --via HOP[,HOP...] FILTER...|ID...|all",
	  "Sends messages over other next hops: mx or smarthosts.", command_queue },
	{ "queue destinations", COMMAND_RARELY, "[--json]",
	  "Shows where mail goes or is to go, and the state of each destination: sessions, failures, the next try.", command_queue },
	{ "queue status", COMMAND_DAILY, "[--counters]",
	  "Shows the state of the queue: what waits and why, what is held, who distrusts this host; or its counters.",
	  command_queue },
	{ "status", COMMAND_DAILY, "[--ready | --watch | --json | --html | --prometheus]",
	  "Shows the mail of this host at a glance: the queue, the last days by receiver, blocks and keys; as a page or for Prometheus, too.",
	  command_status },
	{ "suppress list", COMMAND_RARELY, "[--json]",
	  "Shows the addresses that are not tried again, since a server said that there is no such mailbox.", command_suppress },
	{ "suppress remove", COMMAND_RARELY, "ADDRESS...", "Has mail for them tried again.", command_suppress },
	{ "trace", COMMAND_DAILY, "[--json] [--since AGE] ID|MESSAGE-ID|ADDRESS",
	  "Tells what became of mail, from the queue and the history of " TRACE_HISTORY ".", command_trace },
	{ "test", COMMAND_DAILY, "[--no-data] [--from ADDRESS] [--via HOP] ADDRESS",
	  "Sends a small message and shows the SMTP dialogue until its outcome: 0 delivered, 75 deferred, 69 bounced; with --no-data only asks.",
	  command_test },
	{ "explain", COMMAND_DAILY, "[--json] [--server AUTHSERV-ID] REPLY|FILE|- | --verdicts",
	  "Says in plain words what a server's reply, a bounce or the header of a delivered mail means: 0 explained, 1 not understood.",
	  command_explain },
	{ "report", COMMAND_DAILY, "[--json] [--ours ADDRESS]... FILE|-",
	  "Reads a DMARC or TLS report, or the mail that brought it: what receivers saw fail of this host's mail, and who else sends.",
	  command_report },
	{ "delist", COMMAND_RARELY, "[--address ADDRESS]... [--asked | --forget | --json] RECEIVER | --list [--json]",
	  "Prepares a request to a receiver or blocklist to trust this host's address again, and says whether to ask again.",
	  command_delist },
	{ "route", COMMAND_DAILY, "[--offline] [--json] [--from ADDRESS] ADDRESS...|-",
	  "Says which way mail for each address goes, over which servers, and which keys sign it; with -, for each line of "
	  "standard input.", command_route },
	{ "route --sticky", COMMAND_DAILY, "[--json | --clear SITE|all]",
	  "Lists blocked sites: receivers that distrust this host's address; or sends mail there again.",
	  command_route },
	{ "oauth login", COMMAND_RARELY, "[--device | --browser] [SMARTHOST]",
	  "Logs a smarthost's user in with an OAuth provider, by a code or with a browser; signetd renews the tokens from then on.",
	  command_oauth },
	{ "oauth status", COMMAND_RARELY, "[--json]", "Shows the logins by OAuth: smarthost, user and age; never a token.", command_oauth },
	{ "setup", COMMAND_DAILY, "[--root ADDRESS] [--domain DOMAIN] [--hostname NAME] [--via mx|smarthost|mix]\n"
	  "             [--smarthost HOST[:PORT] [--user USER --password-file FILE]] [--tsig-file FILE] [--server ADDRESS[@PORT]]\n"
	  "             [--postfix FILE] [--import-opendkim FILE] [--no-test] [--yes | --dry-run]",
	  "Looks at this host, recommends the way for its mail, and sets up what is missing: configuration, key, records; then a test mail.",
	  command_setup },
	{ "import", COMMAND_RARELY, "postfix|msmtp|dma|nullmailer|ssmtp|opendkim|exim-smarthost [--root FOLDER] [--dry-run] [--queue] [FILE|FOLDER]",
	  "Takes over the set-up of another mail program into signet.conf, and says what it could not; with --queue takes over the mail that waits there.",
	  command_import },
	{ "config check", COMMAND_DAILY, "[FILE]", "Lists every fault of the configuration, and of the keys and passwords it names.",
	  command_config },
	{ "config manual", COMMAND_RARELY, "", "Prints the settings as mdoc(7), the middle of signet.conf(5).", command_config },
	{ "reload", COMMAND_DAILY, "", "Tells signetd that its configuration has changed.", command_reload },
	{ "completions", COMMAND_RARELY, "[bash|zsh|fish|ids|selectors|hops]", "Prints the completions for a shell; with ids, "
	  "selectors or hops, what those may be now.", NULL },
	{ "help", COMMAND_DAILY, "[COMMAND [ACTION]]", "Shows this, or the options of one command or of one of its actions.", NULL },
};

const size_t command_count = sizeof command_table / sizeof command_table[0];

struct span command_word(const struct command *c)
{
	struct span rest = span_of(c->name);

	return span_cut(&rest, ' ');
}

struct span command_action(const struct command *c)
{
	struct span rest = span_of(c->name);

	span_cut(&rest, ' ');
	return rest.at ? rest : (struct span){ 0 };
}

bool command_is(const struct command *c, const char *word)
{
	return span_eq(command_word(c), span_of(word));
}

bool command_begins_word(size_t i)
{
	return i == 0 || !span_eq(command_word(&command_table[i]), command_word(&command_table[i - 1]));
}
