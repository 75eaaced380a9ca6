/* SPDX-License-Identifier: ISC */
#include "sign/canon.h"

#include <endian.h>

/* ---- output ---- */

static void flush_body(struct canon_body *b)
{
	if (b->len > 0)
		b->sink(b->context, (struct span){ b->room, b->len });
	b->len = 0;
}

static inline void put_byte(struct canon_body *b, char c)
{
	if (b->len == CANON_ROOM)
		flush_body(b);
	b->room[b->len++] = c;
}

static void put_line_ends(struct canon_body *b)
{
	for (; b->line_ends > 0; b->line_ends--) {
		put_byte(b, '\r');
		put_byte(b, '\n');
	}
}

/* Content comes: what was kept back is content too, in the order it was seen. */
static void release_kept(struct canon_body *b)
{
	put_line_ends(b);
	if (b->blank)
		put_byte(b, ' ');
	if (b->cr)
		put_byte(b, '\r');
	b->blank = b->cr = false;
	b->content = true;
}

static struct span span_from(struct span s, size_t offset)
{
	return span_between(s.at + offset, s.at + s.len);
}

/* ---- simple: section 3.4.3 ---- */

static void feed_simple(struct canon_body *b, struct span piece)
{
	if (b->cr && piece.at[0] == '\n') {
		b->cr = false;
		b->line_ends++;
		piece = span_from(piece, 1);
	} else if (b->cr) {
		release_kept(b);
	}
	/* CRLFs at the end are kept back, and a CR that may become one. */
	bool cr = piece.len > 0 && piece.at[piece.len - 1] == '\r';
	size_t line_ends = 0;
	piece.len -= cr;
	while (piece.len >= 2 && piece.at[piece.len - 2] == '\r' && piece.at[piece.len - 1] == '\n') {
		piece.len -= 2;
		line_ends++;
	}
	if (piece.len > 0) {
		release_kept(b);
		flush_body(b);
		b->sink(b->context, piece);
		b->line_ends = 0;
	}
	b->line_ends += line_ends;
	b->cr = cr;
}

/* ---- plain text, that no canonicalisation changes ---- */

/*
 * How many bytes at the front of the eight are above SP. The lowest byte
 * whose high bit is set in the result of the subtraction is exact; what a
 * borrow makes of higher ones does not matter.
 */
static inline size_t plain_bytes(uint64_t eight)
{
	uint64_t low = (eight - 0x2121212121212121U) & ~eight & 0x8080808080808080U;

	return low ? (size_t)__builtin_ctzll(low) / 8 : 8;
}

/* Copies the run of bytes above SP at the front; returns its length. */
static size_t copy_plain(struct canon_body *b, struct span s)
{
	size_t done = 0;

	while (s.len - done >= 8) {
		uint64_t eight;
		if (b->len > CANON_ROOM - 8)
			flush_body(b);
		memcpy(&eight, s.at + done, 8);
		memcpy(b->room + b->len, &eight, 8);
		size_t plain = plain_bytes(le64toh(eight));
		b->len += plain;
		done += plain;
		if (plain < 8)
			return done;
	}
	while (done < s.len && (unsigned char)s.at[done] > ' ')
		put_byte(b, s.at[done++]);
	return done;
}

/* ---- relaxed: section 3.4.4 ---- */

typedef unsigned char lanes __attribute__((vector_size(16)));

enum { LANES = sizeof(lanes), RUN_MOST = 4096 };

/*
 * Copies the lanes, and says how many bytes at their front come before the
 * first tab, and the first space that stands before what might be white space
 * or a line's end. Reads one byte more.
 */
static inline size_t copy_lanes(const char *from, char *to)
{
	lanes here, next;
	uint64_t halves[2];

	memcpy(&here, from, sizeof here);
	memcpy(&next, from + 1, sizeof next);
	memcpy(to, &here, sizeof here);
	lanes awkward = (lanes)(here == '\t') | ((lanes)(here == ' ') & (lanes)(next <= ' '));
	memcpy(halves, &awkward, sizeof halves);
	if (halves[0])
		return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
	return halves[1] ? 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8 : LANES;
}

/* Copies until the first blank that may not stay as it is: then true. False at `most`; the last byte goes unseen. */
static bool copy_until_awkward(const char *from, size_t most, size_t *in, char **to)
{
	size_t easy = LANES;

	while (easy == LANES && most - *in > LANES) {
		easy = copy_lanes(from + *in, *to);
		*in += easy;
		*to += easy;
	}
	if (easy < LANES)
		return true;
	for (; *in < most; ++*in) {
		const char *at = from + *in;
		if (*in + 1 < most && (at[0] == '\t' || (at[0] == ' ' && (unsigned char)at[1] <= ' ')))
			return true;
		*(*to)++ = *at;
	}
	return false;
}

/*
 * Copies a front of s that is settled, whatever follows: it ends with a byte
 * above SP, with which s begins, too. Returns its length.
 */
static size_t copy_settled(struct canon_body *b, struct span s)
{
	size_t in = 0, most = s.len < RUN_MOST ? s.len : RUN_MOST;

	if (CANON_ROOM - b->len < RUN_MOST)
		flush_body(b);
	char *to = b->room + b->len;
	while (copy_until_awkward(s.at, most, &in, &to)) {
		/* Blanks within a line become one; others may be its end. */
		size_t end = in;
		while (end < most && byte_is_blank(s.at[end]))
			end++;
		if (end == most || (unsigned char)s.at[end] <= ' ')
			break;
		*to++ = ' ';
		in = end;
	}
	for (; (unsigned char)s.at[in - 1] <= ' '; in--)
		to--;
	b->len = (size_t)(to - b->room);
	return in;
}

static void feed_relaxed(struct canon_body *b, struct span piece)
{
	while (piece.len > 0) {
		char c = piece.at[0];
		size_t taken = 1;
		if ((unsigned char)c > ' ') {
			release_kept(b);
			taken = copy_settled(b, piece);
		} else if (c == '\n' && b->cr) {
			b->cr = b->blank = false;
			b->line_ends++;
		} else {
			if (b->cr)
				release_kept(b);
			b->blank |= byte_is_blank(c);
			b->cr = c == '\r';
			if (!byte_is_blank(c) && c != '\r') {
				release_kept(b);
				put_byte(b, c);
			}
		}
		piece = span_from(piece, taken);
	}
}

/* ---- nofws: RFC 4870 section 3.4.2.2; also a CR or LF alone is white space ---- */

static void feed_nofws(struct canon_body *b, struct span piece)
{
	while (piece.len > 0) {
		char c = piece.at[0];
		size_t taken = 1;
		if ((unsigned char)c > ' ') {
			b->cr = false;
			release_kept(b);
			taken = copy_plain(b, piece);
		} else {
			b->line_ends += c == '\n' && b->cr;
			b->cr = c == '\r';
			if (!byte_is_white(c)) {
				release_kept(b);
				put_byte(b, c);
			}
		}
		piece = span_from(piece, taken);
	}
}

/* ---- all ---- */

void canon_body_begin(struct canon_body *b, enum canon kind, canon_sink *sink, void *context)
{
	b->kind = kind;
	b->sink = sink;
	b->context = context;
	b->line_ends = 0;
	b->blank = b->cr = b->content = false;
	b->len = 0;
}

static void (*const feeds[])(struct canon_body *b, struct span piece) = {
	[CANON_SIMPLE] = feed_simple, [CANON_RELAXED] = feed_relaxed, [CANON_NOFWS] = feed_nofws,
};

void canon_body_feed(struct canon_body *b, struct span piece)
{
	if (piece.len == 0)
		return;
	feeds[b->kind](b, piece);
}

/* An empty body is CRLF when simple and nothing otherwise. */
void canon_body_end(struct canon_body *b)
{
	if (b->cr && b->kind != CANON_NOFWS)
		release_kept(b);
	b->line_ends = b->content || b->kind == CANON_SIMPLE;
	put_line_ends(b);
	flush_body(b);
}

bool canon_body_is_empty(const struct canon_body *b)
{
	return !b->content && (!b->cr || b->kind == CANON_NOFWS);
}

/* ---- header fields: sections 3.4.1 and 3.4.2; RFC 4870 section 3.4.2.2 ---- */

static void field_nofws(struct span field, struct buf *out)
{
	buf_reserve(out, field.len + 1);
	for (size_t i = 0; i < field.len; i++)
		if (!byte_is_white(field.at[i]))
			out->at[out->len++] = field.at[i];
	out->at[out->len] = '\0';
}

static void field_relaxed(struct span field, struct buf *out)
{
	struct span value = field;
	struct span name = span_cut(&value, ':');

	buf_reserve(out, field.len + 1);
	while (name.len > 0 && byte_is_blank(name.at[name.len - 1]))
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		out->at[out->len++] = byte_lower(name.at[i]);
	out->at[out->len++] = ':';
	/* Blanks in the value become one, or none at its ends; the line ends of folds go. */
	size_t start = out->len;
	bool blank = false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		if (c == '\r' && i + 1 < value.len && value.at[i + 1] == '\n') {
			i++;
		} else if (byte_is_blank(c)) {
			blank = true;
		} else {
			if (blank && out->len > start)
				out->at[out->len++] = ' ';
			blank = false;
			out->at[out->len++] = c;
		}
	}
	out->at[out->len] = '\0';
}

void canon_field(enum canon kind, struct span field, struct buf *out)
{
	switch (kind) {
	case CANON_SIMPLE:
		buf_add_span(out, field);
		break;
	case CANON_RELAXED:
		field_relaxed(field, out);
		break;
	case CANON_NOFWS:
		field_nofws(field, out);
		break;
	}
}

const char *canon_name(enum canon kind)
{
	static const char *const names[] = {
		[CANON_SIMPLE] = "simple", [CANON_RELAXED] = "relaxed", [CANON_NOFWS] = "nofws",
	};

	return names[kind];
}
