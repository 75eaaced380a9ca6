/* SPDX-License-Identifier: ISC */
/*
 * trust_commands - the subcommands check, explain, report and delist. Each is in NAME_command.c, gets argv
 * from its own name on, and returns the exit status.
 */
#ifndef SIGNET_TRUST_TRUST_COMMANDS_H
#define SIGNET_TRUST_TRUST_COMMANDS_H

int command_check(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_report(int argc, char **argv);
int command_delist(int argc, char **argv);

#endif
