#include "relay/pickup/split.h"

#include "base/mail/message.h"
#include "relay/pickup/white.h"

#include <stdlib.h>

enum {
	HELD_MAX = 1000,         /* CR before an LF: whatever converts line ends makes a few */
};

struct split {
	struct buf head;               /* the header section, and a little of the body while it is collected */
	bool in_body;
	size_t carriage_returns;       /* held back: what follows decides what they were */
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
 * Whether the header section may go on behind this line. Says yes a little too
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

/* A line without an end yet that can no longer be a field: what it is need not wait for its end. */
static bool is_body_already(const struct split *s)
{
	struct span line = current_line(s);

	return s->line_bytes > 2 * MESSAGE_LINE_MAX && !looks_like_field(line) &&
	       !(s->field_before && is_white(line.at[0]));
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
	if (is_body_already(s))
		end_header(s);
	else
		return check_room(s, 0, f);
	return 0;
}

static void end_line(struct split *s)
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

/* The carriage returns held back end no line of the header section: they are white space in it. */
static int keep_in_line(struct split *s, struct fault *f)
{
	if (s->carriage_returns > 0 && s->line_bytes == 0 && !s->field_before) {
		end_header(s);           /* white space that folds nothing is text */
		return 0;
	}
	if (check_room(s, s->carriage_returns, f) < 0)
		return -1;
	s->line_bytes += s->carriage_returns;
	for (; s->carriage_returns > 0; s->carriage_returns--)
		buf_add_byte(&s->head, '\r');
	return 0;
}

/* In the body they are text. */
static void pass_held(struct split *s)
{
	for (; s->carriage_returns > 0; s->carriage_returns--) {
		s->line_bytes++;
		white_add(&s->white, SPAN("\r"), s->out);
	}
}

/* Too many to wait for what follows are lines. */
static void take_cr(struct split *s)
{
	if (s->in_body && s->carriage_returns == HELD_MAX)
		end_line(s);
	else
		s->carriage_returns++;
}

static void take_lf(struct split *s)
{
	s->carriage_returns = 0;
	end_line(s);
}

/* What has no LF in it. */
static int take_line(struct split *s, struct span line, struct fault *f)
{
	while (line.len > 0) {
		const char *cr = memchr(line.at, '\r', line.len);
		struct span text = span_between(line.at, cr ? cr : line.at + line.len);
		if (text.len > 0) {
			if (!s->in_body && keep_in_line(s, f) < 0)
				return -1;
			pass_held(s);
			if (add_text(s, text, f) < 0)
				return -1;
		}
		if (cr)
			take_cr(s);
		line = span_between(line.at + text.len + (cr != NULL), line.at + line.len);
	}
	return 0;
}

/* Each byte is looked at twice and no more, however many CR there are. */
int split_feed(struct split *s, struct span piece, struct buf *body, struct fault *f)
{
	s->out = body;
	while (piece.len > 0) {
		const char *lf = memchr(piece.at, '\n', piece.len);
		struct span line = span_between(piece.at, lf ? lf : piece.at + piece.len);
		if (take_line(s, line, f) < 0)
			return -1;
		if (lf)
			take_lf(s);
		piece = span_between(piece.at + line.len + (lf != NULL), piece.at + piece.len);
	}
	return 0;
}

void split_finish(struct split *s, struct buf *body)
{
	s->out = body;
	if (s->in_body && s->carriage_returns > 0)
		take_lf(s);              /* the last line's end */
	if (s->line_bytes > 0)
		end_line(s);
	if (!s->in_body)
		end_header(s);
	white_finish(&s->white, body);
}
