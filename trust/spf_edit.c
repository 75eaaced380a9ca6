/* SPDX-License-Identifier: ISC */
#include "trust/spf_edit.h"

#include "trust/spf_merge.h"
#include "trust/spf_record.h"

static void add_once(struct text_list *terms, struct span term)
{
	if (!text_list_has_nocase(terms, term))
		text_list_add(terms, term);
}

/* Two errors may be of one term. */
static bool is_sound(const struct spf_record *r, const struct spf_term *t)
{
	for (size_t i = 0; i < r->error_count; i++)
		if (r->errors[i].term.at == t->text.at)
			return false;
	return true;
}

/* Nothing in it has to be corrected. */
static bool is_well(const struct spf_record *r)
{
	bool well = r->error_count == 0 && (r->all ? r->all->qualifier == SPF_FAIL || r->all->qualifier == SPF_SOFTFAIL : r->redirect != NULL);

	for (size_t i = 0; i < r->count; i++)
		well &= r->terms[i].kind != SPF_PTR;
	return well;
}

/* False: there is not one record that has nothing wrong. */
static bool extend(const struct text_list *records, const struct text_list *add, struct buf *out)
{
	struct spf_record r = { 0 };

	if (records->count != 1)
		return false;
	spf_record_parse(span_of(records->items[0]), &r);
	bool well = is_well(&r);
	spf_record_free(&r);
	return well && spf_merge(span_of(records->items[0]), add, out, NULL) == 0;
}

void spf_edit(const struct text_list *records, const struct text_list *add, struct buf *out)
{
	if (extend(records, add, out))
		return;
	struct text_list terms = { 0 }, modifiers = { 0 };
	bool strict = false, ends = false, redirected = false;

	for (size_t i = 0; i < records->count; i++) {
		struct spf_record r = { 0 };
		spf_record_parse(span_of(records->items[i]), &r);
		for (size_t k = 0; k < r.count; k++) {
			const struct spf_term *t = &r.terms[k];
			if (t->kind == SPF_ALL) {
				ends = true;
				strict |= t->qualifier == SPF_FAIL;
			} else if (t->kind == SPF_PTR || !is_sound(&r, t)) {
				continue;
			} else if (t->kind < SPF_REDIRECT) {
				add_once(&terms, t->text);
			} else if (t->kind != SPF_REDIRECT || records->count == 1) {
				redirected |= t->kind == SPF_REDIRECT;
				add_once(&modifiers, t->text);
			}
		}
		spf_record_free(&r);
	}
	for (size_t i = 0; i < add->count; i++)
		add_once(&terms, span_of(add->items[i]));
	buf_add_text(out, "v=spf1");
	for (size_t i = 0; i < terms.count; i++)
		buf_printf(out, " %s", terms.items[i]);
	if (ends || !redirected)
		buf_add_text(out, strict ? " -all" : " ~all");
	for (size_t i = 0; i < modifiers.count; i++)
		buf_printf(out, " %s", modifiers.items[i]);
	text_list_free(&terms);
	text_list_free(&modifiers);
}
