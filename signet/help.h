/* SPDX-License-Identifier: ISC */
/*
 * help - what signet can do: all commands in groups, those of a word, or one.
 */
#ifndef SIGNET_HELP_H
#define SIGNET_HELP_H

#include <stdio.h>

void help_print(FILE *to);

/* signet help [COMMAND [ACTION]] */
int command_help(int argc, char **argv);

/* "signet: no command ..." on standard error. Returns EX_USAGE. */
int help_unknown(const char *word);

#endif
