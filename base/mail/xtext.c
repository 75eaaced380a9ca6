/* SPDX-License-Identifier: ISC */
#include "base/mail/xtext.h"

static bool is_plain(char c)
{
	return c >= '!' && c <= '~' && c != '+' && c != '=';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What stands at s.at + i as '+' and two digits; -1 when it does not. */
static int encoded_byte(struct span s, size_t i)
{
	if (s.at[i] != '+' || s.len - i < 3)
		return -1;
	int high = hex_value(s.at[i + 1]), low = hex_value(s.at[i + 2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool xtext_is_valid(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_plain(s.at[i]) && encoded_byte(s, i) < 0)
			return false;
	return true;
}

void xtext_encode(struct span bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (is_plain(bytes.at[i]))
			buf_add_byte(out, bytes.at[i]);
		else
			buf_printf(out, "+%02X", (unsigned)(unsigned char)bytes.at[i]);
}

bool xtext_decode(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		int byte = s.at[i] == '+' ? encoded_byte(s, i) : (unsigned char)s.at[i];
		if (byte < 0)
			return false;
		buf_add_byte(out, (char)byte);
		i += s.at[i] == '+' ? 2 : 0;
	}
	return true;
}
