#include "relay/bounce/original.h"

#include "base/message.h"

enum {
	FIELDS_MAX = 200,         /* the part's own header */
	LINE_MAX_BYTES = 998,     /* RFC 5322 section 2.1.1 */
	QUOTED_COLUMNS = 76,      /* RFC 2045 section 6.7 */
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

	/* without the empty line, which is no field */
	struct span header = { message.at, len };
	if (len >= 2 && message.at[len - 1] == '\n' && message.at[len - 2] == '\n')
		header.len -= 1;
	else if (len >= 4 && memcmp(message.at + len - 4, "\r\n\r\n", 4) == 0)
		header.len -= 2;
	return header;
}

/* ---- quoted-printable (RFC 2045 section 6.7) ---- */

static void add_quoted_byte(struct buf *out, size_t *column, char c, bool last)
{
	bool plain = c == '\t' || (c >= ' ' && c <= '~' && c != '=');

	/* a blank at a line's end would be lost on its way */
	if (last && (c == ' ' || c == '\t'))
		plain = false;
	if (*column + (plain ? 1 : 3) > QUOTED_COLUMNS - 1) {
		buf_add_text(out, "=\r\n");
		*column = 0;
	}
	if (plain)
		buf_add_byte(out, c);
	else
		buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
	*column += plain ? 1 : 3;
}

static void add_quoted(struct buf *out, struct span s)
{
	size_t column = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool line_ends = s.len - i >= 2 && s.at[i] == '\r' && s.at[i + 1] == '\n';
		if (line_ends) {
			buf_add_text(out, "\r\n");
			column = 0;
			i++;
			continue;
		}
		add_quoted_byte(out, &column, s.at[i], i + 1 == s.len || s.at[i + 1] == '\r');
	}
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
		add_quoted(&text, field);
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
