/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "trust/txt_damage.h"

#define HEAD "v=DKIM1; k=rsa; p="
#define KEY "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx+y/AB"

static const struct {
	const char *what, *published, *says;
} rows[] = {
	{ "the same", HEAD KEY, "" },
	{ "without blanks", "v=DKIM1;k=rsa;p=" KEY, "" },
	{ "other tags before the key", "v=DKIM1; h=sha256; k=rsa; p=" KEY, "" },
	{ "quotes around it", "\"" HEAD KEY "\"", "at byte 1 stands a quotation mark, which belongs to the zone file and not into the value" },
	{ "a backslash", "v=DKIM1\\; k=rsa\\; p=" KEY, "at byte 8 stands a backslash, which some zone files need and this DNS form does not" },
	{ "U+200B", HEAD "MIIB\xe2\x80\x8bIjAN", "at byte 23 stands a zero width space (U+200B), which nobody sees" },
	{ "a no-break space", "v=DKIM1;\xc2\xa0k=rsa; p=" KEY, "at byte 9 stands a no-break space (U+00A0), which looks like a blank" },
	{ "smart quotes", "\xe2\x80\x9c" HEAD KEY, "at byte 1 stands a typographic quotation mark" },
	{ "a BOM", "\xef\xbb\xbf" HEAD KEY, "at byte 1 stands a byte order mark (U+FEFF), which nobody sees" },
	{ "an entity for the plus", HEAD "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx&#43;y/AB",
	  "at byte 64 stands an ampersand, as an HTML entity begins" },
	{ "a blank for the plus", HEAD "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx y/AB", "at byte 64 stands a blank where \"+\" belongs" },
	{ "other case", HEAD "miibijan", "at byte 19 stands \"m\" where \"M\" belongs" },
	{ "cut", HEAD "MIIBIjANBgkqhkiG9w0B", "it ends after byte 38, and 30 more belong there" },
	{ "a part twice", HEAD KEY "AB", "from byte 69 on it has 2 bytes that do not belong there" },
	{ "a tag behind it", HEAD KEY "; t=y", "from byte 69 on it has 5 bytes that do not belong there" },
	{ "no p=", "v=DKIM1; k=rsa; " KEY, "at byte 17 stands \"M\" where \"p\" belongs" },
	{ "not UTF-8", HEAD "\xff" KEY, "at byte 19 stands the byte 0xff" },
	{ "a NUL byte that became 1", HEAD KEY "\001", "at byte 69 stands the byte 0x01" },
	{ "nothing", "", "it ends after byte 0, and 68 more belong there" },
};

/* A key of 2048 bits has 392 characters. */
static void cut_at_255(void)
{
	struct buf expected = { 0 }, said = { 0 };

	buf_add_text(&expected, HEAD);
	while (expected.len < 410)
		buf_add_byte(&expected, (char)('A' + expected.len % 26));
	ok(txt_damage_point(buf_span(&expected), (struct span){ expected.at, 255 }, &said), "cut at 255");
	is_text(buf_text(&said), "it ends after byte 255, as in a form that takes no more than one string of a TXT record, and 155 more "
	        "belong there", "says where that comes from");
	buf_free(&expected);
	buf_free(&said);
}

static const struct {
	const char *published, *says;
} unknown[] = {
	{ "v=spf1 ip4:192.0.2.1 -all", "" },
	{ "v=DMARC1; p=none; rua=mailto:a&b@example.org", "" },
	{ "v=DMARC1\\; p=none", "at byte 9 stands a backslash, which some zone files need and this DNS form does not" },
	{ "v=spf1\xc2\xa0-all", "at byte 7 stands a no-break space (U+00A0), which looks like a blank" },
	{ "v=spf1 \xe2\x80\x93" "all", "at byte 8 stands a typographic dash" },
	{ "", "" },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + TAP_ROWS(unknown) + 2);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf said = { 0 };
		txt_damage_point(SPAN(HEAD KEY), span_of(rows[i].published), &said);
		is_text(buf_text(&said), rows[i].says, "%s", rows[i].what);
		buf_free(&said);
	}
	cut_at_255();
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		struct buf said = { 0 };
		txt_damage_foreign(span_of(unknown[i].published), &said);
		is_text(buf_text(&said), unknown[i].says, "%s", unknown[i].published);
		buf_free(&said);
	}
	return tap_done();
}
