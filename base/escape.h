/* SPDX-License-Identifier: ISC */
/*
 * escape - foreign text as one line of printable ASCII: for the log, and for
 * a terminal.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* Appends s; all but printable ASCII, and the backslash, is \xNN. For a terminal a TAB is a blank. */
void escape(struct buf *out, struct span s);
void escape_for_terminal(struct buf *out, struct span s);

#endif
