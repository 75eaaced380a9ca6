/* SPDX-License-Identifier: ISC */
#include "sign/field.h"

#include "base/base64.h"
#include "sign/canon.h"
#include "sign/signature.h"
#include "sign/tag_text.h"

#include <stdio.h>

static void add_tag(struct fold *f, const char *name, struct span value)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s=", name);
	buf_add_span(&text, value);
	buf_add_byte(&text, ';');
	fold_word(f, buf_span(&text));
	buf_free(&text);
}

static void add_time(struct fold *f, const char *name, int64_t time_s)
{
	char digits[24];

	if (time_s < 0)
		return;
	snprintf(digits, sizeof digits, "%lld", (long long)time_s);
	add_tag(f, name, span_of(digits));
}

static void add_names(struct fold *f, const struct field_names *names)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < names->count; i++) {
		buf_clear(&text);
		buf_add_text(&text, i == 0 ? "h=" : "");
		for (size_t j = 0; j < names->items[i].len; j++)
			buf_add_byte(&text, byte_lower(names->items[i].at[j]));
		buf_add_byte(&text, i + 1 < names->count ? ':' : ';');
		if (i == 0)
			fold_word(f, buf_span(&text));
		else
			fold_piece(f, buf_span(&text));
	}
	buf_free(&text);
}

static struct fold begin_domainkeys(const struct sign_options *o, const struct field_names *names, struct buf *out)
{
	struct fold f = fold_begin(out, "DomainKey-Signature:");

	add_tag(&f, "a", SPAN("rsa-sha1"));
	add_tag(&f, "q", SPAN("dns"));
	add_tag(&f, "c", span_of(canon_name(o->header)));
	add_tag(&f, "d", span_of(o->domain));
	add_tag(&f, "s", span_of(o->selector));
	add_names(&f, names);
	return f;
}

static struct fold begin_dkim(const struct sign_options *o, const struct field_names *names, const struct digest *body,
                              struct buf *out)
{
	struct fold f = fold_begin(out, "DKIM-Signature:");
	struct buf text = { 0 };

	add_tag(&f, "v", SPAN("1"));
	add_tag(&f, "a", span_of(signature_algorithm(sign_key_type(o->key))));
	buf_printf(&text, "%s/%s", canon_name(o->header), canon_name(o->body));
	add_tag(&f, "c", buf_span(&text));
	add_tag(&f, "d", span_of(o->domain));
	add_tag(&f, "s", span_of(o->selector));
	if (o->identity) {
		buf_clear(&text);
		tag_text_encode(span_of(o->identity), &text);
		add_tag(&f, "i", buf_span(&text));
	}
	add_time(&f, "t", o->now_s);
	add_time(&f, "x", o->expires_s);
	add_names(&f, names);
	buf_clear(&text);
	base64_encode(digest_span(body), &text);
	add_tag(&f, "bh", buf_span(&text));
	buf_free(&text);
	return f;
}

struct fold field_begin(const struct sign_options *o, const struct field_names *names, const struct digest *body,
                        struct buf *out)
{
	struct fold f = o->scheme == SIGN_DKIM ? begin_dkim(o, names, body, out) : begin_domainkeys(o, names, out);

	fold_word(&f, SPAN("b="));
	return f;
}

void field_finish(struct fold *f, struct span signature)
{
	struct buf text = { 0 };

	base64_encode(signature, &text);
	fold_run(f, buf_span(&text));
	fold_end(f);
	buf_free(&text);
}
