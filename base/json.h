/*
 * json - texts for programs (RFC 8259). Foreign bytes may be in them: what is
 * printable ASCII stays, the rest goes as \u escapes, and a byte that is no
 * UTF-8 becomes U+FFFD.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

/* Appends z in quotes. */
void json_text(struct buf *out, const char *z);

/* Appends "name": "value"; the name is ours and plain. */
void json_member(struct buf *out, const char *name, const char *value);

#endif
