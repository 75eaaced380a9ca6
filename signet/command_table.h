/* SPDX-License-Identifier: ISC */
/*
 * command_table - the subcommands of signet(8): one table is dispatch, help,
 * and what shells complete. Those of one word stand together.
 *
 * What they exit with is one table, too: signet(8), EXIT STATUS, has these lines
 * for its reader, and tests/signet/exit_test.sh a fault of each kind. A fault
 * knows its code (fault_exit_code()); complain() says the fault and returns it.
 *
 *	0   done; all is well
 *	1   nothing is known of what was asked for, or matches
 *	64  the command line is wrong, or names what this host does not have
 *	65  what was read is not what it should be: a file, a report, an address
 *	66  a file or folder that the command line names cannot be opened, whatever was to be in it (77: by this user)
 *	67  suppress remove: no server has refused that address
 *	68  mail has no route; no such domain or site
 *	69  a server does not do what was asked: no mail is taken, no zone is its own
 *	71  the system is out of something
 *	73  a file cannot be made, or there is one of that name
 *	74  reading or writing failed, as on a full disk
 *	75  later: signetd or DNS does not answer, or something is waited for
 *	77  not permitted: to this user, by signetd or a server, or not confirmed
 *	78  a fault in the configuration, or in a key or secret
 *
 * Others, each told where signet(8) tells of the command: check 0 to 3; verify
 * 0, 1, 2; explain 1; test 69; status --ready 1.
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
