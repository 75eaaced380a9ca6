/* SPDX-License-Identifier: ISC */
#include "relay/smtp/reply_reader.h"

void reply_reader_free(struct reply_reader *r)
{
	buf_free(&r->line);
	buf_free(&r->reply.text);
	*r = (struct reply_reader){ 0 };
}

bool reply_reader_idle(const struct reply_reader *r)
{
	return r->line.len == 0 && (r->whole || !r->begun);
}

static struct span without_cr(struct span line)
{
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Three digits in front, and neither a longer number nor an address or a version ("192.0.2.1 is listed"). */
static bool has_code(struct span line)
{
	return line.len >= 3 && byte_is_digit(line.at[0]) && byte_is_digit(line.at[1]) && byte_is_digit(line.at[2]) &&
	       (line.len == 3 || (!byte_is_digit(line.at[3]) && line.at[3] != '.'));
}

static enum reply_state skip_stray(struct reply_reader *r, struct span line, size_t bytes)
{
	size_t kept = line.len < STRAY_KEPT_MAX ? line.len : STRAY_KEPT_MAX - 1;

	r->strays++;
	r->stray_bytes += bytes;
	for (size_t i = 0; i < kept; i++)
		r->stray[i] = line.at[i] ? line.at[i] : ' ';
	if (kept > 0)
		r->stray[kept] = '\0';
	return r->strays > STRAY_LINES_MAX || r->stray_bytes > STRAY_BYTES_MAX ? REPLY_MALFORMED : REPLY_MORE;
}

/* One line without its end: code, then a blank or '-' or what stands for a blank, then text. */
static enum reply_state take_line(struct reply_reader *r)
{
	struct span line = without_cr(buf_span(&r->line));
	struct buf *kept = &r->reply.text;

	if (!has_code(line))
		return skip_stray(r, line, r->line_bytes + 1);
	if (line.at[0] < '2' || line.at[0] > '5')
		return REPLY_MALFORMED;
	r->reply.code = (line.at[0] - '0') * 100 + (line.at[1] - '0') * 10 + (line.at[2] - '0');
	size_t skip = line.len > 3 ? 4 : 3;
	size_t room = REPLY_KEPT_MAX > kept->len ? REPLY_KEPT_MAX - kept->len : 0;
	if (r->begun && room > 0) {
		buf_add_byte(kept, '\n');
		room--;
	}
	buf_add(kept, line.at + skip, line.len - skip < room ? line.len - skip : room);
	r->begun = true;
	return line.len > 3 && line.at[3] == '-' ? REPLY_MORE : REPLY_WHOLE;
}

static void start_line(struct reply_reader *r)
{
	buf_clear(&r->line);
	r->line_bytes = 0;
}

bool reply_skip_strays(struct reply_reader *r, struct span *in)
{
	const char *end;

	while (in->len > 0 && (end = memchr(in->at, '\n', in->len)) != NULL) {
		struct span line = without_cr(span_between(in->at, end));
		if (has_code(line))
			return true;
		*in = span_between(end + 1, in->at + in->len);
		if (skip_stray(r, line, line.len + 1) == REPLY_MALFORMED)
			return false;
	}
	return true;
}

enum reply_state reply_read(struct reply_reader *r, struct span *in)
{
	if (r->whole) {
		start_line(r);
		buf_clear(&r->reply.text);
		r->bytes = 0;
		r->begun = r->whole = false;
		r->stray[0] = '\0';
	}
	while (in->len > 0) {
		const char *end = memchr(in->at, '\n', in->len);
		struct span piece = end ? span_between(in->at, end) : *in;
		size_t taken = piece.len + (end ? 1 : 0), room = REPLY_LINE_KEPT_MAX - r->line.len;

		r->bytes += taken;
		if (r->bytes > REPLY_BYTES_MAX)
			return REPLY_MALFORMED;
		r->line_bytes += piece.len;
		buf_add(&r->line, piece.at, piece.len < room ? piece.len : room);
		in->at += taken;
		in->len -= taken;
		if (end == NULL)
			break;
		enum reply_state state = take_line(r);
		if (state == REPLY_MALFORMED)
			return state;
		start_line(r);
		if (state == REPLY_WHOLE) {
			r->whole = true;
			return state;
		}
	}
	return REPLY_MORE;
}
