/*
 * trust_commands - the subcommand check. It is in check_command.c, gets argv
 * from its own name on, and returns the exit status.
 */
#ifndef SIGNET_TRUST_TRUST_COMMANDS_H
#define SIGNET_TRUST_TRUST_COMMANDS_H

int command_check(int argc, char **argv);

#endif
