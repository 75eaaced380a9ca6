#include "relay/smtp/reply.h"

#include <stdio.h>

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

static void keep_text(struct reply *reply, struct span text, bool first)
{
	size_t room = REPLY_TEXT_MAX > reply->text.len ? REPLY_TEXT_MAX - reply->text.len : 0;

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

/* ---- what it means ---- */

/* RFC 3463 codes for replies that carry none; a code not listed is N.0.0. */
static const struct {
	int code;
	const char *status;
} plain_codes[] = {
	{ 421, "4.3.2" }, { 450, "4.2.0" }, { 451, "4.3.0" }, { 452, "4.3.1" }, { 454, "4.7.0" },
	{ 500, "5.5.2" }, { 501, "5.5.4" }, { 502, "5.5.1" }, { 503, "5.5.1" }, { 504, "5.5.4" },
	{ 521, "5.3.2" }, { 530, "5.7.0" }, { 534, "5.7.9" }, { 535, "5.7.8" }, { 538, "5.7.11" },
	{ 551, "5.1.6" }, { 552, "5.2.2" }, { 553, "5.1.3" }, { 555, "5.5.4" }, { 556, "5.1.10" },
};

/* One to three digits off the front. */
static bool take_number(struct span *s)
{
	size_t n = 0;

	while (n < s->len && n < 3 && is_digit(s->at[n]))
		n++;
	s->at += n;
	s->len -= n;
	return n > 0;
}

static bool take_dot(struct span *s)
{
	if (s->len == 0 || *s->at != '.')
		return false;
	s->at++;
	s->len--;
	return true;
}

/* "5.1.1" at the front of the text (RFC 2034), when its class is the reply's. */
static bool status_in_text(const struct reply *reply, char status[FAULT_STATUS_MAX])
{
	struct span text = buf_span(&reply->text), rest = text;

	if (text.len == 0 || text.at[0] - '0' != reply_class(reply))
		return false;
	rest.at++;
	rest.len--;
	if (!take_dot(&rest) || !take_number(&rest) || !take_dot(&rest) || !take_number(&rest))
		return false;
	if (rest.len > 0 && *rest.at != ' ' && *rest.at != '\n' && *rest.at != '\t')
		return false;
	snprintf(status, FAULT_STATUS_MAX, "%.*s", (int)(rest.at - text.at), text.at);
	return true;
}

static void status_of(const struct reply *reply, char status[FAULT_STATUS_MAX])
{
	if (status_in_text(reply, status))
		return;
	for (size_t i = 0; i < sizeof plain_codes / sizeof plain_codes[0]; i++) {
		if (plain_codes[i].code == reply->code) {
			snprintf(status, FAULT_STATUS_MAX, "%s", plain_codes[i].status);
			return;
		}
	}
	snprintf(status, FAULT_STATUS_MAX, "%c.0.0", (char)('0' + reply_class(reply)));
}

static enum fault_kind kind_of(const struct reply *reply)
{
	switch (reply_class(reply)) {
	case 4: return FAULT_TEMPORARY;
	case 5: return FAULT_PERMANENT;
	default: return FAULT_NONE;
	}
}

void reply_fault(const struct reply *reply, const char *relay, const char *command, struct fault *f)
{
	char status[FAULT_STATUS_MAX];
	/* What comes behind must not be cut off by a talkative server. */
	int room = (int)(FAULT_TEXT_MAX - 64 - strlen(command));
	int shown = (int)(reply->text.len < REPLY_TEXT_MAX ? reply->text.len : REPLY_TEXT_MAX);

	room -= (int)strnlen(relay, FAULT_TEXT_MAX / 2);
	shown = shown < room ? shown : room;
	status_of(reply, status);
	fault_set(f, kind_of(reply), status, "%.250s said: %d%s%.*s (in reply to %s)", relay, reply->code,
	          shown > 0 ? " " : "", shown, shown > 0 ? reply->text.at : "", command);
	for (char *c = f->text; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
}
