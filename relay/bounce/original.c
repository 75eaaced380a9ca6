/* SPDX-License-Identifier: ISC */
#include "relay/bounce/original.h"

#include "base/mail/message.h"
#include "base/utf8.h"
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

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.at[i] < 0x20 && !strchr("\t\r\n", s.at[i])) || (unsigned char)s.at[i] > 0x7e)
			return false;
	return true;
}

/* ---- the two forms ---- */

static void write_header(const struct original *o, size_t room, struct buf *out)
{
	struct span header = { o->message.at, message_body_offset(o->message) };
	struct field field;
	bool fits = true;

	/* without the empty line, which is not a field */
	if (header.len >= 2 && memcmp(header.at + header.len - 2, "\n\n", 2) == 0)
		header.len -= 1;
	else if (header.len >= 4 && memcmp(header.at + header.len - 4, "\r\n\r\n", 4) == 0)
		header.len -= 2;
	bool quoted = !has_legal_lines(header) || !is_printable(header);
	room += out->len;
	buf_printf(out, "Content-Description: The header of your mail\r\n"
	           "Content-Type: text/rfc822-headers%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	           quoted ? "; charset=utf-8" : "", quoted ? "quoted-printable" : "7bit");
	/* Fields that fit whole. */
	while (fits && message_next_field(&header, &field)) {
		struct buf text = { 0 };
		if (quoted)
			quoted_write(field.raw, &text);
		else
			buf_add_span(&text, field.raw);
		fits = out->len + text.len <= room;
		if (fits)
			buf_add_span(out, buf_span(&text));
		buf_free(&text);
	}
}

bool original_write(const struct original *o, size_t room, struct buf *out)
{
	struct span header = { o->message.at, message_body_offset(o->message) };
	bool eight_bit = !utf8_is_ascii(o->message);

	if (o->ret == DSN_RET_HEADERS || !o->whole || o->message.len + FIELDS_MAX > room || !has_legal_lines(o->message)) {
		write_header(o, room, out);
		return false;
	}
	buf_printf(out, "Content-Description: Your mail\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	           utf8_is_ascii(header) ? "message/rfc822" : "message/global", eight_bit ? "8bit" : "7bit");
	buf_add_span(out, o->message);
	return eight_bit;
}
