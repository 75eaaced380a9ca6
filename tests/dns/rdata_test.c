/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/dns.h"

#define BYTES(literal) { "" literal, sizeof(literal) - 1 }
#define L50 "01234567890123456789012345678901234567890123456789"
#define L63 L50 "0123456789abc"

static const struct {
	struct span wire;
	const char *name;   /* NULL: malformed */
} names[] = {
	{ BYTES("\0"), "" },
	{ BYTES("\2mx\7example\3org\0"), "mx.example.org" },
	{ BYTES("\2MX\7eXample\3ORG\0"), "mx.example.org" },
	{ BYTES("\1_\1-\0"), "_.-" },
	{ BYTES("\3a.b\1c\0"), "a\\046b.c" },
	{ BYTES("\4a\\\0\xff\0"), "a\\092\\000\\255" },
	{ BYTES("\3a b\0"), "a\\032b" },
	{ BYTES("\77" L63 "\0"), L63 },
	{ BYTES(""), NULL },
	{ BYTES("\2mx"), NULL },
	{ BYTES("\3mx"), NULL },
	{ BYTES("\2mx\0\0"), NULL },
	{ BYTES("\2mx\300\14"), NULL },
	{ BYTES("\100" L63 "x\0"), NULL },
	{ BYTES("\77" L63 "\77" L63 "\77" L63 "\75" L50 "0123456789a\0"), L63 "." L63 "." L63 "." L50 "0123456789a" },
	{ BYTES("\77" L63 "\77" L63 "\77" L63 "\77" L63 "\0"), NULL },
};

static void read_names(void)
{
	struct buf name = { 0 };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		buf_clear(&name);
		bool good = dns_read_name(names[i].wire, &name);
		ok(good == (names[i].name != NULL), "name %zu is %s", i, names[i].name ? "good" : "malformed");
		is_text(buf_text(&name), names[i].name ? names[i].name : "", "name %zu", i);
		if (good && strchr(buf_text(&name), '\\'))
			ok(!dns_name_is_valid(buf_text(&name)), "name %zu is never asked for", i);
	}
	buf_free(&name);
}

static void read_mx(void)
{
	struct buf host = { 0 };
	uint16_t preference = 0;

	ok(dns_read_mx(SPAN("\1\2\2mx\3org\0"), &preference, &host), "an MX");
	is_int(preference, 258, "its preference");
	is_text(buf_text(&host), "mx.org", "its host");
	ok(dns_read_mx(SPAN("\0\0\0"), &preference, &host), "a null MX");
	is_text(buf_text(&host), "", "its host is the root");
	ok(!dns_read_mx(SPAN("\0\12"), &preference, &host), "no host");
	ok(!dns_read_mx(SPAN("\0"), &preference, &host), "half a preference");
	ok(!dns_read_mx(SPAN(""), &preference, &host), "nothing");
	buf_free(&host);
}

static void read_txt(void)
{
	struct buf text = { 0 };

	ok(dns_read_txt(SPAN("\3abc"), &text), "one string");
	is_text(buf_text(&text), "abc", "is it");
	ok(dns_read_txt(SPAN("\3abc\0\2de"), &text), "three strings");
	is_text(buf_text(&text), "abcde", "are joined");
	ok(dns_read_txt(SPAN("\0"), &text), "an empty string");
	ok(!dns_read_txt(SPAN(""), &text), "no string at all is malformed");
	ok(!dns_read_txt(SPAN("\3ab"), &text), "a short string is malformed");
	is_int(text.len, 0, "and leaves nothing");
	buf_free(&text);
}

static const struct {
	const char *name;
	bool valid;
} valid[] = {
	{ "example.org", true }, { "example.org.", true }, { "org", true }, { "_dmarc.example.org", true },
	{ "1.2.0.192.in-addr.arpa", true }, { "0/25.2.0.192.in-addr.arpa", true },
	{ L63 ".org", true }, { L63 "x.org", false },
	{ L63 "." L63 "." L63 "." L50 "0123456789a", true }, { L63 "." L63 "." L63 "." L50 "0123456789ab", false },
	{ "", false }, { ".", false }, { "..", false }, { ".org", false }, { "a..b", false }, { "a b", false },
	{ "a\\.b", false }, { "b\303\274cher.example", false }, { "a\nb", false },
};

static void read_srv(void)
{
	struct buf host = { 0 };
	uint16_t priority = 0, weight = 0, port = 0;

	ok(dns_read_srv(SPAN("\0\1\1\2\2\113\2mx\3org\0"), &priority, &weight, &port, &host), "an SRV");
	is_int(priority, 1, "its priority");
	is_int(weight, 258, "its weight");
	is_int(port, 587, "its port");
	is_text(buf_text(&host), "mx.org", "its host");
	ok(dns_read_srv(SPAN("\0\0\0\0\0\0\0"), &priority, &weight, &port, &host), "one that is not there");
	is_text(buf_text(&host), "", "its host is the root");
	ok(!dns_read_srv(SPAN("\0\0\0\0\0\0"), &priority, &weight, &port, &host), "no host");
	ok(!dns_read_srv(SPAN("\0\0\0\0\0\0\2mx"), &priority, &weight, &port, &host), "half a host");
	ok(!dns_read_srv(SPAN(""), &priority, &weight, &port, &host), "nothing");
	buf_free(&host);
}

int main(void)
{
	tap_plan(80);
	read_srv();
	read_names();
	read_mx();
	read_txt();
	for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
		ok(dns_name_is_valid(valid[i].name) == valid[i].valid, "\"%.40s\" is %sa name", valid[i].name,
		   valid[i].valid ? "" : "not ");
	return tap_done();
}
