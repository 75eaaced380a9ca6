/* SPDX-License-Identifier: ISC */
#include "signet/help.h"

#include "base/conf/config.h"
#include "base/nearest.h"
#include "base/text_list.h"
#include "signet/command_table.h"

#include <sysexits.h>

/* Ends the line that says what is unknown, with the nearest of the known ones, which it frees. */
static int end_unknown(const char *typed, struct text_list *known)
{
	struct nearest near = nearest_to(span_of(typed));

	for (size_t i = 0; i < known->count; i++)
		nearest_try(&near, known->items[i]);
	if (near.word)
		fprintf(stderr, "; the nearest is \"%s\"", near.word);
	fprintf(stderr, "; signet help lists them\n");
	text_list_free(known);
	return EX_USAGE;
}

int help_unknown(const char *word)
{
	struct text_list words = { 0 };

	for (size_t i = 0; i < command_count; i++)
		text_list_add(&words, command_word(&command_table[i]));
	fprintf(stderr, "signet: no command \"%s\"", word);
	return end_unknown(word, &words);
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
	struct text_list actions = { 0 };

	for (size_t i = 0; i < command_count; i++)
		if (command_is(&command_table[i], word) && command_action(&command_table[i]).len > 0)
			text_list_add(&actions, command_action(&command_table[i]));
	fprintf(stderr, "signet: %s has no action \"%s\"", word, action);
	return end_unknown(action, &actions);
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
