/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/spf_edit.h"
#include "trust/spf_merge.h"

static const struct {
	const char *records, *add, *becomes;    /* "|" between several */
} rows[] = {
	{ "", "ip4:192.0.2.7", "v=spf1 ip4:192.0.2.7 ~all" },
	{ "", "", "v=spf1 ~all" },
	{ "v=spf1 mx -all", "ip4:192.0.2.7", "v=spf1 mx ip4:192.0.2.7 -all" },
	{ "v=spf1 mx ip4:192.0.2.7 ~all", "ip4:192.0.2.7", "v=spf1 mx ip4:192.0.2.7 ~all" },
	{ "v=spf1 mx -all|v=spf1 include:isp.example ~all", "", "v=spf1 mx include:isp.example -all" },
	{ "v=spf1 mx +all", "", "v=spf1 mx ~all" },
	{ "v=spf1 mx ?all", "", "v=spf1 mx ~all" },
	{ "v=spf1 mx", "", "v=spf1 mx ~all" },
	{ "v=spf1 ptr mx -all", "", "v=spf1 mx -all" },
	{ "v=spf1 ipv4:192.0.2.1 mx -all", "ip4:192.0.2.7", "v=spf1 mx ip4:192.0.2.7 -all" },
	{ "v=spf1 ip4:192.0.2.300 mx -all", "", "v=spf1 mx -all" },
	{ "v=spf1 redirect=_spf.isp.example", "ip4:192.0.2.7", "v=spf1 ip4:192.0.2.7 redirect=_spf.isp.example" },
	{ "v=spf1 exp=why.example.org  MX  -all", "ip4:192.0.2.7", "v=spf1 exp=why.example.org  MX  ip4:192.0.2.7 -all" },
	{ "v=spf1 mx -all exp=why.example.org", "", "v=spf1 mx -all exp=why.example.org" },
};

/* In which nothing is wrong. */
static const char *const sound[] = {
	"v=spf1 mx -all", "v=spf1 +mx ~all", "v=spf1 exp=why.example.org a -all", "v=spf1  a  -all exp=why.example.org x=y", "v=spf1 -ip4:192.0.2.7 a -all",
	"v=spf1 redirect=_spf.isp.example", "v=spf1 exp=why.example.org redirect=_spf.isp.example",
};

static void split(const char *text, struct text_list *out)
{
	struct span rest = span_of(text);

	while (rest.at && text[0])
		text_list_add(out, span_cut(&rest, '|'));
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + TAP_ROWS(sound));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct text_list records = { 0 }, add = { 0 };
		struct buf out = { 0 };
		split(rows[i].records, &records);
		split(rows[i].add, &add);
		spf_edit(&records, &add, &out);
		is_text(buf_text(&out), rows[i].becomes, "%s + %s", rows[i].records, rows[i].add);
		text_list_free(&records);
		text_list_free(&add);
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
		struct text_list records = { 0 }, add = { 0 };
		struct buf edited = { 0 }, merged = { 0 };
		struct fault f;
		text_list_add(&records, span_of(sound[i]));
		split("ip4:192.0.2.7|mx", &add);
		spf_edit(&records, &add, &edited);
		ok(spf_merge(span_of(sound[i]), &add, &merged, &f) == 0 && strcmp(buf_text(&edited), buf_text(&merged)) == 0,
		   "%s: signet check and signet dns write the same: %s", sound[i], buf_text(&edited));
		text_list_free(&records);
		text_list_free(&add);
		buf_free(&edited);
		buf_free(&merged);
	}
	return tap_done();
}
