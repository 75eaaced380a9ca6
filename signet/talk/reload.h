/* SPDX-License-Identifier: ISC */
/*
 * reload - tells a running signetd that its configuration has changed; and the
 * subcommand of that name, which gets argv from it on and returns the exit status.
 */
#ifndef SIGNET_TALK_RELOAD_H
#define SIGNET_TALK_RELOAD_H

#include "base/conf/settings.h"

/* At once, without waiting for what it does. -1: it does not run (4.3.2), or refuses the configuration, and goes on with the one it has. */
int reload_ask(const struct settings *s, struct fault *f);

/*
 * Waits until it has started again with it. -1: as above, or 4.3.2 when it has not within the time that it gives to what
 * it is sending, and a little more.
 */
int reload_wait(const struct settings *s, struct fault *f);

int command_reload(int argc, char **argv);

#endif
