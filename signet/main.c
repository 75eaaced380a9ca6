/*
 * signet - the owner's command. One table is help, dispatch and completion.
 */
#include "base/config.h"
#include "base/nearest.h"
#include "signet/choice.h"
#include "signet/commands.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static int command_help(int argc, char **argv);
static int command_completions(int argc, char **argv);

struct command {
	const char *name;       /* one word, or two: the second is the command's own */
	const char *synopsis;   /* what follows the name */
	const char *sentence;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "key new", "[--type rsa|ed25519] [--bits N] [--domainkeys] [--domain DOMAIN] [--selector SELECTOR] [--file FILE] [--configure]",
	  "Makes a signing key and says what to publish and to configure; without a selector, the next by date.", command_key },
	{ "key list", "[--json]", "Shows the configured keys, those that cannot be used, and where their rotations stand.",
	  command_key },
	{ "key show", "[--public] [--record] SELECTOR|DOMAIN|FILE",
	  "Shows a key: type, fingerprint, record and the form of OpenSSL; never the private half.", command_key },
	{ "key import", "[--opendkim FILE] [--key-table FILE] [--signing-table FILE] [--folder FOLDER] [--configure] "
	  "[--domain DOMAIN --selector SELECTOR [--password-command COMMAND] FILE]",
	  "Copies the keys of an OpenDKIM set-up, or one PEM file, and prints what goes into signet.conf.", command_key },
	{ "key rotate", "[--domain DOMAIN] [--selector OLD] [--to NEW] [--type rsa|ed25519] [--bits N] [--yes] [--status]",
	  "Begins the rotation of a key or goes on with it: make, publish, switch when every server shows it, keep, revoke.",
	  command_key },
	{ "key revoke", "[--domain DOMAIN] [--file FILE] [--now] SELECTOR...",
	  "Ends a key that signs no more: says what to publish, and when every server shows it, removes the file.", command_key },
	{ "dns", "[--format plain|bind|json|nsupdate] [--domain DOMAIN --selector SELECTOR --key FILE]\n"
	  "             [--check | --publish [--server ADDRESS[@PORT]] [--tsig-file FILE | --tsig NAME:ALGORITHM:FILE] [--yes]] [DOMAIN]",
	  "Prints the DNS records that the keys need, configured or given; with --publish puts them into their zones, "
	  "with --check looks whether every name server shows those of keys.", command_dns },
	{ "sign", "--domain DOMAIN --selector SELECTOR --key FILE [--algorithm A] [--canonicalization H/B] [--identity I]\n"
	  "             [--expires SECONDS] [--domainkeys nofws|simple] [--signed-fields LIST] [--oversigned-fields LIST]",
	  "Signs the message on standard input, with DKIM or with DomainKeys.", command_sign },
	{ "verify", "[--all] [--dns FILE] [--obsolete]",
	  "Verifies the message on standard input: 0 one signature passes, 1 none does, 2 there is none, 75 DNS does not answer.",
	  command_verify },
	{ "queue list", "[--json] " CHOICE_FILTERS " [ID...]",
	  "Shows the messages that wait and fit all of that: of everybody for the owner, else your own.", command_queue },
	{ "queue show", "[--json] ID...", "Shows all that is known of messages, with their header sections.", command_queue },
	{ "queue export", "[--crlf] [--file FILE] [--envelope FILE] ID",
	  "Writes a message as it waits, and its envelope as JSON.", command_queue },
	{ "queue flush", "[--json] [--dry-run] [--now] [FILTER...] [ID...]", "Tries the waiting messages now.", command_queue },
	{ "queue hold", "[--json] [--dry-run] FILTER...|ID...|all", "Keeps messages from being tried until they are released.",
	  command_queue },
	{ "queue release", "[--json] [--dry-run] FILTER...|ID...|all", "Lets held messages go, by the routes as they are now.",
	  command_queue },
	{ "queue delete", "[--json] [--dry-run] [--bounce] FILTER...|ID...|all",
	  "Takes messages out of the queue; the sender is told with --bounce only.", command_queue },
	{ "queue move", "[--json] [--dry-run] --via HOP[,HOP...] FILTER...|ID...|all",
	  "Sends messages over other next hops: mx or smarthosts.", command_queue },
	{ "queue status", "", "Shows what signetd is doing.", command_queue },
	{ "trace", "[--json] [--since AGE] ID|MESSAGE-ID|ADDRESS",
	  "Tells what became of mail, from the queue and the history of 30 days.", command_trace },
	{ "test", "[--from ADDRESS] [--via HOP] ADDRESS",
	  "Sends a small message and shows the SMTP dialogue until its outcome: 0 delivered, 75 deferred, 69 bounced.",
	  command_test },
	{ "route", "[--offline] [--json] [--from ADDRESS] ADDRESS",
	  "Says which way mail for the address goes, over which servers, and which keys sign it.", command_route },
	{ "route --sticky", "[--json | --clear SITE|all]",
	  "Shows which receivers distrust this host's address, so that mail passes them by; or sends it there again.",
	  command_route },
	{ "config check", "[FILE]", "Lists every fault of the configuration, and of the keys and passwords it names.",
	  command_config },
	{ "config manual", "", "Prints the settings as mdoc(7), the middle of signet.conf(5).", command_config },
	{ "reload", "", "Tells signetd that its configuration has changed.", command_reload },
	{ "completions", "", "Prints the completions for bash.", command_completions },
	{ "help", "[COMMAND]", "Shows this, or one command.", command_help },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static struct span first_word(const struct command *c)
{
	struct span rest = span_of(c->name);

	return span_cut(&rest, ' ');
}

static bool is_called(const struct command *c, const char *word)
{
	return span_eq(first_word(c), span_of(word));
}

static void print_command(FILE *to, const struct command *c)
{
	fprintf(to, "  signet %s%s%s\n      %s\n", c->name, c->synopsis[0] ? " " : "", c->synopsis, c->sentence);
}

static int unknown_command(const char *word)
{
	struct nearest near = nearest_to(span_of(word));
	char firsts[COMMANDS][32];

	for (size_t i = 0; i < COMMANDS; i++) {
		struct span first = first_word(&commands[i]);
		snprintf(firsts[i], sizeof firsts[i], "%.*s", (int)first.len, first.at);
		nearest_try(&near, firsts[i]);
	}
	fprintf(stderr, "signet: no command \"%s\"", word);
	if (near.word)
		fprintf(stderr, "; the nearest is \"%s\"", near.word);
	fprintf(stderr, "; signet help lists them\n");
	return EX_USAGE;
}

static void print_help(FILE *to)
{
	fprintf(to, "usage: signet [-C FILE] COMMAND ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		print_command(to, &commands[i]);
	fprintf(to, "\nThe configuration is FILE, else $SIGNET_CONFIG, else %s.\n", CONFIG_DEFAULT_FILE);
}

static int command_help(int argc, char **argv)
{
	bool found = false;

	if (argc < 2) {
		print_help(stdout);
		return EX_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!is_called(&commands[i], argv[1]))
			continue;
		print_command(stdout, &commands[i]);
		found = true;
	}
	return found ? EX_OK : unknown_command(argv[1]);
}

/* ---- completions: the words that can follow, from the names and synopses ---- */

static void print_options(const struct command *c)
{
	struct span rest = span_of(c->synopsis);

	while (rest.len > 0) {
		struct span word = span_trim(span_cut(&rest, ' '));
		while (word.len > 0 && (word.at[0] == '[' || word.at[0] == '('))
			word = (struct span){ word.at + 1, word.len - 1 };
		while (word.len > 0 && (word.at[word.len - 1] == ']' || word.at[word.len - 1] == ')'))
			word.len--;
		if (span_starts_nocase(word, SPAN("--")))
			printf(" %.*s", (int)word.len, word.at);
	}
}

static void print_words_after(size_t first)
{
	struct span word = first_word(&commands[first]);

	printf("\t%.*s) words=\"", (int)word.len, word.at);
	for (size_t i = first; i < COMMANDS && span_eq(first_word(&commands[i]), word); i++) {
		struct span second = span_of(commands[i].name);
		span_cut(&second, ' ');
		printf("%s%.*s", i > first && second.len > 0 ? " " : "", (int)second.len, second.at ? second.at : "");
		print_options(&commands[i]);
	}
	printf("\" ;;\n");
}

static bool begins_word(size_t i)
{
	return i == 0 || !span_eq(first_word(&commands[i]), first_word(&commands[i - 1]));
}

static int command_completions(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("# bash completion for signet(8); made by: signet completions\n"
	       "_signet() {\n"
	       "\tlocal words cur=${COMP_WORDS[COMP_CWORD]} at=1\n"
	       "\tif [ \"${COMP_WORDS[1]}\" = -C ]; then at=3; fi\n"
	       "\tcase ${COMP_WORDS[COMP_CWORD-1]} in\n"
	       "\t-C|--key|--file|--dns|--tsig-file|--opendkim|--key-table|--signing-table|--folder) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
	       "\tesac\n"
	       "\tif [ \"$COMP_CWORD\" -le \"$at\" ]; then\n"
	       "\t\twords=\"-C");
	for (size_t i = 0; i < COMMANDS; i++)
		if (begins_word(i))
			printf(" %.*s", (int)first_word(&commands[i]).len, commands[i].name);
	printf("\"\n"
	       "\telse case ${COMP_WORDS[at]} in\n");
	for (size_t i = 0; i < COMMANDS; i++)
		if (begins_word(i))
			print_words_after(i);
	printf("\tesac; fi\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	       "}\n"
	       "complete -o default -F _signet signet\n");
	return EX_OK;
}

static int dispatch(int argc, char **argv)
{
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
		return command_help(1, argv);
	if (strcmp(argv[0], "--version") == 0) {
		printf("signet %s\n", VERSION);
		return EX_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (is_called(&commands[i], argv[0]))
			return commands[i].run(argc, argv);
	return unknown_command(argv[0]);
}

/* -C FILE may stand anywhere; every command reads what SIGNET_CONFIG names. Returns the new argc. */
static int take_config_option(int argc, char **argv)
{
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-C") == 0 && i + 1 < argc)
			setenv("SIGNET_CONFIG", argv[++i], 1);
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

/*
 * Standard descriptors that are closed are not left to the next file opened,
 * which would take for its own what is meant for them. Using them fails still.
 */
static void hold_closed(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EX_OSERR);
}

int main(int argc, char **argv)
{
	hold_closed();
	signal(SIGPIPE, SIG_IGN);
	argc = take_config_option(argc, argv);
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	int status = dispatch(argc - 1, argv + 1);
	if (fflush(stdout) != 0) {
		perror("signet: standard output");
		return EX_IOERR;
	}
	return status;
}
