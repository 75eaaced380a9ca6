/* SPDX-License-Identifier: ISC */
/*
 * rotate - carries a rotation on: gathers the facts, does what rotation_next
 * says, and tells whose turn it is. The state is on disk before each step that
 * it names, so that a killed signet is gone on from by the next.
 */
#ifndef SIGNET_KEYS_ROTATE_H
#define SIGNET_KEYS_ROTATE_H

#include "base/conf/settings.h"
#include "signet/keys/rotation.h"

struct rotate_options {
	bool yes;        /* publishes and switches without asking */
	bool publishes;  /* by settings_publish() */
	bool revoke;     /* signet key revoke */
	bool early;
};

/*
 * Under rotation_lock. The exit status: 0, 75 when something is to be waited for, or that of what failed. *ended, unless
 * NULL: the old key is revoked, and nothing is left of the rotation.
 */
int rotate_go_on(struct rotation *r, const struct rotate_options *options, bool *ended);

/* True when an entry of the configuration names the file, under whatever name. */
bool rotate_file_is_used(const struct settings *s, const char *path);

/* A published record in the form of signet dns. */
void rotate_say_record(const char *domain, const char *selector, const char *value);

#endif
