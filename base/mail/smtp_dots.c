/* SPDX-License-Identifier: ISC */
#include "base/mail/smtp_dots.h"

/* Takes what may be the end, or a dot too many. False: the line, or a CR that was held back, goes on as text. */
static bool take_dots(struct smtp_dots *d, struct span *in, bool *ended)
{
	while (in->len > 0) {
		char c = in->at[0];
		if (d->at == DOTS_LINE_BEGINS && c == '.')
			d->at = DOTS_DOT;
		else if (d->at == DOTS_DOT && c == '\r')
			d->at = DOTS_DOT_CR;
		else if (c == '\n' && (d->at == DOTS_DOT_CR || (d->at == DOTS_DOT && d->lf_lines)))
			*ended = true;
		else
			return false;
		*in = span_between(in->at + 1, in->at + in->len);
		if (*ended)
			return true;
	}
	return true;
}

/* Where the next line that begins with a dot begins, or may begin; else the end. */
static const char *skip_lines(struct smtp_dots *d, struct span in)
{
	const char *at = in.at, *end = in.at + in.len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		if (lf == NULL) {
			d->after_cr = end[-1] == '\r';
			return end;
		}
		bool ends_line = d->lf_lines || (lf > in.at ? lf[-1] == '\r' : d->after_cr);
		d->after_cr = false;
		at = lf + 1;
		if (ends_line && (at == end || *at == '.')) {
			d->at = DOTS_LINE_BEGINS;
			return at;
		}
	}
	return end;
}

enum smtp_dots_found smtp_dots_next(struct smtp_dots *d, struct span *in, struct span *out)
{
	bool ended = false;

	if (d->at != DOTS_INSIDE && take_dots(d, in, &ended)) {
		if (ended)
			*d = (struct smtp_dots){ .lf_lines = d->lf_lines };
		return ended ? SMTP_DOTS_END : SMTP_DOTS_MORE;
	}
	if (in->len == 0)
		return SMTP_DOTS_MORE;
	bool held = d->at == DOTS_DOT_CR;
	d->at = DOTS_INSIDE;
	if (held) {
		*out = SPAN("\r");
		return SMTP_DOTS_BYTES;
	}
	const char *end = skip_lines(d, *in);
	*out = span_between(in->at, end);
	*in = span_between(end, in->at + in->len);
	return SMTP_DOTS_BYTES;
}
