/* SPDX-License-Identifier: ISC */
#include "trust/txt_damage.h"

#include "base/utf8.h"

#include <stdint.h>

enum { STRING_BYTES_MAX = 255 };   /* RFC 1035 section 3.3 */

static const struct {
	uint32_t first, last;
	const char *name;
} characters[] = {
	{ 0x0022, 0x0022, "a quotation mark, which belongs to the zone file and not into the value" },
	{ 0x0026, 0x0026, "an ampersand, as an HTML entity begins" },
	{ 0x0027, 0x0027, "an apostrophe" },
	{ 0x005c, 0x005c, "a backslash, which some zone files need and this DNS form does not" },
	{ 0x0060, 0x0060, "a backtick" },
	{ 0x00a0, 0x00a0, "a no-break space (U+00A0), which looks like a blank" },
	{ 0x00ad, 0x00ad, "a soft hyphen (U+00AD), which nobody sees" },
	{ 0x2010, 0x2015, "a typographic dash" },
	{ 0x2018, 0x201f, "a typographic quotation mark" },
	{ 0x200b, 0x200b, "a zero width space (U+200B), which nobody sees" },
	{ 0x200c, 0x200f, "a formatting character, which nobody sees" },
	{ 0x2000, 0x200a, "a typographic space" },
	{ 0x202f, 0x202f, "a narrow no-break space (U+202F), which looks like a blank" },
	{ 0x2026, 0x2026, "an ellipsis (U+2026): the text had been shortened for display" },
	{ 0x2060, 0x2064, "a formatting character, which nobody sees" },
	{ 0xfeff, 0xfeff, "a byte order mark (U+FEFF), which nobody sees" },
};

/* What stands in front of text, which is not empty, in words. True: no record of mail has such a character. */
static bool name_character(struct span text, struct buf *out)
{
	size_t len = utf8_length(text);
	uint32_t code = len > 0 ? utf8_code((struct span){ text.at, len }) : 0;
	unsigned char byte = (unsigned char)text.at[0];

	for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++)
		if (len > 0 && code >= characters[i].first && code <= characters[i].last) {
			buf_add_text(out, characters[i].name);
			return true;
		}
	if (len == 0 || byte < ' ' || byte == 0x7f)
		buf_printf(out, "the byte 0x%02x", byte);
	else if (byte > 0x7f)
		buf_printf(out, "the character U+%04X, which is not ASCII", code);
	else if (byte == ' ')
		buf_add_text(out, "a blank");
	else
		buf_printf(out, "\"%c\"", byte);
	return len == 0 || byte < ' ' || byte >= 0x7f;
}

static bool is_foreign(struct span text)
{
	struct buf ignored = { 0 };
	bool foreign = name_character(text, &ignored) && text.at[0] != '\t';

	/* An ampersand alone may stand in an address; an entity goes on with a letter or "#". */
	if (text.at[0] == '&')
		foreign = text.len > 1 && (text.at[1] == '#' || byte_is_letter_or_digit(text.at[1])) && memchr(text.at, ';', text.len);
	buf_free(&ignored);
	return foreign;
}

static bool find_foreign(struct span text, size_t *at)
{
	for (*at = 0; *at < text.len; ++*at)
		if (is_foreign((struct span){ text.at + *at, text.len - *at }))
			return true;
	return false;
}

bool txt_damage_foreign(struct span published, struct buf *out)
{
	size_t at;

	if (!find_foreign(published, &at))
		return false;
	buf_printf(out, "at byte %zu stands ", at + 1);
	name_character((struct span){ published.at + at, published.len - at }, out);
	return true;
}

/* What follows the first "p=", where the key is; the whole where there is none. */
static size_t key_begins(struct span record)
{
	const char *p = record.len > 0 ? memmem(record.at, record.len, "p=", 2) : NULL;

	return p ? (size_t)(p - record.at) + 2 : 0;
}

/* Both go on to where they part. A blank stands for itself only where a "+" became one. */
static void walk_together(struct span a, size_t *i, struct span b, size_t *k)
{
	while (*i < a.len || *k < b.len) {
		if (*i < a.len && *k < b.len && a.at[*i] == b.at[*k])
			++*i, ++*k;
		else if (*k < b.len && byte_is_blank(b.at[*k]) && !(*i < a.len && a.at[*i] == '+'))
			++*k;
		else if (*i < a.len && byte_is_blank(a.at[*i]))
			++*i;
		else
			return;
	}
}

bool txt_damage_point(struct span expected, struct span published, struct buf *out)
{
	size_t e = key_begins(expected), p = key_begins(published);

	if (txt_damage_foreign(published, out))
		return true;
	if (e == 0 || p == 0)
		e = p = 0;
	walk_together(expected, &e, published, &p);
	if (e == expected.len && p == published.len)
		return false;
	if (p == published.len)
		buf_printf(out, "it ends after byte %zu%s, and %zu more belong there", p,
		           p == STRING_BYTES_MAX ? ", as in a form that takes no more than one string of a TXT record" : "",
		           expected.len - e);
	else if (e == expected.len)
		buf_printf(out, "from byte %zu on it has %zu bytes that do not belong there", p + 1, published.len - p);
	else {
		buf_printf(out, "at byte %zu stands ", p + 1);
		name_character((struct span){ published.at + p, published.len - p }, out);
		buf_add_text(out, " where ");
		name_character((struct span){ expected.at + e, expected.len - e }, out);
		buf_add_text(out, " belongs");
	}
	return true;
}
