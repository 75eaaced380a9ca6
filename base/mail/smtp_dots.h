/* SPDX-License-Identifier: ISC */
/*
 * smtp_dots - the bytes after DATA as a stream, cut anywhere: what of them is
 * the message, and where it ends (RFC 5321 section 4.5.2). The dot that was put
 * in front of a line is taken off again. Pure.
 *
 * A line begins at the start and after CRLF; with lf_lines after any LF. The
 * message ends with a line that has a dot alone and ends in CRLF; with lf_lines in
 * LF too. Otherwise CR and LF are bytes like any others.
 */
#ifndef BASE_MAIL_SMTP_DOTS_H
#define BASE_MAIL_SMTP_DOTS_H

#include "base/span.h"

/* Zeroed, but for lf_lines, it is ready, and so it is again after SMTP_DOTS_END. */
struct smtp_dots {
	bool lf_lines;
	enum { DOTS_LINE_BEGINS, DOTS_DOT, DOTS_DOT_CR, DOTS_INSIDE } at;
	bool after_cr;           /* DOTS_INSIDE: the last byte was CR; else false */
};

enum smtp_dots_found { SMTP_DOTS_MORE, SMTP_DOTS_BYTES, SMTP_DOTS_END };

/* Takes what it finds off the front of *in. SMTP_DOTS_BYTES: *out, not empty, is of the message; SMTP_DOTS_MORE: in is empty. */
enum smtp_dots_found smtp_dots_next(struct smtp_dots *d, struct span *in, struct span *out);

#endif
