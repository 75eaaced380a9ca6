/* SPDX-License-Identifier: ISC */
/*
 * config_command - the subcommand config: check and manual. Gets argv from its own name
 * on, and returns the exit status.
 */
#ifndef SIGNET_CONFIG_COMMAND_H
#define SIGNET_CONFIG_COMMAND_H

int command_config(int argc, char **argv);

#endif
