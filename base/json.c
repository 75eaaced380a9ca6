#include "base/json.h"

#include <stdint.h>

/* One code point off the front of s; U+FFFD for a byte that begins none (RFC 3629). */
static uint32_t next_code_point(struct span *s)
{
	static const struct { unsigned char mask, lead; uint32_t least; } shapes[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};
	unsigned char first = (unsigned char)s->at[0];

	for (size_t more = 0; more < sizeof shapes / sizeof shapes[0]; more++) {
		if ((first & shapes[more].mask) != shapes[more].lead || s->len <= more)
			continue;
		uint32_t point = first & (unsigned char)~shapes[more].mask;
		size_t i = 1;
		for (; i <= more && ((unsigned char)s->at[i] & 0xc0) == 0x80; i++)
			point = point << 6 | ((unsigned char)s->at[i] & 0x3f);
		if (i <= more || point < shapes[more].least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			break;
		*s = (struct span){ s->at + more + 1, s->len - more - 1 };
		return point;
	}
	*s = (struct span){ s->at + 1, s->len - 1 };
	return 0xfffd;
}

/* Only printable ASCII reaches the terminal; the rest goes as \u escapes (RFC 8259 section 7). */
void json_text(struct buf *out, const char *z)
{
	struct span rest = span_of(z);

	buf_add_byte(out, '"');
	while (rest.len > 0) {
		uint32_t point = next_code_point(&rest);
		if (point == '"' || point == '\\')
			buf_printf(out, "\\%c", (int)point);
		else if (point >= 0x20 && point < 0x7f)
			buf_add_byte(out, (char)point);
		else if (point < 0x10000)
			buf_printf(out, "\\u%04x", point);
		else
			buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10), 0xdc00 + (point & 0x3ff));
	}
	buf_add_byte(out, '"');
}

void json_member(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "\"%s\": ", name);
	json_text(out, value);
}
