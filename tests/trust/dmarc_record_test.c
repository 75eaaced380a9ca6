/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/dmarc_record.h"

/* "p sp np psd t adkim aspf rua ruf fo" as read, "-" for absent, "unusable" before; and notes: "KIND COLUMN" joined by blanks. */
static const struct { const char *record, *want, *notes; } rows[] = {
	{ "v=DMARC1; p=none", "none - - u n r r - - 0", "" },
	{ "v=DMARC1;p=reject;", "reject - - u n r r - - 0", "" },
	{ "v = DMARC1 ; p = quarantine ; sp=none ;np=reject", "quarantine none reject u n r r - - 0", "" },
	{ "v=DMARC1; p=reject; psd=y; t=y; adkim=s; aspf=s", "reject - - y y s s - - 0", "" },
	{ "v=DMARC1; p=reject; psd=n; t=n; adkim=r; aspf=r", "reject - - n n r r - - 0", "" },
	{ "V=DMARC1; P=Reject; PSD=Y; T=Y; ADKIM=S", "reject - - y y s r - - 0", "" },
	{ "v=DMARC1; p=none; rua=mailto:a@example.org, mailto:b@example.net ,https://x.example/y; ruf=mailto:f@example.org; fo=1:d:s",
	  "none - - u n r r mailto:a@example.org,mailto:b@example.net,https://x.example/y mailto:f@example.org 1:d:s", "" },
	{ "v=DMARC1; p=none; rua=mailto:a@example.org!10m", "none - - u n r r mailto:a@example.org - 0", "obsolete 43" },
	{ "v=DMARC1; p=none; pct=50; rf=afrf; ri=86400", "none - - u n r r - - 0", "obsolete 19 obsolete 27 obsolete 36" },
	{ "v=DMARC1; p=none; x=y; p=reject", "none - - u n r r - - 0", "unknown 19 wrong 24" },
	{ "v=DMARC1; sp=reject; p=none", "none reject - u n r r - - 0", "order 22" },
	{ "v=DMARC1; rua=mailto:a@example.org", "none - - u n r r mailto:a@example.org - 0", "" },
	{ "v=DMARC1", "none - - u n r r - - 0", "" },
	{ "v=DMARC1; sp=reject", "none reject - u n r r - - 0", "" },
	{ "v=DMARC1; p=rejct", "unusable none - - u n r r - - 0", "wrong 13" },
	{ "v=DMARC1; p=rejct; sp=reject; rua=mailto:a@example.org", "none - - u n r r mailto:a@example.org - 0", "wrong 13" },
	{ "v=DMARC1; p=reject; sp=bad", "unusable none - - u n r r - - 0", "wrong 24" },
	{ "v=DMARC1; p=reject; np=bad; rua=mailto:a@example.org", "none - - u n r r mailto:a@example.org - 0", "wrong 24" },
	{ "v=DMARC1; p=reject; rua=a@example.org", "reject - - u n r r - - 0", "wrong 25" },
	{ "v=DMARC1; p=reject; rua=mailto:nobody", "reject - - u n r r - - 0", "wrong 25" },
	{ "v=DMARC1; p=reject; rua=mailto:a@example.org mailto:b@example.org", "reject - - u n r r - - 0", "wrong 25" },
	{ "v=DMARC1; p=reject; rua=mailto:a@example.org,", "reject - - u n r r mailto:a@example.org - 0", "wrong 46" },
	{ "v=DMARC1; p=reject; adkim=x; t=1; psd=; fo=2", "reject - - u n r r - - 0", "wrong 27 wrong 32 wrong 35 wrong 44" },
	{ "v=DMARC1; p=reject p=none", "unusable none - - u n r r - - 0", "wrong 13" },
	{ "v=DMARC1; p=reject; ;; sp=none", "reject none - u n r r - - 0", "" },
	{ "v=DMARC1; p=reject; what; =x; a-b=c", "reject - - u n r r - - 0", "wrong 21 wrong 27 wrong 31" },
	{ "v=DMARC1; p=reject; ruf=mailto:\xc3\xa9@example.org", "reject - - u n r r - - 0", "wrong 32" },
	{ "v=DMARC1; p=reject; p=none", "reject - - u n r r - - 0", "wrong 21" },
};

static const struct { const char *text; bool is; } versions[] = {
	{ "v=DMARC1", true }, { "v=DMARC1;", true }, { "v=DMARC1 ; p=none", true }, { "v\t=\tDMARC1;p=none", true }, { "v=dmarc1; p=none", false },
	{ "v=DMARC10; p=none", false }, { "p=none; v=DMARC1", false }, { " v=DMARC1; p=none", false }, { "v=DMARC1 p=none", false },
	{ "v=spf1 -all", false }, { "", false }, { "v", false }, { "\"v=DMARC1\"", false },
};

static const struct { const char *uri, *domain; } uris[] = {
	{ "mailto:a@example.org", "example.org" }, { "MAILTO:a@example.org?subject=x@y", "example.org" }, { "mailto:example.org", "" },
	{ "mailto:@example.org", "" }, { "https://example.org/a@b", "" }, { "mailto:", "" },
};

static void add_list(const struct text_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		buf_printf(out, "%s%s", i ? "," : " ", list->items[i]);
	buf_add_text(out, list->count ? "" : " -");
}

static void describe(const struct dmarc_record *r, struct buf *out)
{
	const char *sp = dmarc_policy_name(r->sp), *np = dmarc_policy_name(r->np);

	buf_printf(out, "%s%s %s %s %c %c %c %c", r->usable ? "" : "unusable ", dmarc_policy_name(r->p), *sp ? sp : "-", *np ? np : "-",
	           r->psd, r->test ? 'y' : 'n', r->strict_dkim ? 's' : 'r', r->strict_spf ? 's' : 'r');
	add_list(&r->rua, out);
	add_list(&r->ruf, out);
	buf_printf(out, " %s", r->fo);
}

int main(void)
{
	static const char *const kinds[] = { "wrong", "obsolete", "unknown", "order" };
	struct buf got = { 0 }, notes = { 0 };

	tap_plan(2 * TAP_ROWS(rows) + TAP_ROWS(versions) + TAP_ROWS(uris) + 2);
	for (int i = 0; i < TAP_ROWS(versions); i++)
		is_int(dmarc_is_record(span_of(versions[i].text)), versions[i].is, "is \"%s\" a record?", versions[i].text);
	for (int i = 0; i < TAP_ROWS(uris); i++)
		is_span(dmarc_uri_domain(span_of(uris[i].uri)), span_of(uris[i].domain), "the host of %s", uris[i].uri);
	for (int i = 0; i < TAP_ROWS(rows); i++, buf_clear(&got), buf_clear(&notes)) {
		struct dmarc_record r;
		dmarc_record_parse(span_of(rows[i].record), &r);
		describe(&r, &got);
		for (size_t n = 0; n < r.note_count; n++)
			buf_printf(&notes, "%s%s %zu", n ? " " : "", kinds[r.notes[n].kind], r.notes[n].column);
		is_text(buf_text(&got), rows[i].want, "%s", rows[i].record);
		is_text(buf_text(&notes), rows[i].notes, "its notes");
		dmarc_record_free(&r);
	}
	struct dmarc_record r;
	dmarc_record_parse(SPAN("v=DMARC1; p=rej\x1b""ct; pct=1"), &r);
	is_text(r.notes[0].text, "this byte (0x1b) cannot be in a record", "a byte that is not printable is not in the words");
	is_text(r.notes[1].text, "pct means nothing any more (RFC 9989)", "the words of an obsolete tag");
	dmarc_record_free(&r);
	buf_free(&got);
	buf_free(&notes);
	return tap_done();
}
