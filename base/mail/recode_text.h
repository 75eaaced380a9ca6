/* SPDX-License-Identifier: ISC */
/*
 * recode_text - text made fit for SMTP, as a stream to a sink: in
 * quoted-printable and base64 (RFC 2045 section 6.7, 6.8), or with its lines
 * broken; and a look at what it lacks.
 *
 * Lines of its input end in CRLF, and a CR alone is a byte like others. Memory
 * is O(1).
 */
#ifndef BASE_MAIL_RECODE_TEXT_H
#define BASE_MAIL_RECODE_TEXT_H

#include "base/fault.h"
#include "base/mail/recode_field.h"

enum { RECODE_LINE_MAX = 998 };      /* without CRLF: RFC 5322 section 2.1.1, RFC 5321 section 4.5.3.1.6 */

/* ---- what is there: for text cut anywhere; begins zeroed ---- */

struct recode_look {
	size_t line_bytes;           /* of the line not yet ended */
	size_t longest_bytes;        /* of the lines that have ended, without CRLF */
	bool nul, eight_bit;
	bool bare_cr, ended_in_cr;   /* a CR without LF; the last byte is a CR */
	bool says_eight_bit;         /* perhaps: a line as Content-Transfer-Encoding has it, of 8bit or binary, or cut before that */
};

void recode_look(struct recode_look *l, struct span piece);

/* A line over RECODE_LINE_MAX, a NUL or a bare CR: SMTP does not carry it (RFC 5321 section 2.3.8). */
static inline bool recode_is_unfit(const struct recode_look *l)
{
	return l->bare_cr || l->longest_bytes > RECODE_LINE_MAX || l->line_bytes > RECODE_LINE_MAX + 1 || l->nul;
}

/* ---- where it goes ---- */

/* -1 ends it, with a fault of the sink's. */
typedef int recode_sink(void *context, struct span piece, struct fault *f);

struct recode_out {
	recode_sink *sink;
	void *context;
	struct fault *fault;
	bool failed;                 /* the sink had enough: what comes after is dropped */
	struct buf held;
};

void recode_out_add(struct recode_out *o, struct span bytes);
int recode_out_end(struct recode_out *o);        /* 0, or -1 where it failed; frees what it holds */

/* ---- encoders ---- */

/*
 * content is encoded with `to`; `from` says what it is in already: the same,
 * or none. last: nothing follows it in the message, so that it must end a line.
 */
void recode_encode(struct recode_out *o, struct span content, enum recode_encoding from, enum recode_encoding to,
                   bool last);

/* The shorter one. */
enum recode_encoding recode_shorter(struct span content);

/*
 * For text that cannot be encoded, since it stands outside of the parts, or is
 * a header section: its lines are broken, at blanks where there are, and go
 * on with a blank; NUL and a bare CR become blanks and, with eight_bit_too,
 * what is above 0x7f a question mark.
 */
void recode_break(struct recode_out *o, struct span text, bool eight_bit_too);

#endif
