/* SPDX-License-Identifier: ISC */
/*
 * import_commands - the subcommand import: gets argv from its own name on, and
 * returns the exit status.
 */
#ifndef SIGNET_IMPORT_IMPORT_COMMANDS_H
#define SIGNET_IMPORT_IMPORT_COMMANDS_H

int command_import(int argc, char **argv);

#endif
