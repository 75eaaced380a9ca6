/* SPDX-License-Identifier: ISC */
/*
 * sockets - the listening sockets, and how they come: from the signetd
 * that executed us again, from systemd (LISTEN_FDS), or made here.
 */
#ifndef RELAY_SIGNETD_SOCKETS_H
#define RELAY_SIGNETD_SOCKETS_H

#include "base/conf/listen.h"
#include "base/conf/settings.h"
#include "base/fault.h"

struct inherited {      /* descriptors, -1 for none; close-on-exec is set */
	int submission, control, lock;
	int listen[LISTEN_PLACES_MAX];   /* SMTP, by their number in settings.listen */
	bool lent;          /* the submission socket is systemd's: its file is not ours to remove */
};

#define SOCKETS_NONE ((struct inherited){ -1, -1, -1, { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 }, false })

/*
 * What the environment offers, if it is meant for this process; takes it out
 * of the environment. A descriptor whose path or place is not the settings' is closed.
 */
void sockets_inherit(const struct settings *s, struct inherited *out);

/* Puts the descriptors into the environment for an execve of ours. */
void sockets_bequeath(const struct inherited *give);

/*
 * A listening socket at path with that mode. A socket nobody listens on is
 * stale and replaced; one that is still answered after five seconds, which a
 * signetd that was killed would not be, is a fault 4.3.2.
 */
int sockets_listen(const char *path, unsigned mode, struct fault *f);

/*
 * A socket that takes SMTP at a place of the setting listen; the address need not be there yet. -1: a fault 4.3.2 when
 * another program is there, else 4.3.5, which says what to do.
 */
int sockets_listen_smtp(const char *place, struct fault *f);

/* Takes their files away, so that callers find no socket rather than one that nobody serves. */
void sockets_remove(const struct settings *s, const struct inherited *held);

#endif
