/* SPDX-License-Identifier: ISC */
/*
 * signet - the owner's command.
 */
#include "base/span.h"
#include "signet/command_table.h"
#include "signet/completions.h"
#include "signet/help.h"
#include "signet/talk/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* argv[0] is the command's word. */
static int run_command(const struct command *c, int argc, char **argv)
{
	bool has_word = argc > 1 && argv[1][0] != '-';
	enum help_action action = has_word ? help_action(argv[0], argv[1]) : HELP_NO_ACTION;
	char *words[] = { argv[0], argv[0], action == HELP_ACTION ? argv[1] : NULL, NULL };

	if (action == HELP_WRONG_ACTION)
		return help_unknown_action(argv[0], argv[1]);
	if (asks_for_help(argc, argv))
		return command_help(action == HELP_ACTION ? 3 : 2, words);
	if (c->run == NULL)
		return command_is(c, "help") ? command_help(argc, argv) : command_completions(argc, argv);
	return c->run(argc, argv);
}

static int dispatch_command(int argc, char **argv)
{
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
		return command_help(1, argv);
	if (strcmp(argv[0], "--version") == 0) {
		printf("signet %s\n", VERSION);
		return EX_OK;
	}
	for (size_t i = 0; i < command_count; i++)
		if (command_is(&command_table[i], argv[0]))
			return run_command(&command_table[i], argc, argv);
	return help_unknown(argv[0]);
}

/* -C FILE may stand anywhere; every command reads what SIGNET_CONFIG names. Returns the new argc, or -1: -C names no file. */
static int take_config_option(int argc, char **argv)
{
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-C") == 0 && (i + 1 == argc || argv[i + 1][0] == '\0'))
			return -1;
		if (strcmp(argv[i], "-C") == 0)
			setenv("SIGNET_CONFIG", argv[++i], 1);
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

int main(int argc, char **argv)
{
	/*
	 * Standard descriptors that are closed are not left to the next file opened,
	 * which would take for its own what is meant for them. Using them fails still.
	 */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EX_OSERR);
	signal(SIGPIPE, SIG_IGN);
	argc = take_config_option(argc, argv);
	if (argc < 0) {
		fprintf(stderr, "signet: -C needs the name of a configuration file\n");
		return EX_USAGE;
	}
	if (argc < 2) {
		help_print(stderr);
		return EX_USAGE;
	}
	int status = dispatch_command(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain_end_if_unread(errno);
		perror("signet: standard output");
		return EX_IOERR;
	}
	return status;
}
