/* SPDX-License-Identifier: ISC */
/*
 * parts - the parts of a message (RFC 2046), and their contents decoded (RFC
 * 2045 section 6): for who reads a report or a bounce that somebody else wrote.
 *
 * Line ends may be CRLF or LF. A multipart is gone into, and so is a message in a
 * message, which is a part of its own before those in it. The structure is read
 * as base/mail/recode.h does: an outer boundary ends what is inside, and a
 * multipart whose boundary never comes is one part.
 *
 * Bounded by PARTS_MAX and PARTS_DEPTH_MAX: what lies deeper, or comes later, is
 * not looked at, and `cut` says so. Linear in the message but for the depth.
 */
#ifndef BASE_MAIL_PARTS_H
#define BASE_MAIL_PARTS_H

#include "base/mail/recode_field.h"

enum { PARTS_MAX = 200, PARTS_DEPTH_MAX = 8 };

struct part {
	struct span type;        /* "text/plain", as written; empty where it has none, or one that cannot be read */
	struct span header;      /* its header section */
	struct span content;     /* as it stands, encoded */
	enum recode_encoding encoding;
	unsigned depth;          /* 0: the message's own body */
};

struct part_list {
	struct part *items;      /* in the message's order; all borrows from the message */
	size_t count;
	bool cut;
};

void parts_read(struct span message, struct part_list *out);
void part_list_free(struct part_list *list);

/* Case ignored. The first from *at on, which moves behind it; NULL: none. */
const struct part *part_of_type(const struct part_list *list, struct span type, size_t *at);

/*
 * Appends the content decoded, max bytes at most. Bytes that are not of the encoding are skipped (RFC 2045
 * section 6.7 and 6.8). False: there is more than max, or the encoding is not known.
 */
bool part_decode(const struct part *p, size_t max, struct buf *out);

#endif
