/* SPDX-License-Identifier: ISC */
/*
 * key_command - the subcommands of "signet key". Each lives in the file of its name,
 * gets argv from its own name on, and returns the exit status.
 */
#ifndef SIGNET_KEYS_KEY_COMMAND_H
#define SIGNET_KEYS_KEY_COMMAND_H

int key_new(int argc, char **argv);
int key_list(int argc, char **argv);
int key_show(int argc, char **argv);
int key_import(int argc, char **argv);
int key_rotate(int argc, char **argv);
int key_revoke(int argc, char **argv);

#endif
