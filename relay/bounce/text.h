/* SPDX-License-Identifier: ISC */
/*
 * text - lines of a report, made of our words and of foreign bytes.
 *
 * What it writes are lines of at most LINE_MAX_BYTES that end in CRLF. A
 * foreign byte outside printable ASCII becomes \xNN, so that nothing in a
 * server's reply or in an address can become a field or a terminal sequence;
 * but characters of UTF-8 that only show themselves stay where the text may
 * have them.
 */
#ifndef RELAY_BOUNCE_TEXT_H
#define RELAY_BOUNCE_TEXT_H

#include "base/buf.h"

#include <stdint.h>

enum {
	COLUMNS = 76,            /* where prose is broken */
	LINE_MAX_BYTES = 900,    /* where a word without blanks is (RFC 5322 section 2.1.1 has 998) */
};

struct text {
	struct buf *out;
	size_t line_start;
	bool utf8;               /* it may have more than ASCII */
};

void text_end_line(struct text *t);
void text_line(struct text *t, const char *words);

/* The character in front that is shown as it is; 0 when its first byte is not. s is not empty. */
size_t text_shown(const struct text *t, struct span s);

/* A line that gets too long goes on in the next, after indent. */
void text_foreign(struct text *t, struct span s, const char *indent);

/* Words as a paragraph of their own, each line of it indented. */
void text_wrapped(struct text *t, const char *indent, struct span words);
void text_prose(struct text *t, const char *indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for text of several lines; empty ones are not worth their room. */
void text_paragraphs(struct text *t, const char *indent, struct span lines);

/* A field whose value is foreign: folded at its blanks, the lines of it joined. */
void text_field(struct text *t, const char *name, struct span value);

/* At most max bytes of z, which may be NULL. */
struct span text_clipped(const char *z, size_t max);

#endif
