/* SPDX-License-Identifier: ISC */
/*
 * buf - an owned, growing run of bytes; and memory that cannot fail.
 *
 * A zeroed buf is empty and valid; buf_free takes it back there. `at` is NUL
 * terminated one byte past `len` whenever it is not NULL, so text can be
 * handed to libc.
 *
 * Memory that runs out ends the process with EX_TEMPFAIL and one line on
 * stderr: every role may be killed at any step without losing mail, so this
 * is the one place that decides it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

#include <stdarg.h>

struct buf {
	char *at;
	size_t len;
	size_t cap;
};

void buf_free(struct buf *b);
void buf_clear(struct buf *b);                 /* length 0, memory kept */
void buf_reserve(struct buf *b, size_t more);  /* room for `more` bytes after len */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_span(struct buf *b, struct span s);
void buf_add_text(struct buf *b, const char *z);
void buf_add_byte(struct buf *b, char c);
void buf_add_quoted(struct buf *b, struct span s);           /* in double quotes, with a backslash before those and before itself */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_drop_front(struct buf *b, size_t len);

/* A C string in b->at, never NULL; still owned by b. */
const char *buf_text(struct buf *b);

/* Hands the memory over as a C string, never NULL; b is empty afterwards. */
char *buf_take(struct buf *b);

static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->at, b->len };
}

void *mem_alloc(size_t bytes);                       /* zeroed */
void *mem_resize(void *old, size_t count, size_t each);
char *mem_text(const char *z);                       /* NULL stays NULL */
char *mem_text_span(struct span s);

#endif
