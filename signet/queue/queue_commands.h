/* SPDX-License-Identifier: ISC */
/*
 * queue_commands - the subcommands queue, suppress and trace. Each is in
 * NAME_command.c, gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_QUEUE_QUEUE_COMMANDS_H
#define SIGNET_QUEUE_QUEUE_COMMANDS_H

int command_queue(int argc, char **argv);    /* queue list, flush, hold, release, delete, move … */
int command_suppress(int argc, char **argv);
int command_trace(int argc, char **argv);

#endif
