#include "relay/bounce/original.h"

#include "base/mail/message.h"
#include "relay/bounce/quoted.h"

enum {
	FIELDS_MAX = 200,         /* the part's own header */
	LINE_MAX_BYTES = 998,     /* RFC 5322 section 2.1.1 */
};

/* What RFC 2045 section 2.8 asks of content that is not encoded. */
static bool has_legal_lines(struct span s)
{
	while (s.len > 0) {
		struct span line = span_cut(&s, '\n');
		if (line.len == 0 || line.len - 1 > LINE_MAX_BYTES || line.at[line.len - 1] != '\r')
			return false;
		line.len--;
		if (memchr(line.at, '\r', line.len) || memchr(line.at, '\0', line.len))
			return false;
	}
	return true;
}

static bool has_high_bytes(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] > 0x7f)
			return true;
	return false;
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.at[i] < 0x20 && !strchr("\t\r\n", s.at[i])) || (unsigned char)s.at[i] > 0x7e)
			return false;
	return true;
}

static struct span header_of(struct span message)
{
	size_t len = message_body_offset(message);

	/* without the empty line, which is not a field */
	struct span header = { message.at, len };
	if (len >= 2 && message.at[len - 1] == '\n' && message.at[len - 2] == '\n')
		header.len -= 1;
	else if (len >= 4 && memcmp(message.at + len - 4, "\r\n\r\n", 4) == 0)
		header.len -= 2;
	return header;
}

/* ---- the two forms ---- */

static bool write_whole(const struct original *o, size_t room, struct buf *out)
{
	struct span header = { o->message.at, message_body_offset(o->message) };

	if (o->ret == DSN_RET_HEADERS || !o->whole || o->message.len + FIELDS_MAX > room || !has_legal_lines(o->message))
		return false;
	buf_printf(out, "Content-Description: Your mail\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	           has_high_bytes(header) ? "message/global" : "message/rfc822",
	           has_high_bytes(o->message) ? "8bit" : "7bit");
	buf_add_span(out, o->message);
	return true;
}

/* Whole, or not at all when it does not fit. */
static bool add_field(struct span field, bool quoted, size_t room, struct buf *out)
{
	struct buf text = { 0 };

	if (quoted)
		quoted_write(field, &text);
	else
		buf_add_span(&text, field);
	bool fits = out->len + text.len <= room;
	if (fits)
		buf_add_span(out, buf_span(&text));
	buf_free(&text);
	return fits;
}

static void write_header(const struct original *o, size_t room, struct buf *out)
{
	struct span header = header_of(o->message), rest = header;
	bool quoted = !has_legal_lines(header) || !is_printable(header);
	struct field field;

	room += out->len;
	buf_printf(out, "Content-Description: The header of your mail\r\n"
	           "Content-Type: text/rfc822-headers%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	           quoted ? "; charset=utf-8" : "", quoted ? "quoted-printable" : "7bit");
	while (message_next_field(&rest, &field))
		if (!add_field(field.raw, quoted, room, out))
			break;
}

bool original_write(const struct original *o, size_t room, struct buf *out)
{
	if (!write_whole(o, room, out)) {
		write_header(o, room, out);
		return false;
	}
	return has_high_bytes(o->message);
}
