/*
 * commands - the subcommands of signet(8). Each lives in the file of its name
 * and gets argv from its own name on; what it returns is the exit status.
 * main.c holds the one table that is help and dispatch alike.
 */
#ifndef SIGNET_COMMANDS_H
#define SIGNET_COMMANDS_H

int command_key(int argc, char **argv);      /* key new, list, show, import, rotate, revoke */
int command_dns(int argc, char **argv);
int command_sign(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_queue(int argc, char **argv);    /* queue list, flush, hold, release, delete, move … */
int command_test(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_route(int argc, char **argv);
int command_config(int argc, char **argv);   /* config check */
int command_reload(int argc, char **argv);

#endif
