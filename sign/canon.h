/* SPDX-License-Identifier: ISC */
/*
 * canon - canonicalisation (RFC 6376 section 3.4, RFC 4870 section 3.4.2): of
 * the body as a stream, of one header field at a time.
 *
 * The body is CRLF text cut anywhere, even between CR and LF. State is O(1)
 * in the message's size, and nothing here can fail. A CR or LF alone is a
 * byte like any other; white space is SP and HTAB, nothing else. Only nofws
 * takes each CR and LF for white space, as RFC 4870 has it.
 */
#ifndef SIGN_CANON_H
#define SIGN_CANON_H

#include "base/buf.h"
#include "sign/sign.h"

#include <stdint.h>

typedef void canon_sink(void *context, struct span piece);

enum { CANON_ROOM = 32 * 1024 };

struct canon_body {
	enum canon kind;
	canon_sink *sink;
	void *context;
	uint64_t line_ends;   /* CRLFs seen, kept back: they go if the body ends here */
	bool blank;           /* relaxed: white space kept back */
	bool cr;              /* a CR kept back until what follows is known */
	bool content;         /* something was written */
	size_t len;
	char room[CANON_ROOM];
};

void canon_body_begin(struct canon_body *b, enum canon kind, canon_sink *sink, void *context);
void canon_body_feed(struct canon_body *b, struct span piece);
void canon_body_end(struct canon_body *b);

/* Before the end: nothing but empty lines has come. RFC 4870 has no line end for such a body. */
bool canon_body_is_empty(const struct canon_body *b);

/* Appends one whole field, given and left without its final CRLF. */
void canon_field(enum canon kind, struct span field, struct buf *out);

const char *canon_name(enum canon kind);

#endif
