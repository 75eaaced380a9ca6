/* SPDX-License-Identifier: ISC */
#include "trust/spf_merge.h"

#include "base/escape.h"

#include <stdlib.h>

char *spf_mechanism_error(struct span mechanism)
{
	struct spf_record r;
	struct buf text = { 0 };
	char *wrong = NULL;

	buf_add_text(&text, "v=spf1 ");
	buf_add_span(&text, mechanism);
	spf_record_parse(buf_span(&text), &r);
	if (r.error_count > 0)
		wrong = mem_text(r.errors[0].text);
	else if (r.count != 1 || r.terms[0].kind >= SPF_REDIRECT || r.terms[0].kind == SPF_ALL || r.terms[0].qualifier != SPF_PASS)
		wrong = mem_text("one mechanism that passes is wanted, such as include:_spf.example.net, a:mail.example.net or ip4:192.0.2.1");
	spf_record_free(&r);
	buf_free(&text);
	return wrong;
}

static struct span without_plus(struct span s)
{
	return s.len > 0 && s.at[0] == '+' ? (struct span){ s.at + 1, s.len - 1 } : s;
}

static bool has_term(const struct spf_record *r, struct span mechanism)
{
	for (size_t i = 0; i < r->count; i++)
		if (span_eq_nocase(without_plus(r->terms[i].text), without_plus(mechanism)))
			return true;
	return false;
}

int spf_merge(struct span published, const struct text_list *mechanisms, struct buf *out, struct fault *f)
{
	struct span text = published.len > 0 ? published : SPAN("v=spf1 ~all");
	struct spf_record r;
	struct buf shown = { 0 };
	int result = 0;

	spf_record_parse(text, &r);
	if (r.error_count > 0) {
		escape(&shown, text);
		result = fault_set(f, FAULT_PERMANENT, "5.6.0", "the published SPF record has an error at column %zu: %s; fix it first: %s",
		                   r.errors[0].column, r.errors[0].text, buf_text(&shown));
	} else {
		const struct spf_term *before = r.all ? r.all : r.redirect;
		struct span end = text;
		while (end.len > 0 && end.at[end.len - 1] == ' ')
			end.len--;
		size_t at = before ? before->column - 1 : end.len;
		buf_add(out, text.at, at);
		for (size_t i = 0; i < mechanisms->count; i++)
			if (!has_term(&r, span_of(mechanisms->items[i])))
				buf_printf(out, before ? "%s " : " %s", mechanisms->items[i]);
		buf_add(out, text.at + at, end.len - at);
	}
	buf_free(&shown);
	spf_record_free(&r);
	return result;
}
