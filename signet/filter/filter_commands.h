/* SPDX-License-Identifier: ISC */
/*
 * filter_commands - the subcommands sign and verify. Each is in
 * NAME_command.c, gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_FILTER_FILTER_COMMANDS_H
#define SIGNET_FILTER_FILTER_COMMANDS_H

int command_sign(int argc, char **argv);
int command_verify(int argc, char **argv);

#endif
