/* SPDX-License-Identifier: ISC */
/*
 * route_image - the tables of all rules as one constant database (cdb) in
 * sealed memory: made once, where the configuration is read, and mapped
 * read-only by the roles that route. A look-up costs the same however long a table is.
 *
 * Of a table the exact name counts first, then ".name" of what it lies
 * below, the longest first, then "*"; the order of its lines does not matter,
 * and a pattern with two different ways is a fault.
 */
#ifndef RELAY_ROUTE_ROUTE_IMAGE_H
#define RELAY_ROUTE_ROUTE_IMAGE_H

#include "base/conf/settings.h"

#include <stdint.h>

enum { ROUTE_IMAGE_WAYS_MAX = 1000 };   /* different lists of hops */

/*
 * Reads the tables and gives a read-only descriptor, owned by the caller. -1:
 * each fault is a line of faults with file, line, what and how to fix it; at
 * most 20 of one table.
 */
int route_image_make(const struct settings *s, struct buf *faults);

struct route_image;

/* Borrows fd until it is closed. NULL: it holds no image. */
struct route_image *route_image_open(int fd);
void route_image_close(struct route_image *image);

/* Of all that the tables say. */
uint64_t route_image_fingerprint(const struct route_image *image);

struct route_image_entry {
	unsigned line;                   /* of the table */
	const struct text_list *via;     /* borrowed from the image */
};

/* rule: its index in settings.routes. domain: without the final dot. */
bool route_image_find(struct route_image *image, size_t rule, struct span domain, struct route_image_entry *out);

#endif
