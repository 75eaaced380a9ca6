/* SPDX-License-Identifier: ISC */
/*
 * config_file - a changed configuration in place of the one that is
 * there: whole or not at all, and only where config_load says of the new one
 * what was meant to change, and nothing else.
 */
#ifndef SIGNET_CONF_CONFIG_FILE_H
#define SIGNET_CONF_CONFIG_FILE_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/fault.h"

struct config_change {
	/* Appends the new text. -1: a fault 4.3.5 that says why it cannot be done. */
	int (*text)(const void *how, struct span old, struct buf *out, struct fault *f);

	/* Takes out of both what the change is about, so that what is left must be the same. False: it was not made. */
	bool (*take_out)(const void *how, struct settings *was, struct settings *is);
	const void *how;
	bool may_make;           /* a file that is not there begins empty */
	bool only_tried;         /* the file stays as it was */
};

/*
 * The file gets the owner and mode of the old one, or 0644, and is synced.
 * 4.3.5: the text cannot be changed so; 4.3.0: it cannot be written; 4.3.2:
 * somebody else changed it meanwhile.
 */
int config_file_change(const char *path, const struct config_change *c, struct fault *f);

/* The whole text of it; a file that is not there is empty text. */
int config_file_read(const char *path, struct buf *out, struct fault *f);

#endif
