/* SPDX-License-Identifier: ISC */
#include "base/log_addresses.h"

#include "base/sha256.h"

enum { SHOWN_BYTES = 8 };

enum log_addresses log_addresses_named(const char *word)
{
	return strcmp(word, "domain") == 0 ? LOG_ADDRESSES_DOMAIN : strcmp(word, "hash") == 0 ? LOG_ADDRESSES_HASH : LOG_ADDRESSES_FULL;
}

void log_addresses_hide_one(enum log_addresses how, struct span address, struct buf *out)
{
	const char *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	uint8_t sum[SHA256_BYTES];
	struct buf lower = { 0 };

	if (how == LOG_ADDRESSES_FULL || address.len == 0) {
		buf_add_span(out, address);
	} else if (how == LOG_ADDRESSES_DOMAIN) {
		buf_add_byte(out, '*');
		if (at)
			buf_add_span(out, span_between(at, address.at + address.len));
	} else {
		for (size_t i = 0; i < address.len; i++)
			buf_add_byte(&lower, byte_lower(address.at[i]));
		sha256(buf_span(&lower), sum);
		for (size_t i = 0; i < SHOWN_BYTES; i++)
			buf_printf(out, "%02x", sum[i]);
		buf_free(&lower);
	}
}

/* What separates words is not part of an address, unless it is in quotes, which is known only where "<" comes before it. */
static bool is_of_word(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && strchr("<>()[]\\,;:\"", c) == NULL;
}

/* The word at the beginning of rest. */
static struct span word_at(struct span rest)
{
	size_t len = 0;

	while (len < rest.len && is_of_word(rest.at[len]))
		len++;
	while (len > 0 && strchr(".'`!?", rest.at[len - 1]))
		len--;
	return (struct span){ rest.at, len };
}

static bool is_address(struct span word)
{
	const char *at = word.len > 0 ? memrchr(word.at, '@', word.len) : NULL;

	return at && at > word.at && at + 1 < word.at + word.len;
}

static bool begins(struct span rest, struct span with)
{
	return rest.len >= with.len && memcmp(rest.at, with.at, with.len) == 0;
}

void log_addresses_hide(enum log_addresses how, struct span line, struct buf *out)
{
	static const struct { struct span before; bool stays; } fields[] = {
		{ { "message-id=<", 12 }, true }, { { "from=<", 6 }, false }, { { "orig_to=<", 9 }, false }, { { "to=<", 4 }, false },
	};
	bool inside = false;      /* of a word */

	while (line.len > 0 && how != LOG_ADDRESSES_FULL) {
		size_t field = 0, fields_end = sizeof fields / sizeof fields[0];
		while (field < fields_end && (inside || !begins(line, fields[field].before)))
			field++;
		struct span taken = { line.at, 1 };
		if (field < fields_end) {
			struct span rest = span_between(line.at + fields[field].before.len, line.at + line.len);
			const char *end = rest.len > 0 ? memchr(rest.at, '>', rest.len) : NULL;
			struct span value = span_between(rest.at, end ? end : rest.at + rest.len);
			buf_add_span(out, fields[field].before);
			if (fields[field].stays)
				buf_add_span(out, value);
			else
				log_addresses_hide_one(how, value, out);
			taken.len = fields[field].before.len + value.len;
		} else {
			struct span word = inside ? (struct span){ line.at, 0 } : word_at(line);
			if (word.len > 1)
				taken = word;
			if (is_address(word))
				log_addresses_hide_one(how, word, out);
			else
				buf_add_span(out, taken);
		}
		inside = is_of_word(taken.at[taken.len - 1]);
		line = span_between(taken.at + taken.len, line.at + line.len);
	}
	buf_add_span(out, line);
}
