/* SPDX-License-Identifier: ISC */
/*
 * source - the programs whose set-up can be taken over, one row each.
 */
#ifndef SIGNET_IMPORT_SOURCE_H
#define SIGNET_IMPORT_SOURCE_H

#include "signet/import/reading.h"

struct import_source {
	const char *name;        /* on the command line */
	const char *title;       /* for sentences */
	const char *file;        /* its usual main file */
	/* signet/import/readers.h; NULL: another command does it. */
	int (*read)(struct import *i, struct fault *f);
	const char *without;     /* how it is turned off, and on again; commands for a person */
	const char *with;
};

extern const struct import_source import_sources[];
extern const size_t import_source_count;

const struct import_source *import_source_of(const char *name);    /* NULL: there is none */

#endif
