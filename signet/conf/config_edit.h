/* SPDX-License-Identifier: ISC */
/*
 * config_edit - puts another selector and file into dkim entries of a
 * configuration's text, and leaves every other byte of it alone: comments,
 * order and blanks are the owner's. Several changes are made at once or not at all.
 *
 * Only what is plain is changed: an entry whose domain, selector and file are
 * each one string, without escapes, and not included from elsewhere. It must
 * be the only one of its kind.
 */
#ifndef SIGNET_CONF_CONFIG_EDIT_H
#define SIGNET_CONF_CONFIG_EDIT_H

#include "base/buf.h"
#include "base/fault.h"
#include "sign/sign.h"

struct config_edit {
	const char *domain;
	enum sign_scheme scheme;   /* DomainKeys: the selector and file in its group domainkeys; where that has no file, the
	                              selector alone, and the edit of the entry's own key, which signs, must stand beside it */
	const char *old_selector, *old_file;
	const char *new_selector, *new_file;
};

/* Appends the new text to out. -1: a fault 4.3.5 that says why it cannot be done, out as it was. */
int config_edit_text(struct span text, const struct config_edit *edit, struct buf *out, struct fault *f);

/* The same for the file at path, with all edits: just those settings change, and it is put in place as config_file_change says. */
int config_edit_file(const char *path, const struct config_edit *edits, size_t count, struct fault *f);

#endif
