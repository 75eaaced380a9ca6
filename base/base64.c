/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

#include <stdint.h>

enum { PADDING_MAX = 2 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_is_digit(char c)
{
	return base64_digit_value(c) >= 0 || c == '=';
}

bool base64_decode(struct span text, struct buf *out)
{
	uint32_t bits = 0;
	size_t digits = 0, padding = 0;

	buf_reserve(out, text.len / 4 * 3 + 3);
	for (size_t i = 0; i < text.len; i++) {
		if (byte_is_white(text.at[i]))
			continue;
		if (text.at[i] == '=') {
			if (++padding > PADDING_MAX)
				return false;
			continue;
		}
		int value = base64_digit_value(text.at[i]);
		if (value < 0 || padding > 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		digits++;
		if (digits % 4 != 1)
			buf_add_byte(out, (char)(uint8_t)(bits >> (4 - digits % 4) * 2 % 8));
	}
	return digits % 4 != 1 && (digits > 0 || padding == 0);
}

bool base64_is_exact(struct span text)
{
	size_t padding = 0;

	while (padding < PADDING_MAX && padding < text.len && text.at[text.len - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i + padding < text.len; i++)
		if (base64_digit_value(text.at[i]) < 0)
			return false;
	return text.len > 0 && text.len % 4 == 0;
}

void base64_group(struct span bytes, char out[4])
{
	size_t have = bytes.len < 3 ? bytes.len : 3;
	uint32_t bits = 0;

	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 | (i < have ? (uint8_t)bytes.at[i] : 0U);
	for (size_t i = 0; i < 4; i++)
		out[i] = i <= have ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
}

void base64_encode(struct span bytes, struct buf *out)
{
	char group[4];

	for (size_t i = 0; i < bytes.len; i += 3) {
		base64_group(span_between(bytes.at + i, bytes.at + bytes.len), group);
		buf_add(out, group, sizeof group);
	}
}
