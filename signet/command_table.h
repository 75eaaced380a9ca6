/* SPDX-License-Identifier: ISC */
/*
 * command_table - the subcommands of signet(8): one table is dispatch, help,
 * and what shells complete. Those of one word stand together.
 */
#ifndef SIGNET_COMMAND_TABLE_H
#define SIGNET_COMMAND_TABLE_H

#include "base/span.h"

#include <stdbool.h>

/* How help orders them. */
enum command_group { COMMAND_DAILY, COMMAND_KEYS, COMMAND_RARELY, COMMAND_GROUPS };

struct command {
	const char *name;       /* one word, or two: the second is the command's own */
	enum command_group group;
	const char *synopsis;   /* what follows the name: "[--file FILE] [--type a|b] ID..." */
	const char *sentence;
	int (*run)(int argc, char **argv);    /* NULL: what shows this table, which main.c knows */
};

extern const struct command command_table[];
extern const size_t command_count;

struct span command_word(const struct command *c);
struct span command_action(const struct command *c);      /* empty without one */
bool command_is(const struct command *c, const char *word);
bool command_begins_word(size_t i);                       /* the first of its word in the table */

#endif
