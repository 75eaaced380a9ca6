/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/spf_merge.h"

#include <stdlib.h>

static const struct { const char *published, *mechanisms, *want; } rows[] = {
	{ "", "ip4:192.0.2.1", "v=spf1 ip4:192.0.2.1 ~all" },
	{ "", "ip4:192.0.2.1 ip6:2001:db8::1 include:_spf.isp.example", "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 include:_spf.isp.example ~all" },
	{ "v=spf1 mx -all", "ip4:192.0.2.1", "v=spf1 mx ip4:192.0.2.1 -all" },
	{ "v=spf1 mx -all ", "ip4:192.0.2.1", "v=spf1 mx ip4:192.0.2.1 -all" },
	{ "V=SPF1  mx   ?all exp=e.example", "a:b.example", "V=SPF1  mx   a:b.example ?all exp=e.example" },
	{ "v=spf1 mx redirect=other.example", "a:b.example", "v=spf1 mx a:b.example redirect=other.example" },
	{ "v=spf1 redirect=other.example -all", "a:b.example", "v=spf1 redirect=other.example a:b.example -all" },
	{ "v=spf1 mx", "a:b.example", "v=spf1 mx a:b.example" },
	{ "v=spf1", "a:b.example", "v=spf1 a:b.example" },
	{ "v=spf1 +A:B.example -all", "a:b.example", "v=spf1 +A:B.example -all" },
	{ "v=spf1 include:_spf.isp.example ~all", "include:_spf.isp.example ip4:192.0.2.1", "v=spf1 include:_spf.isp.example ip4:192.0.2.1 ~all" },
	{ "v=spf1 -a:b.example -all", "a:b.example", "v=spf1 -a:b.example a:b.example -all" },
	{ "v=spf1 mx -all", "", "v=spf1 mx -all" },
	{ "v=spf1 mxx -all", "a:b.example", "the published SPF record has an error at column 8: \"mxx\" is not a mechanism; did you mean \"mx\"?; "
	  "fix it first: v=spf1 mxx -all" },
};

static const struct { const char *mechanism; bool fine; } mechanisms[] = {
	{ "include:_spf.isp.example", true }, { "ip4:192.0.2.0/24", true }, { "+a:b.example", true }, { "mx", true },
	{ "-a:b.example", false }, { "all", false }, { "redirect=b.example", false }, { "a b", false }, { "", false }, { "isp.example", false },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + TAP_ROWS(mechanisms));
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct text_list list = { 0 };
		struct buf out = { 0 };
		struct fault f = { 0 };
		for (struct span rest = span_of(rows[i].mechanisms); rest.len > 0;)
			text_list_add(&list, span_cut(&rest, ' '));
		int result = spf_merge(span_of(rows[i].published), &list, &out, &f);
		is_text(result < 0 ? f.text : buf_text(&out), rows[i].want, "\"%s\" and %s", rows[i].published, rows[i].mechanisms);
		text_list_free(&list);
		buf_free(&out);
	}
	for (int i = 0; i < TAP_ROWS(mechanisms); i++) {
		char *wrong = spf_mechanism_error(span_of(mechanisms[i].mechanism));
		is_int(wrong == NULL, mechanisms[i].fine, "%s: %s", mechanisms[i].mechanism, wrong ? wrong : "fine");
		free(wrong);
	}
	return tap_done();
}
