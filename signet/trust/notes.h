/* SPDX-License-Identifier: ISC */
/*
 * notes - small files in which the owner's commands remember something between
 * two runs: lines of text in SPOOL/trust, for the user whom the spool belongs to
 * and for root, who gives that user what it makes there.
 *
 * A file is replaced as a whole, and synced; two commands at once wait for each
 * other for a moment. Faults: 5.7.0 where somebody else runs it, with who may;
 * 4.3.2 where another has the lock, or before signetd has made the spool; else 4.3.0.
 */
#ifndef SIGNET_TRUST_NOTES_H
#define SIGNET_TRUST_NOTES_H

#include "base/buf.h"
#include "base/conf/settings.h"

enum { NOTES_BYTES_MAX = 1024 * 1024 };

/* Appends what is in it; nothing where it is not there. -1: it cannot be read, with its name. */
int notes_read(const struct settings *s, const char *name, struct buf *out, struct fault *f);

/* From what was there, what is to be there. */
typedef void notes_edit(void *context, struct span old, struct buf *text);
int notes_change(const struct settings *s, const char *name, notes_edit *edit, void *context, struct fault *f);

#endif
