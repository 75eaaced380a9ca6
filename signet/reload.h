/*
 * reload - tells a running signetd that its configuration has changed.
 */
#ifndef SIGNET_RELOAD_H
#define SIGNET_RELOAD_H

#include "base/settings.h"

/* -1: it does not run (4.3.2), or refuses the configuration, and goes on with the one it has. */
int reload_ask(const struct settings *s, struct fault *f);

#endif
