/* SPDX-License-Identifier: ISC */
/*
 * aliases - the files of the setting aliases, and the lists that they
 * include, as they are on the disk now: the source that relay/route/alias_expand.h asks.
 *
 * They are read whole, and again when one of them has changed, so that no
 * command is needed after an edit. A file that is not there has no aliases. One that
 * cannot be read is a fault, as is a line of one: the rest holds. Of a name
 * in several files the first file counts.
 */
#ifndef RELAY_ROUTE_ALIASES_H
#define RELAY_ROUTE_ALIASES_H

#include "relay/route/alias_expand.h"

enum {
	ALIASES_FILES_MAX = 200,                 /* lists included */
	ALIASES_BYTES_MAX = 64 * 1024 * 1024,    /* of all together */
};

struct aliases;

/* Reads nothing yet. files is borrowed. */
struct aliases *aliases_new(const struct text_list *files);

/* Opens the file of that index in files, for a process that must not: a descriptor, or -1 with errno. Lists are opened by path. */
typedef int aliases_open(void *context, size_t index);
void aliases_open_by(struct aliases *a, aliases_open *open_file, void *context);
void aliases_free(struct aliases *a);

/*
 * Looks whether a file has changed, and if so, or for the first time, reads them; then true, and
 * everything that a look-up gave is gone. Costs one system call for each file.
 */
bool aliases_refresh(struct aliases *a);

/* Until the next refresh that is true. */
const struct alias_source *aliases_source(struct aliases *a);

/* Appends a line for each fault: "FILE:LINE: what, and how to fix it". Returns how many. */
size_t aliases_print_faults(const struct aliases *a, struct buf *out);

/* The same for aliases that lead back to themselves and to nobody else, by those settings. */
size_t aliases_print_loops(struct aliases *a, const struct settings *s, struct buf *out);

/*
 * Appends what a role must be able to read for the lists, once each: the folders of all lists and files, whether those are there
 * or not, since a list that is replaced is another file; but of /, /etc and /etc/signet, which hold other files as well, the
 * lists alone.
 */
void aliases_places(const struct aliases *a, struct text_list *out);

#endif
