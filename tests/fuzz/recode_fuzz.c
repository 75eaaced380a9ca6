/* SPDX-License-Identifier: ISC */
/*
 * The MIME re-encoder: what it makes has no long line, no NUL and no line end
 * but CRLF, and to it nothing is left to do; what it has nothing to do with
 * stays as it is. The first byte chooses whether 8-bit goes too; the rest is
 * a message, whose line ends are made CRLF as pickup does.
 */
#include "base/mail/recode.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_add_span(context, piece);
	return 0;
}

static void with_crlf(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		if (in.at[i] == '\n' && (i == 0 || in.at[i - 1] != '\r'))
			buf_add_byte(out, '\r');
		buf_add_byte(out, in.at[i]);
	}
	if (out->len > 0 && out->at[out->len - 1] != '\n')
		buf_add_text(out, "\r\n");
}

/* False: refused, for which there must be a reason. */
static bool run(struct span in, bool eight_bit_too, struct buf *out)
{
	struct fault f = { 0 };
	struct recode *r = recode_plan(in, eight_bit_too, &f);

	if (r == NULL) {
		if (f.kind != FAULT_PERMANENT || f.text[0] == '\0')
			abort();
		return false;
	}
	if (recode_write(r, keep, out, &f) < 0)
		abort();
	recode_free(r);
	return true;
}

static void check_lines(struct span s)
{
	struct recode_look look = { 0 };

	recode_look(&look, s);
	if (recode_is_unfit(&look) || (s.len > 0 && s.at[s.len - 1] != '\n'))
		abort();
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] == '\n') != (i > 0 && s.at[i - 1] == '\r'))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in = { 0 }, out = { 0 }, again = { 0 };
	struct recode_look before = { 0 };

	if (size < 1)
		return 0;
	with_crlf((struct span){ (const char *)data + 1, size - 1 }, &in);
	recode_look(&before, buf_span(&in));
	bool fit = !recode_is_unfit(&before);
	if (run(buf_span(&in), data[0] & 1, &out)) {
		check_lines(buf_span(&out));
		if (fit && !(data[0] & 1) && !span_eq(buf_span(&in), buf_span(&out)))
			abort();
		if (!run(buf_span(&out), data[0] & 1, &again) || !span_eq(buf_span(&out), buf_span(&again)))
			abort();
	} else if (fit) {
		abort();
	}
	buf_free(&in);
	buf_free(&out);
	buf_free(&again);
	return 0;
}
