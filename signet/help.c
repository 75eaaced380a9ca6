/* SPDX-License-Identifier: ISC */
#include "signet/help.h"

#include "base/conf/config.h"
#include "base/nearest.h"
#include "signet/command_table.h"

#include <sysexits.h>

int help_unknown(const char *word)
{
	struct nearest near = nearest_to(span_of(word));
	char firsts[64][32];

	for (size_t i = 0; i < command_count && i < sizeof firsts / sizeof firsts[0]; i++) {
		struct span first = command_word(&command_table[i]);
		snprintf(firsts[i], sizeof firsts[i], "%.*s", (int)first.len, first.at);
		nearest_try(&near, firsts[i]);
	}
	fprintf(stderr, "signet: no command \"%s\"", word);
	if (near.word)
		fprintf(stderr, "; the nearest is \"%s\"", near.word);
	fprintf(stderr, "; signet help lists them\n");
	return EX_USAGE;
}

void help_print(FILE *to)
{
	static const char *const titles[COMMAND_GROUPS] = {
		[COMMAND_DAILY] = "Every day", [COMMAND_KEYS] = "Keys and their DNS records", [COMMAND_RARELY] = "Rarely",
	};

	fprintf(to, "usage: signet [-C FILE] COMMAND ...\n");
	for (int group = 0; group < COMMAND_GROUPS; group++) {
		fprintf(to, "\n%s:\n", titles[group]);
		for (size_t i = 0; i < command_count; i++)
			if ((int)command_table[i].group == group)
				fprintf(to, "  signet %-18s %s\n", command_table[i].name, command_table[i].sentence);
	}
	fprintf(to, "\nFor the options of one: \"signet help key\", \"signet help key new\"; signet(8) is the manual.\n"
	        "The configuration is FILE, else $SIGNET_CONFIG, else %s.\n", CONFIG_DEFAULT_FILE);
}

static bool is_meant(const struct command *c, const char *word, const char *action)
{
	return command_is(c, word) && (action == NULL || span_eq(command_action(c), span_of(action)));
}

static bool print_meant(const char *word, const char *action)
{
	bool found = false;

	for (size_t i = 0; i < command_count; i++)
		if (is_meant(&command_table[i], word, action)) {
			const struct command *c = &command_table[i];
			fprintf(stdout, "  signet %s%s%s\n      %s\n", c->name, c->synopsis[0] ? " " : "", c->synopsis, c->sentence);
			found = true;
		}
	return found;
}

/* An action that is none is answered by all of the command. */
int command_help(int argc, char **argv)
{
	if (argc < 2) {
		help_print(stdout);
		return EX_OK;
	}
	if ((argc > 2 && print_meant(argv[1], argv[2])) || print_meant(argv[1], NULL))
		return EX_OK;
	return help_unknown(argv[1]);
}
