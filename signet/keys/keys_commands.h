/* SPDX-License-Identifier: ISC */
/*
 * keys_commands - the subcommands key and dns. Each is in
 * NAME_command.c, gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_KEYS_KEYS_COMMANDS_H
#define SIGNET_KEYS_KEYS_COMMANDS_H

int command_key(int argc, char **argv);      /* key new, list, show, import, rotate, revoke */
int command_dns(int argc, char **argv);

#endif
