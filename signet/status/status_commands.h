/* SPDX-License-Identifier: ISC */
/*
 * status_commands - the subcommand status: gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_STATUS_STATUS_COMMANDS_H
#define SIGNET_STATUS_STATUS_COMMANDS_H

int command_status(int argc, char **argv);

#endif
