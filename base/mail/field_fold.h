/* SPDX-License-Identifier: ISC */
/*
 * field_fold - folds the lines of a header field (RFC 5322 section 2.2.3) that
 * are too long: after commas, and semicolons between parameters, rather than at blanks,
 * inside a quoted string only when nothing else keeps a line within
 * MESSAGE_LINE_MAX, and right after the name last of all. Other lines stay.
 * Linear.
 */
#ifndef BASE_MAIL_FIELD_FOLD_H
#define BASE_MAIL_FIELD_FOLD_H

#include "base/buf.h"
#include "base/mail/field_form.h"

/*
 * Appends the field with every line over `most` bytes folded. field is without
 * its last CRLF, name_len counts its name and colon. -1: a line over MESSAGE_LINE_MAX has
 * no place for it; out is as it was.
 */
int field_fold(struct span field, size_t name_len, enum field_grammar grammar, size_t most, struct buf *out);

#endif
