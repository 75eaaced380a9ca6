/* SPDX-License-Identifier: ISC */
/*
 * drop_count - counts the files in the drop folder by their names, for the
 * owner's status. It opens none of them.
 */
#ifndef RELAY_QUEUE_DROP_COUNT_H
#define RELAY_QUEUE_DROP_COUNT_H

#include <stddef.h>

struct drop_count {
	size_t waiting;      /* records that pickup has not taken yet */
	size_t unfinished;   /* NAME.tmp */
	size_t bad;          /* NAME.bad: set aside */
};

/* All 0 when the folder cannot be read. At most DROP_COUNT_MAX names are looked at. */
struct drop_count drop_count(const char *folder);

enum { DROP_COUNT_MAX = 100000 };

#endif
