/* SPDX-License-Identifier: ISC */
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>

/* One code point off the front of s; U+FFFD for a byte that does not begin one (RFC 3629). */
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

static void add_space(struct json *j, const char *usual)
{
	buf_add_text(j->out, j->space ? j->space : usual);
	j->space = NULL;
}

/* What stands before a value: the comma, and the key. */
static void begin_value(struct json *j, const char *key)
{
	uint32_t bit = j->depth > 0 ? UINT32_C(1) << (j->depth - 1) : 0;
	bool follows = j->begun & bit;

	if ((key != NULL) != ((j->objects & bit) != 0))
		abort();
	if (follows)
		buf_add_byte(j->out, ',');
	add_space(j, follows ? " " : "");
	j->begun |= bit;
	if (key)
		buf_printf(j->out, "\"%s\": ", key);
}

static void open_level(struct json *j, const char *key, bool object)
{
	begin_value(j, key);
	if (j->depth == JSON_DEPTH_MAX)
		abort();
	uint32_t bit = UINT32_C(1) << j->depth++;
	j->begun &= ~bit;
	j->objects = object ? j->objects | bit : j->objects & ~bit;
	buf_add_byte(j->out, object ? '{' : '[');
}

void json_object(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void json_array(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void json_end(struct json *j)
{
	if (j->depth == 0)
		abort();
	add_space(j, "");
	buf_add_byte(j->out, j->objects & UINT32_C(1) << --j->depth ? '}' : ']');
}

void json_text(struct json *j, const char *key, const char *z)
{
	json_span(j, key, span_of(z));
}

void json_span(struct json *j, const char *key, struct span text)
{
	struct buf *out = j->out;

	begin_value(j, key);
	/* Only printable ASCII reaches the terminal; the rest goes as \u escapes (RFC 8259 section 7). */
	buf_add_byte(out, '"');
	while (text.len > 0) {
		uint32_t point = next_code_point(&text);
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

void json_number(struct json *j, const char *key, int64_t number)
{
	begin_value(j, key);
	buf_printf(j->out, "%" PRId64, number);
}

void json_count(struct json *j, const char *key, uint64_t number)
{
	begin_value(j, key);
	buf_printf(j->out, "%" PRIu64, number);
}

void json_flag(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	buf_add_text(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	buf_add_text(j->out, "null");
}

void json_space(struct json *j, const char *space)
{
	j->space = space;
}
