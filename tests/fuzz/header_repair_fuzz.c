/* SPDX-License-Identifier: ISC */
/* Headers to be signed: one form, however they are cut, which repairing again leaves as it is. */
#include "signet/filter/header_repair.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void repair(struct span in, size_t cut, struct buf *out, struct buf *body)
{
	struct header_repair h = { 0 };
	struct span parts[2] = { { in.at, cut }, { in.at + cut, in.len - cut } };

	for (size_t i = 0; i < 2; i++)
		if (header_repair_feed(&h, &parts[i], out))
			buf_add_span(body, parts[i]);
		else if (parts[i].len > 0)
			abort();
	header_repair_end(&h, out);
}

/* Lines that end in CRLF, and no CR or LF elsewhere; the empty one is the last. */
static void check_lines(struct span text)
{
	while (text.len > 0) {
		struct span line = text;
		const char *lf = memchr(text.at, '\n', text.len);
		if (lf == NULL || lf == text.at || lf[-1] != '\r' || memchr(text.at, '\r', text.len) != lf - 1)
			abort();
		line.len = (size_t)(lf - text.at) + 1;
		text = (struct span){ text.at + line.len, text.len - line.len };
		if ((line.len == 2) != (text.len == 0))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct buf out = { 0 }, body = { 0 }, again = { 0 }, none = { 0 };

	repair(in, 0, &out, &body);
	check_lines(buf_span(&out));
	if (out.len < 2)
		abort();
	repair(in, size / 2, &again, &none);
	if (!span_eq(buf_span(&again), buf_span(&out)) || !span_eq(buf_span(&none), buf_span(&body)))
		abort();
	buf_clear(&again);
	buf_clear(&none);
	repair(buf_span(&out), out.len / 3, &again, &none);
	if (!span_eq(buf_span(&again), buf_span(&out)) || none.len > 0)
		abort();
	buf_free(&out);
	buf_free(&body);
	buf_free(&again);
	buf_free(&none);
	return 0;
}
