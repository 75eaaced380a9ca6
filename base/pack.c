/* SPDX-License-Identifier: ISC */
#include "base/pack.h"

#include <endian.h>
#include <stdlib.h>

/* Room for so many bytes more, and for the NUL behind them. */
static char *room_for(struct buf *out, size_t bytes)
{
	if (out->cap - out->len <= bytes)
		buf_reserve(out, bytes);
	return out->at + out->len;
}

static void add_room(struct buf *out, size_t bytes)
{
	out->len += bytes;
	out->at[out->len] = '\0';
}

/* Eight bytes are always written, for that is one instruction, and the first of them count. */
void pack_number(struct buf *out, uint64_t v, size_t bytes)
{
	uint64_t big_endian = htobe64(v << (8 * (sizeof v - bytes)));

	memcpy(room_for(out, sizeof v), &big_endian, sizeof v);
	add_room(out, bytes);
}

void pack_u8(struct buf *out, uint8_t v)
{
	pack_number(out, v, 1);
}

void pack_u16(struct buf *out, uint16_t v)
{
	pack_number(out, v, 2);
}

void pack_u32(struct buf *out, uint32_t v)
{
	pack_number(out, v, 4);
}

void pack_u64(struct buf *out, uint64_t v)
{
	pack_number(out, v, 8);
}

void pack_span(struct buf *out, struct span v)
{
	uint32_t len = htobe32((uint32_t)v.len);
	char *at = room_for(out, sizeof len + v.len);

	memcpy(at, &len, sizeof len);
	if (v.len > 0)
		memcpy(at + sizeof len, v.at, v.len);
	add_room(out, sizeof len + v.len);
}

void pack_text(struct buf *out, const char *z)
{
	pack_span(out, span_of(z));
}

static int by_bytes(const void *a, const void *b)
{
	struct span x = buf_span(a), y = buf_span(b);
	int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);

	return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

void pack_set(struct buf *out, struct buf *items, size_t count)
{
	qsort(items, count, sizeof *items, by_bytes);
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_add_span(out, buf_span(&items[i]));
		buf_free(&items[i]);
	}
	free(items);
}

struct unpack unpack_from(struct span s)
{
	const char *at = s.at ? s.at : "";    /* nothing may be added to NULL, not even 0 */

	return (struct unpack){ .at = at, .end = at + s.len };
}

static const char *take_bytes(struct unpack *u, size_t len)
{
	if (u->bad || (size_t)(u->end - u->at) < len) {
		u->bad = true;
		return NULL;
	}
	const char *at = u->at;
	u->at += len;
	return at;
}

/* Where eight bytes are left they are read as one, of which the first count; near the end byte by byte. */
uint64_t unpack_number(struct unpack *u, size_t bytes)
{
	bool whole = u->end - u->at >= (ptrdiff_t)sizeof(uint64_t);
	const char *at = take_bytes(u, bytes);
	uint64_t v = 0;

	if (at && whole) {
		memcpy(&v, at, sizeof v);
		return be64toh(v) >> (8 * (sizeof v - bytes));
	}
	for (size_t i = 0; at && i < bytes; i++)
		v = v << 8 | (unsigned char)at[i];
	return v;
}

uint8_t unpack_u8(struct unpack *u)
{
	return (uint8_t)unpack_number(u, 1);
}

uint16_t unpack_u16(struct unpack *u)
{
	return (uint16_t)unpack_number(u, 2);
}

uint32_t unpack_u32(struct unpack *u)
{
	return (uint32_t)unpack_number(u, 4);
}

uint64_t unpack_u64(struct unpack *u)
{
	return unpack_number(u, 8);
}

void unpack_bytes(struct unpack *u, void *out, size_t len)
{
	const char *at = take_bytes(u, len);

	if (at)
		memcpy(out, at, len);
	else
		memset(out, 0, len);
}

struct span unpack_span(struct unpack *u)
{
	uint32_t len = unpack_u32(u);
	const char *at = take_bytes(u, len);

	return at ? (struct span){ at, len } : (struct span){ "", 0 };
}

char *unpack_text(struct unpack *u)
{
	struct span s = unpack_span(u);

	if (s.len > 0 && memchr(s.at, '\0', s.len)) {
		u->bad = true;
		s.len = 0;
	}
	return mem_text_span(s);
}

uint32_t unpack_count(struct unpack *u, size_t each)
{
	uint32_t count = unpack_u32(u);

	if (!u->bad && each > 0 && count > (size_t)(u->end - u->at) / each)
		u->bad = true;
	return u->bad ? 0 : count;
}

bool unpack_ok(const struct unpack *u)
{
	return !u->bad && u->at == u->end;
}
