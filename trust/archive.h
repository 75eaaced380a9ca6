/* SPDX-License-Identifier: ISC */
/*
 * archive - what is in a file that somebody sent: itself, or what a gzip (RFC
 * 1952) or zip container holds. The one door to zlib. Pure; reads hostile bytes.
 *
 * Bounded against files that unpack into more than anybody has: in all
 * ARCHIVE_BYTES_MAX, ARCHIVE_MEMBERS_MAX, and ARCHIVE_RATIO_MAX times what was
 * packed; a container in a container is refused. Time and memory follow what is
 * unpacked, never what the container promises.
 *
 * Faults, permanent, 5.6.0: damaged or cut off, encrypted, packed by a method
 * that is not known here, or beyond a bound.
 */
#ifndef TRUST_ARCHIVE_H
#define TRUST_ARCHIVE_H

#include "base/buf.h"
#include "base/fault.h"

enum {
	ARCHIVE_BYTES_MAX = 32 * 1024 * 1024, ARCHIVE_MEMBERS_MAX = 50, ARCHIVE_RATIO_MAX = 250,
	ARCHIVE_RATIO_FROM = 1024 * 1024,        /* bytes unpacked: below that, any ratio will do */
};

/* -1 with a fault ends the reading. */
typedef int archive_take(void *context, struct span content, struct fault *f);

/* Calls take for each file in it, in order; for what is not a container, for all of it. */
int archive_read(struct span bytes, archive_take *take, void *context, struct fault *f);

/* It begins as one of these containers does. */
bool archive_is(struct span bytes);

#endif
