/*
 * message - reads a message's header section (RFC 5322 section 2.2) without
 * changing a byte.
 *
 * Lines may end in CRLF or LF, mixed. A field runs to the last byte before
 * the line end of its last line; folded lines belong to it. The header
 * section ends at an empty line, at the end of the input, or before a line
 * that can be no field (then the rest is body, as the notes ask for messages
 * without headers).
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "base/span.h"

#include <stddef.h>

struct field {
	struct span name;    /* as written, without blanks before the colon */
	struct span value;   /* after the colon up to, not with, the last line end; line ends of folds inside */
	struct span raw;     /* the whole field with its final line end */
};

/*
 * Walks fields. Start with *rest the whole message (see message_skip_mbox).
 * True and the next field, or false at the end of the header section, with
 * *rest then at the body (behind the empty line when there is one).
 */
bool message_next_field(struct span *rest, struct field *out);

/* Without leading mbox "From " lines, each with any number of '>' before it. */
struct span message_skip_mbox(struct span message);

/* The n-th (0 first) field of that name, ASCII case ignored. */
bool message_find_field(struct span message, struct span name, size_t n, struct field *out);

/* Where the body starts, as an offset into message; message.len when there is none. */
size_t message_body_offset(struct span message);

/*
 * True when the first bytes `seen` of a message already hold the whole header
 * section: for readers that stream. Leading mbox lines are passed over. It
 * stays true however the message goes on.
 */
bool message_header_complete(struct span seen);

#endif
