/* SPDX-License-Identifier: ISC */
#include "relay/pickup/split.h"

#include "base/mail/line_ends.h"
#include "base/mail/message.h"
#include "relay/pickup/white.h"

#include <stdlib.h>

struct split {
	struct buf head;               /* the header section, and a little of the body while it is collected */
	bool in_body;
	struct line_ends ends;
	size_t line_bytes;             /* of the line not yet ended */
	size_t line_start;             /* of that line in head */
	bool field_before;             /* a field came before it */
	unsigned char high_bits;       /* all bytes of the body ORed */
	struct white white;
	struct buf *out;               /* during a call */
};

struct split *split_new(void)
{
	return mem_alloc(sizeof(struct split));
}

void split_free(struct split *s)
{
	if (s == NULL)
		return;
	buf_free(&s->head);
	white_free(&s->white);
	free(s);
}

bool split_has_header(const struct split *s)
{
	return s->in_body;
}

struct buf split_take_header(struct split *s)
{
	struct buf header = s->head;

	s->head = (struct buf){ 0 };
	return header;
}

bool split_eight_bit(const struct split *s)
{
	return s->high_bits >= 0x80;
}

size_t split_held_bytes(const struct split *s)
{
	return s->head.cap + s->white.held.cap;
}

/* ---- the end of the header section ---- */

static void note_bits(struct split *s, struct span body)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < body.len; i++)
		bits |= (unsigned char)body.at[i];
	s->high_bits |= bits;
}

/* In a line of the header section. */
static bool is_white(char c)
{
	return byte_is_blank(c) || c == '\r';
}

static bool looks_like_field(struct span line)
{
	return message_field_name(line).len > 0;
}

/*
 * Whether the header section may go on after this line. Says yes a little too
 * often; base/mail/message.h decides in end_header, and what it leaves is body.
 */
static bool header_goes_on(struct split *s, struct span line)
{
	if (line.len == 0)
		return false;
	if (s->field_before && is_white(line.at[0]))
		return true;
	if (looks_like_field(line)) {
		s->field_before = true;
		return true;
	}
	return !s->field_before && message_is_mbox_line(line);
}

static void end_header(struct split *s)
{
	struct span rest = message_skip_mbox(buf_span(&s->head));
	struct field field;

	while (message_next_field(&rest, &field))
		;
	s->in_body = true;
	s->ends.most = LINE_ENDS_MOST;
	if (rest.len == 0)
		return;
	note_bits(s, rest);
	white_add(&s->white, rest, s->out);
	s->head.len -= rest.len;
	s->head.at[s->head.len] = '\0';
}

/* ---- lines ---- */

/* The line in work, while it is still in head. */
static struct span current_line(const struct split *s)
{
	if (s->in_body || s->line_bytes == 0)
		return (struct span){ 0 };
	return (struct span){ s->head.at + s->line_start, s->line_bytes };
}

static int check_room(const struct split *s, size_t more, struct fault *f)
{
	if (more <= SPLIT_HEADER_MAX && s->head.len + more <= SPLIT_HEADER_MAX)
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.3.4", "the header section is larger than %d bytes", SPLIT_HEADER_MAX);
}

static int add_text(struct split *s, struct span text, struct fault *f)
{
	s->line_bytes += text.len;
	if (s->in_body) {
		note_bits(s, text);
		white_add(&s->white, text, s->out);
		return 0;
	}
	buf_add_span(&s->head, text);
	struct span line = current_line(s);
	/* A line without an end yet that can no longer be a field: what it is need not wait for its end. */
	if (s->line_bytes <= 2 * MESSAGE_LINE_MAX || looks_like_field(line) || (s->field_before && is_white(line.at[0])))
		return check_room(s, 0, f);
	end_header(s);
	return 0;
}

static void split_line(struct split *s)
{
	struct span line = current_line(s);

	s->line_bytes = 0;
	if (s->in_body) {
		white_add(&s->white, SPAN("\r\n"), s->out);
		return;
	}
	bool more = header_goes_on(s, line);
	buf_add_text(&s->head, "\r\n");
	s->line_start = s->head.len;
	if (!more)
		end_header(s);
}

/* CR that no LF follows: white space in the header section, text in the body. */
static int take_returns(struct split *s, size_t count, struct fault *f)
{
	if (!s->in_body && s->line_bytes == 0 && !s->field_before)
		end_header(s);           /* white space that folds nothing is text */
	if (!s->in_body && check_room(s, count, f) < 0)
		return -1;
	s->line_bytes += count;
	for (; count > 0; count--) {
		if (s->in_body)
			white_add(&s->white, SPAN("\r"), s->out);
		else
			buf_add_byte(&s->head, '\r');
	}
	return 0;
}

int split_feed(struct split *s, struct span piece, struct buf *body, struct fault *f)
{
	struct line_part part;

	s->out = body;
	while (line_ends_next(&s->ends, &piece, &part)) {
		if (part.kind == LINE_PART_TEXT && add_text(s, part.text, f) < 0)
			return -1;
		if (part.kind == LINE_PART_RETURNS && take_returns(s, part.returns, f) < 0)
			return -1;
		if (part.kind == LINE_PART_END || part.kind == LINE_PART_OVER)
			split_line(s);             /* so many CR before an LF are lines */
	}
	return 0;
}

void split_finish(struct split *s, struct buf *body)
{
	s->out = body;
	if (s->in_body && s->ends.returns > 0)
		split_line(s);             /* the last line's end */
	if (s->line_bytes > 0)
		split_line(s);
	if (!s->in_body)
		end_header(s);
	white_finish(&s->white, body);
}
