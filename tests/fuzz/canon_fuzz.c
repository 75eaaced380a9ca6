/* SPDX-License-Identifier: ISC */
/* Body canonicalisation: cutting changes nothing, and canonical text stays as it is. */
#include "sign/canon.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *context, struct span piece)
{
	buf_add_span(context, piece);
}

static void canonical(enum canon kind, struct span body, size_t step, struct buf *out)
{
	static struct canon_body b;

	canon_body_begin(&b, kind, collect, out);
	for (size_t at = 0; at < body.len; at += step) {
		size_t len = body.len - at < step ? body.len - at : step;
		canon_body_feed(&b, (struct span){ body.at + at, len });
	}
	canon_body_end(&b);
}

static void check_body(enum canon kind, struct span body, size_t step)
{
	struct buf whole = { 0 }, cut = { 0 }, again = { 0 };

	canonical(kind, body, body.len + 1, &whole);
	canonical(kind, body, step, &cut);
	canonical(kind, buf_span(&whole), step, &again);
	if (!span_eq(buf_span(&whole), buf_span(&cut)) || !span_eq(buf_span(&whole), buf_span(&again)))
		abort();
	if (kind != CANON_SIMPLE && whole.len > body.len + 2)
		abort();
	buf_free(&whole);
	buf_free(&cut);
	buf_free(&again);
}

static void check_field(struct span field)
{
	struct buf once = { 0 }, twice = { 0 };

	canon_field(CANON_RELAXED, field, &once);
	if (memchr(field.at, ':', field.len)) {
		canon_field(CANON_RELAXED, buf_span(&once), &twice);
		if (!span_eq(buf_span(&once), buf_span(&twice)) && !memchr(field.at, '\r', field.len))
			abort();
	}
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct span body = { (const char *)data + 1, size - 1 };

	check_body(CANON_SIMPLE, body, data[0] % 37 + 1U);
	check_body(CANON_RELAXED, body, data[0] % 37 + 1U);
	check_body(CANON_NOFWS, body, data[0] % 37 + 1U);
	check_field(body);
	return 0;
}
