/* SPDX-License-Identifier: ISC */
/*
 * way_commands - the subcommands route, test and oauth. Each is in
 * NAME_command.c, gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_WAY_WAY_COMMANDS_H
#define SIGNET_WAY_WAY_COMMANDS_H

int command_route(int argc, char **argv);
int command_oauth(int argc, char **argv);
int command_test(int argc, char **argv);

#endif
