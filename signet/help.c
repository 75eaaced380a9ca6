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

enum help_action help_action(const char *word, const char *action)
{
	bool alone = false, is_one = false;

	for (size_t i = 0; i < command_count; i++)
		if (command_is(&command_table[i], word)) {
			alone |= command_action(&command_table[i]).len == 0;
			is_one |= span_eq(command_action(&command_table[i]), span_of(action));
		}
	return is_one ? HELP_ACTION : alone ? HELP_NO_ACTION : HELP_WRONG_ACTION;
}

int help_unknown_action(const char *word, const char *action)
{
	struct nearest near = nearest_to(span_of(action));
	char actions[64][32];

	for (size_t i = 0; i < command_count && i < sizeof actions / sizeof actions[0]; i++) {
		struct span one = command_action(&command_table[i]);
		if (one.len == 0 || !command_is(&command_table[i], word))
			continue;
		snprintf(actions[i], sizeof actions[i], "%.*s", (int)one.len, one.at);
		nearest_try(&near, actions[i]);
	}
	fprintf(stderr, "signet: %s has no action \"%s\"", word, action);
	if (near.word)
		fprintf(stderr, "; the nearest is \"%s\"", near.word);
	fprintf(stderr, "; signet help lists them\n");
	return EX_USAGE;
}

static bool is_command(const char *word)
{
	for (size_t i = 0; i < command_count; i++)
		if (command_is(&command_table[i], word))
			return true;
	return false;
}

int command_help(int argc, char **argv)
{
	if (argc < 2) {
		help_print(stdout);
		return EX_OK;
	}
	if (!is_command(argv[1]))
		return help_unknown(argv[1]);
	if (argc > 3) {
		fprintf(stderr, "usage: signet help [COMMAND [ACTION]]\n");
		return EX_USAGE;
	}
	return print_meant(argv[1], argv[2]) ? EX_OK : help_unknown_action(argv[1], argv[2]);
}
