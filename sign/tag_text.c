/* SPDX-License-Identifier: ISC */
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

void tag_text_decode(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		bool coded = value.at[i] == '=' && value.len - i > 2 && byte_hex_value(value.at[i + 1]) >= 0 &&
		             byte_hex_value(value.at[i + 2]) >= 0;
		if (coded) {
			buf_add_byte(out, (char)(byte_hex_value(value.at[i + 1]) << 4 | byte_hex_value(value.at[i + 2])));
			i += 2;
		} else if (!byte_is_white(value.at[i])) {
			buf_add_byte(out, value.at[i]);
		}
	}
}
