/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static const char out_of_memory[] = "signet: out of memory; this piece of work will be tried again\n";

static void die_out_of_memory(void)
{
	if (write(STDERR_FILENO, out_of_memory, sizeof out_of_memory - 1) < 0)
		_exit(EX_TEMPFAIL);
	_exit(EX_TEMPFAIL);
}

void *mem_alloc(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);

	if (memory == NULL)
		die_out_of_memory();
	return memory;
}

void *mem_resize(void *old, size_t count, size_t each)
{
	void *memory = reallocarray(old, count ? count : 1, each);

	if (memory == NULL)
		die_out_of_memory();
	return memory;
}

char *mem_text_span(struct span s)
{
	char *copy = mem_resize(NULL, s.len + 1, 1);

	if (s.len > 0)
		memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	return copy;
}

char *mem_text(const char *z)
{
	return z ? mem_text_span(span_of(z)) : NULL;
}

void buf_free(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->at)
		b->at[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		die_out_of_memory();
	size_t need = b->len + more + 1;
	if (need <= b->cap)
		return;
	size_t cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	b->at = mem_resize(b->at, cap, 1);
	b->cap = cap;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->at + b->len, bytes, len);
	b->len += len;
	b->at[b->len] = '\0';
}

void buf_add_span(struct buf *b, struct span s)
{
	buf_add(b, s.at, s.len);
}

void buf_add_text(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void buf_add_quoted(struct buf *b, struct span s)
{
	buf_add_byte(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"' || s.at[i] == '\\')
			buf_add_byte(b, '\\');
		buf_add_byte(b, s.at[i]);
	}
	buf_add_byte(b, '"');
}

void buf_add_byte(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *format, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return;
	buf_reserve(b, (size_t)len);
	vsnprintf(b->at + b->len, (size_t)len + 1, format, ap);
	b->len += (size_t)len;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vprintf(b, format, ap);
	va_end(ap);
}

void buf_drop_front(struct buf *b, size_t len)
{
	if (len > b->len)
		abort();
	if (len == 0)
		return;
	memmove(b->at, b->at + len, b->len - len);
	b->len -= len;
	b->at[b->len] = '\0';
}

const char *buf_text(struct buf *b)
{
	buf_reserve(b, 0);
	b->at[b->len] = '\0';
	return b->at;
}

char *buf_take(struct buf *b)
{
	buf_text(b);
	char *text = b->at;
	*b = (struct buf){ 0 };
	return text;
}
