#include "sign/tag_text.h"

void tag_text_encode(struct span bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.at[i];
		if (c > ' ' && c < 0x7f && c != ';' && c != '=')
			buf_add_byte(out, c);
		else
			buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
	}
}

/* 0 to 15, or -1. */
static int hex_digit(char c)
{
	char lower = byte_lower(c);

	if (c >= '0' && c <= '9')
		return c - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void tag_text_decode(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		bool coded = value.at[i] == '=' && value.len - i > 2 && hex_digit(value.at[i + 1]) >= 0 &&
		             hex_digit(value.at[i + 2]) >= 0;
		if (coded) {
			buf_add_byte(out, (char)(hex_digit(value.at[i + 1]) << 4 | hex_digit(value.at[i + 2])));
			i += 2;
		} else if (!byte_is_white(value.at[i])) {
			buf_add_byte(out, value.at[i]);
		}
	}
}
