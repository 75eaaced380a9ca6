/* SPDX-License-Identifier: ISC */
/*
 * sendmail_owner - whose program lies where programs look for sendmail(8).
 *
 * Ours is known by what is in it, whatever links and diversions lead there. Of another's, dpkg's
 * lists say the package; without dpkg, or without a package, a link says at least where it leads.
 */
#ifndef BASE_CONF_SENDMAIL_OWNER_H
#define BASE_CONF_SENDMAIL_OWNER_H

#include "base/buf.h"

#include <stdbool.h>

#define SENDMAIL_OWNER_PLACE    "/usr/sbin/sendmail"
#define SENDMAIL_OWNER_PACKAGES "/var/lib/dpkg/info"    /* a file PACKAGE.list each, with a path in each line */

/*
 * True: the program at path is ours. False: one sentence without a newline is appended to out, which says
 * that it is not there, or whose it is, and what to do.
 */
bool sendmail_owner_is_us(const char *path, const char *packages, struct buf *out);

#endif
