/* SPDX-License-Identifier: ISC */
/*
 * fold - writes a header field in lines of at most 78 characters (RFC 5322
 * section 2.1.1) wherever it may be broken. Continuation lines start with one
 * space.
 */
#ifndef SIGN_FOLD_H
#define SIGN_FOLD_H

#include "base/buf.h"

struct fold {
	struct buf *out;
	size_t column;
};

struct fold fold_begin(struct buf *out, const char *name_and_colon);

/* A word with white space before it. */
void fold_word(struct fold *f, struct span word);

/* Goes on without white space, unless it must break before. */
void fold_piece(struct fold *f, struct span piece);

/* Goes on without white space, and may be cut anywhere. */
void fold_run(struct fold *f, struct span run);

void fold_line(struct fold *f);   /* the next word starts a line of its own */
void fold_end(struct fold *f);    /* the field's CRLF */

#endif
