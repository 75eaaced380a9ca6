#include "base/pack.h"

#include "base/fault.h"

#include <stdlib.h>

#include <stdio.h>

static void pack_big_endian(struct buf *out, uint64_t v, unsigned bytes)
{
	char raw[8];

	for (unsigned i = 0; i < bytes; i++)
		raw[i] = (char)(unsigned char)(v >> (8 * (bytes - 1 - i)));
	buf_add(out, raw, bytes);
}

void pack_u8(struct buf *out, uint8_t v)
{
	pack_big_endian(out, v, 1);
}

void pack_u16(struct buf *out, uint16_t v)
{
	pack_big_endian(out, v, 2);
}

void pack_u32(struct buf *out, uint32_t v)
{
	pack_big_endian(out, v, 4);
}

void pack_u64(struct buf *out, uint64_t v)
{
	pack_big_endian(out, v, 8);
}

void pack_i64(struct buf *out, int64_t v)
{
	pack_big_endian(out, (uint64_t)v, 8);
}

void pack_span(struct buf *out, struct span v)
{
	pack_u32(out, (uint32_t)v.len);
	buf_add_span(out, v);
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

void pack_fault(struct buf *out, const struct fault *f)
{
	pack_u8(out, (uint8_t)f->kind);
	pack_text(out, f->status);
	pack_text(out, f->text);
}

struct unpack unpack_from(struct span s)
{
	const char *at = s.at ? s.at : "";    /* nothing may be added to NULL, not even nought */

	return (struct unpack){ .at = at, .end = at + s.len };
}

static const char *take(struct unpack *u, size_t len)
{
	if (u->bad || (size_t)(u->end - u->at) < len) {
		u->bad = true;
		return NULL;
	}
	const char *at = u->at;
	u->at += len;
	return at;
}

static uint64_t unpack_big_endian(struct unpack *u, unsigned bytes)
{
	const char *at = take(u, bytes);
	uint64_t v = 0;

	for (unsigned i = 0; at && i < bytes; i++)
		v = v << 8 | (unsigned char)at[i];
	return v;
}

uint8_t unpack_u8(struct unpack *u)
{
	return (uint8_t)unpack_big_endian(u, 1);
}

uint16_t unpack_u16(struct unpack *u)
{
	return (uint16_t)unpack_big_endian(u, 2);
}

uint32_t unpack_u32(struct unpack *u)
{
	return (uint32_t)unpack_big_endian(u, 4);
}

uint64_t unpack_u64(struct unpack *u)
{
	return unpack_big_endian(u, 8);
}

int64_t unpack_i64(struct unpack *u)
{
	return (int64_t)unpack_big_endian(u, 8);
}

struct span unpack_span(struct unpack *u)
{
	uint32_t len = unpack_u32(u);
	const char *at = take(u, len);

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

void unpack_fault(struct unpack *u, struct fault *f)
{
	*f = (struct fault){ 0 };
	uint8_t kind = unpack_u8(u);
	struct span status = unpack_span(u);
	struct span text = unpack_span(u);

	if (kind > FAULT_POLICY)
		u->bad = true;
	if (u->bad)
		return;
	f->kind = (enum fault_kind)kind;
	snprintf(f->status, sizeof f->status, "%.*s", (int)status.len, status.at);
	snprintf(f->text, sizeof f->text, "%.*s", (int)text.len, text.at);
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
