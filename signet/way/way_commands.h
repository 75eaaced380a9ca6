/*
 * way_commands - the subcommands route and test. Each lives in the file of its name,
 * gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_WAY_WAY_COMMANDS_H
#define SIGNET_WAY_WAY_COMMANDS_H

int command_route(int argc, char **argv);
int command_test(int argc, char **argv);

#endif
