/* SPDX-License-Identifier: ISC */
/*
 * message - reads a message's header section (RFC 5322 section 2.2) without
 * changing a byte: for sendmail, which takes recipients from it, and for
 * pickup, which makes of it what leaves.
 *
 * Lines may end in LF, in CRLF, or in more CR before the LF. A CR elsewhere is
 * white space, as SP and HTAB are: it ends no field. A field runs to the last
 * byte before the line end of its last line; folded lines belong to it. The
 * header section ends at an empty line, at the end of the input, or before a
 * line that cannot be a field (the rest is body then, as in messages without a
 * header), which one is whose name alone fills a line.
 */
#ifndef BASE_MAIL_MESSAGE_H
#define BASE_MAIL_MESSAGE_H

#include "base/span.h"

#include <stddef.h>
#include <string.h>

enum { MESSAGE_LINE_MAX = 998 };   /* without its end: RFC 5322 section 2.1.1 */

/* Of a token, as in Content-Type (RFC 2045 section 5.1). */
static inline bool message_is_token_byte(char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Of such bytes, and not empty (RFC 2045 section 5.1). */
static inline bool message_is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!message_is_token_byte(s.at[i]))
			return false;
	return s.len > 0;
}

struct field {
	struct span name;    /* as written, without blanks before the colon */
	struct span value;   /* after the colon up to, not with, the last line end; line ends of folds, and CR, inside */
	struct span raw;     /* the whole field with its final line end */
};

/*
 * Walks fields. Start with *rest the whole message (see message_skip_mbox).
 * True and the next field, or false at the end of the header section, with
 * *rest then at the body (after the empty line when there is one).
 */
bool message_next_field(struct span *rest, struct field *out);

/*
 * The same for a header section in the form of the wire, without the empty line, as signatures count it: only
 * CRLF ends a line, and only SP and HTAB fold one. Everything is a field; where message_field_name finds no name,
 * the name is empty and all of it is value. False at the end.
 */
bool message_next_wire_field(struct span *rest, struct field *out);

/* The name of the field that raw begins with, without blanks before the colon; empty when it begins with no field. */
struct span message_field_name(struct span raw);

/*
 * An mbox line: "From ", any number of '>' before it, and somewhere after it
 * a date as asctime(3) writes it. line comes without its end.
 */
bool message_is_mbox_line(struct span line);

/* Without leading mbox lines. */
struct span message_skip_mbox(struct span message);

/* The n-th (0 first) field of that name, ASCII case ignored. */
bool message_find_field(struct span message, struct span name, size_t n, struct field *out);

/* Where the body starts, as an offset into message; message.len when there is none. */
size_t message_body_offset(struct span message);

/*
 * Which fields are of one resending (RFC 5322 section 3.6.6): for a walk from
 * the top, with a zeroed struct. A trace field ends a block, and so does a
 * field that was in it already, since each stands once in a block.
 */
struct resent {
	bool open;
	unsigned seen;
};
enum resent_place { RESENT_NOT, RESENT_BEGINS, RESENT_GOES_ON };
enum resent_place message_resent(struct resent *r, struct span name);

/*
 * True when the first bytes `seen` of a message already hold the whole header
 * section: for readers that stream. Leading mbox lines are skipped. It
 * stays true however the message goes on.
 */
bool message_header_complete(struct span seen);

#endif
