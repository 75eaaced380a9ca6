/* SPDX-License-Identifier: ISC */
/*
 * maps - the lookup tables of Postfix that a parameter names, as entries:
 * from the text that postmap(1) read, or out of the compiled table by postmap -s
 * where that is all there is.
 */
#ifndef SIGNET_IMPORT_MAPS_H
#define SIGNET_IMPORT_MAPS_H

#include "signet/import/reading.h"

struct map {
	char *file;                     /* of its entries */
	struct foreign_items entries;
};

struct maps {
	struct map *items;
	size_t count;
	char *everything;               /* static:VALUE, behind the others; NULL: there is none */
};

/* spec is the parameter's value; type is what a table without one is of. What cannot be read becomes a note about at. */
void maps_read(struct import *i, struct span spec, const char *type, const char *parameter, struct import_at at, struct maps *out);
void maps_free(struct maps *m);

/* The first entry of that key, letters' case ignored; NULL: none. *at, where not NULL: where it stands. */
const struct foreign_item *maps_find(const struct maps *m, const char *key, struct import_at *at);

/* The tables that spec names, each with its type; those of inline: as they are. Appended. Pure. */
void maps_split(struct span spec, struct text_list *out);

#endif
