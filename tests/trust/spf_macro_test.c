/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/spf_macro.h"

/* RFC 7208 section 7.4, its addresses in today's forms, and each rule of 7.1 to 7.3. */
static const struct { const char *text, *four, *six; } expansions[] = {
	{ "%{s}", "strong-bad@email.example.com", "strong-bad@email.example.com" },
	{ "%{o}", "email.example.com", "email.example.com" },
	{ "%{d}", "email.example.com", "email.example.com" },
	{ "%{d4}", "email.example.com", "email.example.com" },
	{ "%{d3}", "email.example.com", "email.example.com" },
	{ "%{d2}", "example.com", "example.com" },
	{ "%{d1}", "com", "com" },
	{ "%{dr}", "com.example.email", "com.example.email" },
	{ "%{d2r}", "example.email", "example.email" },
	{ "%{l}", "strong-bad", "strong-bad" },
	{ "%{l-}", "strong.bad", "strong.bad" },
	{ "%{lr}", "strong-bad", "strong-bad" },
	{ "%{lr-}", "bad.strong", "bad.strong" },
	{ "%{l1r-}", "strong", "strong" },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com",
	  "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com" },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", "bad.strong.lp._spf.example.com" },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
	  "bad.strong.lp.1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com" },
	{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com",
	  "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.strong.lp._spf.example.com" },
	{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
	{ "%{c}", "192.0.2.3", "2001:db8::cb01" },
	{ "%{i}", "192.0.2.3", "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1" },
	{ "%{h}", "mail.example.net", "mail.example.net" },
	{ "%{p}", "mx.example.com", "mx.example.com" },
	{ "%{r}", "here.example.org", "here.example.org" },
	{ "%{t}", "1700000000", "1700000000" },
	{ "%%%_%-", "% %20", "% %20" },
	{ "%{S}", "strong-bad%40email.example.com", "strong-bad%40email.example.com" },
	{ "%{D2R}", "example.email", "example.email" },
	{ "%{s2@}", "", "" },                                 /* "@" is not a delimiter */
	{ "%{s9-@}", "", "" },
	{ "%{l3-_}", "strong.bad", "strong.bad" },
	{ "%{s2-}", "strong.bad@email.example.com", "strong.bad@email.example.com" },
	{ "%{d127}", "email.example.com", "email.example.com" },
	{ "%{d99999999999999999999}", "email.example.com", "email.example.com" },
	{ "a%{d1}b", "acomb", "acomb" },
};

/* at: where it is wrong; -1: sound. */
static const struct { const char *text; enum spf_macro_place place; int at; } checks[] = {
	{ "example.com", SPF_MACRO_DOMAIN, -1 },
	{ "example.com.", SPF_MACRO_DOMAIN, -1 },
	{ "%{d}", SPF_MACRO_DOMAIN, -1 },
	{ "x%%", SPF_MACRO_DOMAIN, -1 },
	{ "foo:bar/baz.example.com", SPF_MACRO_DOMAIN, -1 },
	{ "example.xn--p1ai", SPF_MACRO_DOMAIN, -1 },
	{ "example.1-2", SPF_MACRO_DOMAIN, -1 },
	{ "%{ir}.%{v}._spf.%{d2}", SPF_MACRO_DOMAIN, -1 },
	{ "%{l+-_=/,.}.example.com", SPF_MACRO_DOMAIN, -1 },
	{ "", SPF_MACRO_DOMAIN, 0 },
	{ "com", SPF_MACRO_DOMAIN, 0 },
	{ "com.", SPF_MACRO_DOMAIN, 0 },
	{ "example.com..", SPF_MACRO_DOMAIN, 0 },
	{ "192.0.2.1", SPF_MACRO_DOMAIN, 0 },
	{ "example.-com", SPF_MACRO_DOMAIN, 0 },
	{ "example.com-", SPF_MACRO_DOMAIN, 0 },
	{ "%{d}com", SPF_MACRO_DOMAIN, 4 },
	{ "%{d}.c_m", SPF_MACRO_DOMAIN, 4 },
	{ "a%b.example.com", SPF_MACRO_DOMAIN, 1 },
	{ "a.example.com%", SPF_MACRO_DOMAIN, 13 },
	{ "x.%{", SPF_MACRO_DOMAIN, 2 },
	{ "x.%{d", SPF_MACRO_DOMAIN, 2 },
	{ "x.%{a}", SPF_MACRO_DOMAIN, 2 },
	{ "x.%{d0}", SPF_MACRO_DOMAIN, 2 },
	{ "x.%{dr2}", SPF_MACRO_DOMAIN, 2 },
	{ "x.%{d:}", SPF_MACRO_DOMAIN, 2 },
	{ "x.%(d)", SPF_MACRO_DOMAIN, 2 },
	{ "%{c}.example.com", SPF_MACRO_DOMAIN, 0 },
	{ "%{r}", SPF_MACRO_DOMAIN, 0 },
	{ "%{T}", SPF_MACRO_DOMAIN, 0 },
	{ "caf\xc3\xa9.example.com", SPF_MACRO_DOMAIN, 3 },
	{ "a\tb.example.com", SPF_MACRO_DOMAIN, 1 },
	{ "", SPF_MACRO_VALUE, -1 },
	{ "any:thing/at=all", SPF_MACRO_VALUE, -1 },
	{ "%abc", SPF_MACRO_VALUE, 0 },
	{ "a b", SPF_MACRO_VALUE, 1 },
	{ "", SPF_MACRO_EXPLAIN, -1 },
	{ "%{c} may not: ask %{r} at %{t}.", SPF_MACRO_EXPLAIN, -1 },
	{ "bad %{x}", SPF_MACRO_EXPLAIN, 4 },
	{ "\xef\xbb\xbfWords", SPF_MACRO_EXPLAIN, 0 },
};

static struct spf_macro_values values = {
	.sender = SPAN("strong-bad@email.example.com"), .local = SPAN("strong-bad"), .sender_domain = SPAN("email.example.com"),
	.domain = SPAN("email.example.com"), .helo = SPAN("mail.example.net"), .validated = SPAN("mx.example.com"),
	.receiver = SPAN("here.example.org"), .now_s = 1700000000,
};

static void check_expansion(const char *text, const char *client, const char *want)
{
	struct buf out = { 0 };
	size_t at;

	if (want[0] == '\0') {
		ok(spf_macro_check(span_of(text), SPF_MACRO_EXPLAIN, &at) != NULL, "%s is not a macro", text);
		return;
	}
	ip_address_parse(span_of(client), &values.client);
	spf_macro_expand(span_of(text), &values, &out);
	is_text(buf_text(&out), want, "%s for %s", text, client);
	buf_free(&out);
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(expansions) + TAP_ROWS(checks) + 4);
	for (int i = 0; i < TAP_ROWS(expansions); i++) {
		check_expansion(expansions[i].text, "192.0.2.3", expansions[i].four);
		check_expansion(expansions[i].text, "2001:db8::cb01", expansions[i].six);
	}
	for (int i = 0; i < TAP_ROWS(checks); i++) {
		size_t at = 0;
		const char *wrong = spf_macro_check(span_of(checks[i].text), checks[i].place, &at);
		is_int(wrong ? (int)at : -1, checks[i].at, "\"%s\": %s", checks[i].text, wrong ? wrong : "sound");
	}
	ok(spf_macro_has(SPAN("x.%{d}.%{P2r}"), 'p'), "has p, in upper case");
	ok(!spf_macro_has(SPAN("p.%%{p}.%{d}"), 'p'), "a p that is not a macro");
	struct buf parts = { 0 }, out = { 0 };
	for (int i = 0; i < 3000; i++)
		buf_add_text(&parts, "-");
	values.local = buf_span(&parts);
	spf_macro_expand(SPAN("%{l2r-}"), &values, &out);
	is_text(buf_text(&out), ".", "a local part of nothing but delimiters");
	buf_clear(&out);
	values.local = (struct span){ "a.b\xff c", 6 };
	spf_macro_expand(SPAN("%{L}"), &values, &out);
	is_text(buf_text(&out), "a.b%FF%20c", "bytes of any kind are escaped");
	buf_free(&parts);
	buf_free(&out);
	return tap_done();
}
