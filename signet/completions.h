/* SPDX-License-Identifier: ISC */
/*
 * completions - what a shell may offer after each command: its own options,
 * what they take, and its operands, all from the table of commands. Queue ids,
 * selectors and next hops are asked for by the shell at that moment:
 * signet completions ids|selectors|hops.
 */
#ifndef SIGNET_COMPLETIONS_H
#define SIGNET_COMPLETIONS_H

/* signet completions [bash|zsh|fish|ids|selectors|hops] */
int command_completions(int argc, char **argv);

#endif
