/* SPDX-License-Identifier: ISC */
/*
 * header - a message's header section, taken off the front of a stream and
 * kept byte for byte; and the choice of its fields from the bottom up
 * (RFC 6376 section 5.4.2).
 *
 * It ends at the first empty line or at the end of the message. A line that
 * is not a field and folds nothing is kept as a field without a name. Choosing
 * a field costs O(log n), whatever the fields are called.
 */
#ifndef SIGN_HEADER_H
#define SIGN_HEADER_H

#include "base/buf.h"
#include "base/fault.h"

enum { HEADER_FIELDS_MAX = 50000 };

struct header;

struct header_field {
	struct span name;   /* without white space before the colon; empty: no field at all */
	struct span raw;    /* without the final CRLF */
};

struct header *header_new(void);
void header_free(struct header *h);

/*
 * Takes its part off the front of *piece. 1: the section is whole and what is
 * left in *piece is body; 0: more is needed; -1: a fault 5.3.4, too large.
 */
int header_feed(struct header *h, struct span *piece, struct fault *f);

/* Once, at the end of the section or of the message; then the calls below are valid. -1: 5.3.4. */
int header_finish(struct header *h, struct fault *f);

size_t header_count(const struct header *h);
const struct header_field *header_at(const struct header *h, size_t i);
size_t header_instances(const struct header *h, struct span name);

/* Its first line begins with a byte order mark of UTF-8, and is not a field for that. */
bool header_has_bom(const struct header *h);

#define HEADER_HAS_BOM "the message begins with a byte order mark, as some editors write it: save it without"

/* Starts a new choice, in which the field at `but` (SIZE_MAX: none) has no part. */
void header_choose(struct header *h, size_t but);

/* The lowest field of that name not yet chosen, or NULL. */
const struct header_field *header_next(struct header *h, struct span name);

/* In place of choosing: all fields of that name, until the next header_choose; and whether field i is one of such. */
void header_mark(struct header *h, struct span name);
bool header_is_marked(const struct header *h, size_t i);

#endif
