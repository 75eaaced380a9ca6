/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/spf_record.h"

/* What a record is read as: "KIND[:DOMAIN][/4//6]" a term, or "!COLUMN" an error; blanks between. */
static const struct { const char *record, *want; unsigned lookups; } rows[] = {
	{ "v=spf1", "", 0 },
	{ "v=spf1 ", "", 0 },
	{ "V=SPF1 -ALL", "-all", 0 },
	{ "v=spf1 a mx ptr -all", "+a/32//128 +mx/32//128 +ptr -all", 3 },
	{ "v=spf1  a   -all  ", "+a/32//128 -all", 1 },
	{ "v=spf1 a/24 mx//64 a:example.com/8//48 ?all", "+a/24//128 +mx/32//64 +a:example.com/8//48 ?all", 3 },
	{ "v=spf1 a/0 mx//0 all", "+a/0//128 +mx/32//0 +all", 2 },
	{ "v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::1", "+ip4/32 +ip4/24 +ip6/32 +ip6/128", 0 },
	{ "v=spf1 ip6:::ffff:192.0.2.1 ~all", "+ip6/128 ~all", 0 },
	{ "v=spf1 IP4:192.0.2.1 Include:example.net -all", "+ip4/32 +include:example.net -all", 1 },
	{ "v=spf1 include:_spf.%{d} exists:%{ir}.sbl.example.org redirect=other.example exp=e.example",
	  "+include:_spf.%{d} +exists:%{ir}.sbl.example.org redirect:other.example exp:e.example", 3 },
	{ "v=spf1 redirect=other.example -all", "redirect:other.example -all", 0 },
	{ "v=spf1 -all a mx", "-all +a/32//128 +mx/32//128", 0 },
	{ "v=spf1 moo.cow-far_out=man:dog/cat -all", "modifier:man:dog/cat -all", 0 },
	{ "v=spf1 x= -all", "modifier -all", 0 },
	{ "v=spf1 a:foo:bar/baz.example.com", "+a:foo:bar/baz.example.com/32//128", 1 },
	{ "v=spf1 a:%{l/}/24", "+a:%{l/}/24//128", 1 },
	/* errors */
	{ "v=spf1 a:", "!10", 0 },
	{ "v=spf1 include -all", "-all !15", 0 },
	{ "v=spf1 include: -all", "-all !16", 0 },
	{ "v=spf1 exists", "!14", 0 },
	{ "v=spf1 ip4 -all", "-all !11", 0 },
	{ "v=spf1 ip4: -all", "-all !12", 0 },
	{ "v=spf1 ip4:192.0.2", "!12", 0 },
	{ "v=spf1 ip4:192.0.2.1/33", "!21", 0 },
	{ "v=spf1 ip4:192.0.2.1/024", "!21", 0 },
	{ "v=spf1 ip4:192.0.2.1//24", "!12", 0 },
	{ "v=spf1 ip4:192.0.2.1/", "!12", 0 },
	{ "v=spf1 ip4:192.0.2.1:25", "!12", 0 },
	{ "v=spf1 ip4:192.0.2.01", "!12", 0 },
	{ "v=spf1 ip4:2001:db8::1", "!12", 0 },
	{ "v=spf1 ip6:192.0.2.1", "!12", 0 },
	{ "v=spf1 ip6:2001:db8::/129", "!22", 0 },
	{ "v=spf1 a/33", "!9", 0 },
	{ "v=spf1 a//129", "!9", 0 },
	{ "v=spf1 a/24/64", "!12", 0 },
	{ "v=spf1 a/", "!9", 0 },
	{ "v=spf1 a:example.com/024", "!21", 0 },
	{ "v=spf1 -all.", "!9", 0 },
	{ "v=spf1 -all:x", "!12", 0 },
	{ "v=spf1 all/8", "!11", 0 },
	{ "v=spf1 ptr/8", "!11", 0 },
	{ "v=spf1 include:example.com/24", "!16", 0 },
	{ "v=spf1 a:192.0.2.1", "!10", 0 },
	{ "v=spf1 192.0.2.1", "!8", 0 },
	{ "v=spf1 mx a moo -all", "+mx/32//128 +a/32//128 -all !13", 2 },
	{ "v=spf1 ipv4:192.0.2.1", "!8", 0 },
	{ "v=spf1 -", "!8", 0 },
	{ "v=spf1 +-all", "!9", 0 },
	{ "v=spf1 redirect:example.com", "!8", 0 },
	{ "v=spf1 redirect= -all", "-all !17", 0 },
	{ "v=spf1 redirect=a.example redirect=b.example", "redirect:a.example !27", 1 },
	{ "v=spf1 exp=a.example exp=b.example", "exp:a.example !22", 0 },
	{ "v=spf1 exp=%{r}.example", "!12", 0 },
	{ "v=spf1 1up=foo =all", "!8 !16", 0 },
	{ "v=spf1 moo.cow/far_out=man", "!8", 0 },
	{ "v=spf1 foo=%abc", "!12", 0 },
	{ "v=spf1 a:x\xc3\xa9.example.com", "!11", 0 },
	{ "v=spf1 \xe2\x80\x93" "all", "!8", 0 },
	{ "v=spf1 a\tmx", "!9", 0 },
	{ "v=spf1 a:example.com,mx", "!10", 0 },
	{ "v=spf1 b c d", "!8 !10 !12", 0 },
};

static const struct { const char *record, *words; } errors[] = {
	{ "v=spf1 ipv4:192.0.2.1", "\"ipv4\" is not a mechanism; did you mean \"ip4\"?" },
	{ "v=spf1 inclde:example.com", "\"inclde\" is not a mechanism; did you mean \"include\"?" },
	{ "v=spf1 zzzzzzzz", "\"zzzzzzzz\" is not a mechanism" },
	{ "v=spf1 192.0.2.1", "an address is written ip4:192.0.2.1" },
	{ "v=spf1 a:192.0.2.1", "the name ends in a number; an address is written ip4: or ip6:" },
	{ "v=spf1 ip4:2001:db8::1", "this is not an IPv4 address; ip6: takes the other family" },
	{ "v=spf1 redirect:example.com", "\"redirect\" is not a mechanism; did you mean \"redirect=\"?" },
	{ "v=spf1 a\xc2\xa0mx", "this byte (0xc2) cannot be in a record: blanks alone part terms" },
};

static const struct { const char *text; bool is; } versions[] = {
	{ "v=spf1", true }, { "v=spf1 -all", true }, { "V=sPf1 a", true }, { "v=spf10", false }, { "v=spf1\t-all", false },
	{ " v=spf1 -all", false }, { "v=spf1;", false }, { "v=spf2.0/pra", false }, { "", false }, { "\"v=spf1 -all\"", false },
};

static void describe(const struct spf_record *r, struct buf *out)
{
	static const char *const names[] = { "all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect", "exp", "modifier" };
	static const char signs[] = { [SPF_PASS] = '+', [SPF_FAIL] = '-', [SPF_SOFTFAIL] = '~', [SPF_NEUTRAL] = '?' };

	for (size_t i = 0; i < r->count; i++) {
		const struct spf_term *t = &r->terms[i];
		buf_add_text(out, out->len > 0 ? " " : "");
		if (t->kind < SPF_REDIRECT)
			buf_add_byte(out, signs[t->qualifier]);
		buf_add_text(out, names[t->kind]);
		if (t->domain.len > 0)
			buf_printf(out, ":%.*s", (int)t->domain.len, t->domain.at);
		if (t->kind == SPF_A || t->kind == SPF_MX)
			buf_printf(out, "/%u//%u", t->bits4, t->bits6);
		if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
			buf_printf(out, "/%u", t->network.bits);
	}
	for (size_t i = 0; i < r->error_count; i++)
		buf_printf(out, "%s!%zu", out->len > 0 ? " " : "", r->errors[i].column);
}

int main(void)
{
	struct spf_record r;
	struct buf out = { 0 };

	tap_plan(2 * TAP_ROWS(rows) + TAP_ROWS(errors) + TAP_ROWS(versions) + 6);
	for (int i = 0; i < TAP_ROWS(versions); i++)
		is_int(spf_is_record(span_of(versions[i].text)), versions[i].is, "is \"%s\" a record?", versions[i].text);
	for (int i = 0; i < TAP_ROWS(rows); i++, buf_clear(&out)) {
		spf_record_parse(span_of(rows[i].record), &r);
		describe(&r, &out);
		is_text(buf_text(&out), rows[i].want, "%s", rows[i].record);
		is_int(r.lookups, rows[i].lookups, "its look-ups");
		spf_record_free(&r);
	}
	for (int i = 0; i < TAP_ROWS(errors); i++) {
		spf_record_parse(span_of(errors[i].record), &r);
		is_text(r.error_count == 1 ? r.errors[0].text : "", errors[i].words, "%s", errors[i].record);
		spf_record_free(&r);
	}
	struct span whole = SPAN("v=spf1 a ~mx:%{d} exp=x.example -all ?all redirect=y.example");
	spf_record_parse(whole, &r);
	is_span(r.terms[1].text, SPAN("~mx:%{d}"), "a term as written");
	is_int(r.terms[1].column, 10, "its column");
	ok(r.all == &r.terms[3], "the first all");
	ok(r.exp == &r.terms[2] && r.redirect == &r.terms[5], "exp= and redirect=");
	spf_record_free(&r);
	spf_record_parse((struct span){ "v=spf1 a:foo.example.com\0x -all", 31 }, &r);
	is_int(r.error_count, 1, "a NUL is an error");
	is_int(r.error_count ? r.errors[0].column : 0, 25, "its column");
	spf_record_free(&r);
	buf_free(&out);
	return tap_done();
}
