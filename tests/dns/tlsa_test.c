/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/tlsa.h"

#define D32 "0123456789abcdef0123456789abcdef"
#define D64 D32 D32

static const struct {
	const char *name;
	struct span rdata;
	bool reads, usable;
} rows[] = {
	{ "DANE-EE, key, SHA-256", SPAN("\3\1\1" D32), true, true },
	{ "DANE-EE, certificate, SHA-512", SPAN("\3\0\2" D64), true, true },
	{ "DANE-TA, certificate, whole", SPAN("\2\0\0" "0"), true, true },
	{ "DANE-TA, key, SHA-256", SPAN("\2\1\1" D32), true, true },
	{ "PKIX-TA is not for SMTP", SPAN("\0\0\1" D32), true, false },
	{ "PKIX-EE is not for SMTP", SPAN("\1\1\1" D32), true, false },
	{ "an unknown usage", SPAN("\4\1\1" D32), true, false },
	{ "an unknown selector", SPAN("\3\2\1" D32), true, false },
	{ "an unknown matching type", SPAN("\3\1\3" D32), true, false },
	{ "a SHA-256 that is too short", SPAN("\3\1\1" "0123456789abcdef"), true, false },
	{ "a SHA-256 that is too long", SPAN("\3\1\1" D64), true, false },
	{ "a SHA-512 that is too short", SPAN("\3\1\2" D32), true, false },
	{ "no data", SPAN("\3\1\1"), false, false },
	{ "nothing at all", SPAN(""), false, false },
};

int main(void)
{
	static char huge[3 + TLSA_DATA_MAX + 1] = "\3";
	struct tlsa t;

	tap_plan(42);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool reads = tlsa_read(rows[i].rdata, &t);
		ok(reads == rows[i].reads, "%s: is one or not", rows[i].name);
		ok((reads && tlsa_is_usable(&t)) == rows[i].usable, "%s: of use or not", rows[i].name);
		struct span got = { (char *)t.data, t.len }, want = { rows[i].rdata.at + 3, rows[i].rdata.len - 3 };
		if (reads)
			is_span(got, want, "%s: its data", rows[i].name);
		tlsa_free(&t);
	}
	ok(tlsa_read((struct span){ huge, sizeof huge - 1 }, &t), "as long as a certificate may be");
	tlsa_free(&t);
	ok(!tlsa_read((struct span){ huge, sizeof huge }, &t), "and no longer");
	return tap_done();
}
