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

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void keep_text(struct server_reply *reply, struct span text, bool first)
{
	size_t room = REPLY_KEPT_MAX > reply->text.len ? REPLY_KEPT_MAX - reply->text.len : 0;

	if (!first && room > 0) {
		buf_add_byte(&reply->text, '\n');
		room--;
	}
	text.len = text.len < room ? text.len : room;
	buf_add_span(&reply->text, text);
}

/* One line without its end: code, then SP or '-', then text. */
static enum reply_state take_line(struct reply_reader *r, bool first)
{
	struct span line = buf_span(&r->line);

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	if (line.len < 3 || line.at[0] < '2' || line.at[0] > '5' || !is_digit(line.at[1]) || !is_digit(line.at[2]))
		return REPLY_MALFORMED;
	if (line.len > 3 && line.at[3] != ' ' && line.at[3] != '-')
		return REPLY_MALFORMED;
	r->reply.code = (line.at[0] - '0') * 100 + (line.at[1] - '0') * 10 + (line.at[2] - '0');
	size_t skip = line.len > 3 ? 4 : 3;
	keep_text(&r->reply, (struct span){ line.at + skip, line.len - skip }, first);
	return line.len > 3 && line.at[3] == '-' ? REPLY_MORE : REPLY_WHOLE;
}

static void start_anew(struct reply_reader *r)
{
	buf_clear(&r->line);
	buf_clear(&r->reply.text);
	r->bytes = 0;
	r->begun = r->whole = false;
}

enum reply_state reply_read(struct reply_reader *r, struct span *in)
{
	if (r->whole)
		start_anew(r);
	while (in->len > 0) {
		const char *end = memchr(in->at, '\n', in->len);
		struct span piece = end ? span_between(in->at, end) : *in;
		size_t taken = piece.len + (end ? 1 : 0);

		r->bytes += taken;
		if (r->bytes > REPLY_BYTES_MAX)
			return REPLY_MALFORMED;
		buf_add_span(&r->line, piece);
		in->at += taken;
		in->len -= taken;
		if (end == NULL)
			break;
		enum reply_state state = take_line(r, !r->begun);
		if (state == REPLY_MALFORMED)
			return state;
		r->begun = true;
		buf_clear(&r->line);
		if (state == REPLY_WHOLE) {
			r->whole = true;
			return state;
		}
	}
	return REPLY_MORE;
}
