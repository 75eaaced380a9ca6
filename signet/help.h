/* SPDX-License-Identifier: ISC */
/*
 * help - what signet can do: all commands in groups, those of a word, or one.
 */
#ifndef SIGNET_HELP_H
#define SIGNET_HELP_H

#include <stdio.h>

void help_print(FILE *to);

/* signet help [COMMAND [ACTION]]. EX_USAGE, with the nearest, for what is not one. */
int command_help(int argc, char **argv);

/* What a word behind the command's is: wrong where each row of the command has another action. */
enum help_action { HELP_NO_ACTION, HELP_ACTION, HELP_WRONG_ACTION };
enum help_action help_action(const char *word, const char *action);

/* "signet: no command ...", "... has no action ..." on standard error, with the nearest. Both return EX_USAGE. */
int help_unknown(const char *word);
int help_unknown_action(const char *word, const char *action);

#endif
