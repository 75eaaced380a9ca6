/* SPDX-License-Identifier: ISC */
#include "base/mail/recode.h"

#include "base/mail/message.h"
#include "base/mail/recode_plan.h"

#include <stdlib.h>

struct recode {
	struct span message;
	struct recode_changes changes;
};

struct recode *recode_plan(struct span message, bool eight_bit_too, struct fault *f)
{
	struct recode *r = mem_alloc(sizeof *r);

	r->message = message.len > 0 ? message : SPAN("");
	if (recode_find_changes(r->message, eight_bit_too, &r->changes, f) == 0)
		return r;
	recode_free(r);
	return NULL;
}

void recode_free(struct recode *r)
{
	if (r == NULL)
		return;
	recode_changes_free(&r->changes);
	free(r);
}

bool recode_is_needed(const struct recode *r)
{
	return r->changes.count > 0;
}

/* ---- header sections ---- */

static void add_text(struct recode_out *o, const char *text)
{
	recode_out_add(o, span_of(text));
}

static void add_encoding(struct recode_out *o, const struct recode_change *c)
{
	add_text(o, "Content-Transfer-Encoding: ");
	add_text(o, recode_encoding_name(c->becomes));
	add_text(o, "\r\n");
}

static void add_type(struct recode_out *o, const struct recode_change *c)
{
	add_text(o, "Content-Type: text/plain; charset=");
	add_text(o, c->charset);
	add_text(o, "\r\n");
}

/* Fields that it writes again stand where the first of that name stood; the others of it go. */
static void write_header(struct recode_out *o, const struct recode_change *c, struct span header)
{
	struct span rest = message_skip_mbox(header);
	bool has_type = c->charset == NULL, has_encoding = !c->says_encoding;
	struct field field;

	recode_break(o, span_between(header.at, rest.at), false);
	while (message_next_field(&rest, &field)) {
		if (c->charset && span_eq_nocase(field.name, SPAN("Content-Type"))) {
			if (!has_type)
				add_type(o, c);
			has_type = true;
		} else if (c->says_encoding && span_eq_nocase(field.name, SPAN("Content-Transfer-Encoding"))) {
			if (!has_encoding)
				add_encoding(o, c);
			has_encoding = true;
		} else {
			recode_break(o, field.raw, false);
		}
	}
	if (c->adds_version)
		add_text(o, "MIME-Version: 1.0\r\n");
	if (!has_type)
		add_type(o, c);
	if (!has_encoding)
		add_encoding(o, c);
	if (c->separated)
		add_text(o, "\r\n");
}

int recode_write(const struct recode *r, recode_sink *sink, void *context, struct fault *f)
{
	struct recode_out out = { .sink = sink, .context = context, .fault = f };
	const char *message = r->message.at;
	size_t at = 0;

	for (size_t i = 0; i < r->changes.count && !out.failed; i++) {
		const struct recode_change *c = &r->changes.items[i];
		recode_out_add(&out, span_between(message + at, message + c->from));
		if (c->kind == RECODE_LINES)
			recode_break(&out, span_between(message + c->from, message + c->to), c->eight_bit_too);
		else if (c->kind != RECODE_CUT)
			write_header(&out, c, span_between(message + c->from, message + c->body));
		if (c->kind == RECODE_PART)
			recode_encode(&out, span_between(message + c->body, message + c->to), c->was, c->becomes,
			              c->to == r->message.len);
		at = c->to;
	}
	recode_out_add(&out, span_between(message + at, message + r->message.len));
	return recode_out_end(&out);
}
