/* SPDX-License-Identifier: ISC */
/*
 * setup_commands - the subcommand setup: gets argv from its own name on, and
 * returns the exit status.
 */
#ifndef SIGNET_SETUP_SETUP_COMMANDS_H
#define SIGNET_SETUP_SETUP_COMMANDS_H

int command_setup(int argc, char **argv);

#endif
