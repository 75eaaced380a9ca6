/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

/* The first row that fits the lead byte says what may follow. */
static const struct {
	unsigned char mask, lead, least_second, most_second;
	size_t length;
} forms[] = {
	{ 0x80, 0x00, 0x00, 0x00, 1 },
	{ 0xfe, 0xc0, 0xff, 0x00, 2 },     /* always over-long */
	{ 0xe0, 0xc0, 0x80, 0xbf, 2 },
	{ 0xff, 0xe0, 0xa0, 0xbf, 3 },     /* no over-long forms */
	{ 0xff, 0xed, 0x80, 0x9f, 3 },     /* no surrogates */
	{ 0xf0, 0xe0, 0x80, 0xbf, 3 },
	{ 0xff, 0xf0, 0x90, 0xbf, 4 },
	{ 0xff, 0xf4, 0x80, 0x8f, 4 },     /* nothing above U+10FFFF */
	{ 0xfc, 0xf0, 0x80, 0xbf, 4 },
};

size_t utf8_length(struct span s)
{
	const unsigned char *b = (const unsigned char *)s.at;

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if ((b[0] & forms[i].mask) != forms[i].lead)
			continue;
		size_t length = forms[i].length;
		if (length > s.len)
			return 0;
		if (length > 1 && (b[1] < forms[i].least_second || b[1] > forms[i].most_second))
			return 0;
		for (size_t k = 2; k < length; k++)
			if ((b[k] & 0xc0) != 0x80)
				return 0;
		return length;
	}
	return 0;
}

uint32_t utf8_code(struct span character)
{
	unsigned char first = (unsigned char)character.at[0];
	uint32_t code = character.len == 1 ? first : first & (0x7fu >> character.len);

	for (size_t i = 1; i < character.len; i++)
		code = code << 6 | ((unsigned char)character.at[i] & 0x3f);
	return code;
}

static const struct { uint32_t first, last; } harmful[] = {
	{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
};

bool utf8_is_harmless(uint32_t code)
{
	for (size_t i = 0; i < sizeof harmful / sizeof harmful[0]; i++)
		if (code >= harmful[i].first && code <= harmful[i].last)
			return false;
	return true;
}

bool utf8_is_valid(struct span s)
{
	while (s.len > 0) {
		size_t length = utf8_length(s);
		if (length == 0)
			return false;
		s = (struct span){ s.at + length, s.len - length };
	}
	return true;
}

bool utf8_is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] >= 0x80)
			return false;
	return true;
}
