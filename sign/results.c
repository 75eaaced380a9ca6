/* SPDX-License-Identifier: ISC */
#include "sign/fold.h"
#include "sign/sign.h"

const char *verify_result_name(enum verify_result r)
{
	static const char *const names[] = {
		[VERIFY_NONE] = "none",           [VERIFY_PASS] = "pass",           [VERIFY_FAIL] = "fail",
		[VERIFY_POLICY] = "policy",       [VERIFY_NEUTRAL] = "neutral",     [VERIFY_TEMPERROR] = "temperror",
		[VERIFY_PERMERROR] = "permerror",
	};

	return names[r];
}

/* RFC 2045 section 5.1: token; and "@" for the identities of header.i. */
static bool is_plain(struct span s)
{
	static const char special[] = "()<>,;:\\\"/[]?= ";

	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] == 0x7f || strchr(special, s.at[i]))
			return false;
	return s.len > 0;
}

/* Foreign bytes that a quoted string cannot hold become "?". */
static void add_value(struct buf *out, struct span s)
{
	if (is_plain(s)) {
		buf_add_span(out, s);
		return;
	}
	buf_add_byte(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"' || s.at[i] == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, s.at[i] >= ' ' && s.at[i] < 0x7f ? s.at[i] : '?');
	}
	buf_add_byte(out, '"');
}

static void add_property(struct fold *f, const char *name, const char *value)
{
	struct buf text = { 0 };

	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(&text, "%s=", name);
	add_value(&text, span_of(value));
	fold_word(f, buf_span(&text));
	buf_free(&text);
}

/* After what was there before, if anything. */
static void add_result(struct fold *f, bool *first, const char *method, const char *result)
{
	struct buf text = { 0 };

	if (!*first)
		fold_piece(f, SPAN(";"));
	*first = false;
	fold_line(f);
	buf_printf(&text, "%s=%s", method, result);
	fold_word(f, buf_span(&text));
	buf_free(&text);
}

void verifier_results_field(const struct verifier *v, const char *authserv_id, const struct other_result *others,
                            size_t other_count, struct buf *out)
{
	struct fold f = fold_begin(out, "Authentication-Results:");
	struct buf id = { 0 };
	bool first = true;

	add_value(&id, span_of(authserv_id));
	buf_add_byte(&id, ';');
	fold_word(&f, buf_span(&id));
	buf_free(&id);
	for (size_t i = 0; i < other_count; i++) {
		add_result(&f, &first, others[i].method, others[i].result);
		add_property(&f, "reason", others[i].reason);
		for (size_t p = 0; p < OTHER_PROPERTIES_MAX; p++)
			add_property(&f, others[i].properties[p].name, others[i].properties[p].value);
	}
	for (size_t i = 0; i < verifier_count(v); i++) {
		const struct verify_signature *s = verifier_signature(v, i);
		add_result(&f, &first, s->scheme == SIGN_DKIM ? "dkim" : "domainkeys", verify_result_name(s->result));
		add_property(&f, "reason", s->reason);
		add_property(&f, "header.d", s->domain);
		add_property(&f, "header.s", s->selector);
		add_property(&f, "header.a", s->algorithm);
		add_property(&f, "header.i", s->identity);
		add_property(&f, s->sender_field[0] == 's' ? "header.sender" : "header.from", s->sender);
		add_property(&f, "header.b", s->b_start);
	}
	if (verifier_count(v) == 0 && other_count == 0)
		fold_word(&f, SPAN("dkim=none"));
	else if (verifier_count(v) == 0)
		add_result(&f, &first, "dkim", "none");
	fold_end(&f);
}
