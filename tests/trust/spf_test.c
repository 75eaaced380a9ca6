/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"
#include "tests/trust/spf_lines.h"

#include "trust/spf.h"

#define TEN "a:b.example a:b.example a:b.example a:b.example a:b.example a:b.example a:b.example a:b.example a:b.example a:b.example"

/* Each name is a case; 192.0.2.1 and 2001:db8::1 are the client, unless it is said otherwise. */
static const struct zone_row zone[] = {
	{ "empty.example", "TXT", "v=spf1", 0 },
	{ "all.example", "TXT", "v=spf1 ?all", 0 },
	{ "other.example", "TXT", "some text", 0 },
	{ "two.example", "TXT", "v=spf1 +all", 0 },
	{ "two.example", "TXT", "v=spf1 -all", 0 },
	{ "mixed.example", "TXT", "v=spf10 +all", 0 },
	{ "mixed.example", "TXT", "v=spf1 ~all", 0 },
	{ "broken.example", "TROUBLE", "", 0 },
	{ "syntax.example", "TXT", "v=spf1 ip4:192.0.2.1 mux -all", 0 },
	{ "ip.example", "TXT", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", 0 },
	{ "a.example", "TXT", "v=spf1 a -all", 0 },
	{ "a.example", "A", "192.0.2.1", 0 },
	{ "a.example", "AAAA", "2001:db8::1", 0 },
	{ "b.example", "A", "192.0.2.7", 0 },
	{ "b.example", "AAAA", "2001:db8::7", 0 },
	{ "anet.example", "TXT", "v=spf1 a:b.example/29//126 -all", 0 },
	{ "anet0.example", "TXT", "v=spf1 a:b.example/29 ~all", 0 },
	{ "alias.example", "CNAME", "a.example", 0 },
	{ "loop.example", "CNAME", "loop.example", 0 },
	{ "atrouble.example", "TXT", "v=spf1 a:broken.example +all", 0 },
	{ "mx.example", "TXT", "v=spf1 mx -all", 0 },
	{ "mx.example", "MX", "b.example", 0 },
	{ "mx.example", "MX", "A.example.", 0 },
	{ "nullmx.example", "TXT", "v=spf1 mx -all", 0 },
	{ "nullmx.example", "MX", ".", 0 },
	{ "mxtrouble.example", "TXT", "v=spf1 mx ?all", 0 },
	{ "mxtrouble.example", "MX", "broken.example", 0 },
	{ "noimplicit.example", "TXT", "v=spf1 mx ~all", 0 },
	{ "noimplicit.example", "A", "192.0.2.1", 0 },
	{ "1.2.0.192.in-addr.arpa", "PTR", "wrong.example", 0 },
	{ "1.2.0.192.in-addr.arpa", "PTR", "host.ptr.example", 0 },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR", "host.ptr.example", 0 },
	{ "wrong.example", "A", "192.0.2.9", 0 },
	{ "host.ptr.example", "A", "192.0.2.1", 0 },
	{ "host.ptr.example", "AAAA", "2001:db8::1", 0 },
	{ "ptr.example", "TXT", "v=spf1 ptr -all", 0 },
	{ "ptrwrong.example", "TXT", "v=spf1 ptr:wrong.example -all", 0 },
	{ "ptrlabel.example", "TXT", "v=spf1 ptr:tr.example -all", 0 },
	{ "ptrtrouble.example", "TXT", "v=spf1 ptr ?all", 0 },
	{ "8.2.0.192.in-addr.arpa", "TROUBLE", "", 0 },
	{ "exists.example", "TXT", "v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all", 0 },
	{ "1.2.0.192.user._spf.exists.example", "A", "127.0.0.2", 0 },
	{ "exists6.example", "TXT", "v=spf1 exists:b.example -all", 0 },
	{ "include.example", "TXT", "v=spf1 include:ip.example -all", 0 },
	{ "incfail.example", "TXT", "v=spf1 include:no.example ~all", 0 },
	{ "no.example", "TXT", "v=spf1 -all exp=why.example", 0 },
	{ "incnone.example", "TXT", "v=spf1 include:other.example +all", 0 },
	{ "incgone.example", "TXT", "v=spf1 include:gone.example +all", 0 },
	{ "inctrouble.example", "TXT", "v=spf1 include:broken.example +all", 0 },
	{ "incsyntax.example", "TXT", "v=spf1 include:syntax.example +all", 0 },
	{ "incneg.example", "TXT", "v=spf1 -include:ip.example +all", 0 },
	{ "incself.example", "TXT", "v=spf1 include:incself.example", 0 },
	{ "redirect.example", "TXT", "v=spf1 redirect=ip.example", 0 },
	{ "rednone.example", "TXT", "v=spf1 redirect=other.example", 0 },
	{ "redall.example", "TXT", "v=spf1 redirect=ip.example ~all", 0 },
	{ "redneutral.example", "TXT", "v=spf1 redirect=empty.example", 0 },
	{ "redexp.example", "TXT", "v=spf1 exp=never.example redirect=no.example", 0 },
	{ "redself.example", "TXT", "v=spf1 redirect=redself.example", 0 },
	{ "why.example", "TXT", "%{i} may not, says %{d}", 0 },
	{ "expinc.example", "TXT", "v=spf1 include:no.example -all", 0 },
	{ "exptwo.example", "TXT", "v=spf1 -all exp=two.example", 0 },
	{ "expgone.example", "TXT", "v=spf1 -all exp=gone.example", 0 },
	{ "exptrouble.example", "TXT", "v=spf1 -all exp=broken.example", 0 },
	{ "expbad.example", "TXT", "v=spf1 -all exp=bad.example", 0 },
	{ "bad.example", "TXT", "caf\xc3\xa9", 0 },
	{ "expp.example", "TXT", "v=spf1 -all exp=p.example", 0 },
	{ "p.example", "TXT", "%{p} at %{t}, heard by %{r}", 0 },
	{ "expvoid.example", "TXT", "v=spf1 a:g1.example a:g2.example -all exp=p.example", 0 },
	{ "exppass.example", "TXT", "v=spf1 +all exp=why.example", 0 },
	{ "ten.example", "TXT", "v=spf1 " TEN " +all", 0 },
	{ "eleven.example", "TXT", "v=spf1 " TEN " mx +all", 0 },
	{ "elevenlate.example", "TXT", "v=spf1 ip4:192.0.2.1 " TEN " mx -all", 0 },
	{ "inceleven.example", "TXT", "v=spf1 include:ten.example -all", 0 },
	{ "void.example", "TXT", "v=spf1 a:g1.example mx:g2.example +all", 0 },
	{ "void3.example", "TXT", "v=spf1 a:g1.example mx:g2.example exists:other.example +all", 0 },
	{ "mxvoid.example", "TXT", "v=spf1 mx -all", 0 },
	{ "mxvoid.example", "MX", "g1.example", 0 },
	{ "mxvoid.example", "MX", "g2.example", 0 },
	{ "mxvoid.example", "MX", "g3.example", 0 },
	{ "elevenmx.example", "TXT", "v=spf1 mx +all", 0 },
	{ "elevenmx.example", "MX", "m0.example", 0 }, { "elevenmx.example", "MX", "m1.example", 0 }, { "elevenmx.example", "MX", "m2.example", 0 },
	{ "elevenmx.example", "MX", "m3.example", 0 }, { "elevenmx.example", "MX", "m4.example", 0 }, { "elevenmx.example", "MX", "m5.example", 0 },
	{ "elevenmx.example", "MX", "m6.example", 0 }, { "elevenmx.example", "MX", "m7.example", 0 }, { "elevenmx.example", "MX", "m8.example", 0 },
	{ "elevenmx.example", "MX", "m9.example", 0 }, { "elevenmx.example", "MX", "m10.example", 0 },
	{ "longname.example", "TXT", "v=spf1 a:%{l}.example ?all", 0 },
	{ "xn--bcher-kva.example", "TXT", "v=spf1 +all", 0 },
	{ "elevenptr.example", "TXT", "v=spf1 ptr ~all", 0 },
	{ "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 }, { "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 },
	{ "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 }, { "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 },
	{ "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 }, { "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 },
	{ "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 }, { "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 },
	{ "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 }, { "20.2.0.192.in-addr.arpa", "PTR", "b.example", 0 },
	{ "20.2.0.192.in-addr.arpa", "PTR", "elevenptr.example", 0 }, { "elevenptr.example", "A", "192.0.2.20", 0 },
	{ "mail.helo.example", "TXT", "v=spf1 ip4:192.0.2.1 -all exp=said.helo.example", 0 },
	{ "said.helo.example", "TXT", "%{s} %{l} %{o} %{h}", 0 },
};

enum { ZONE = sizeof zone / sizeof zone[0] };

/* steps: "DOMAIN TERM COLUMN" joined by " > ". */
static const struct { const char *client, *from; enum spf_result result; const char *steps, *reason, *explanation; } rows[] = {
	{ "192.0.2.1", "u@empty.example", SPF_NEUTRAL, "", "nothing in the record of empty.example matches", "" },
	{ "192.0.2.1", "u@all.example", SPF_NEUTRAL, "all.example ?all 8", "\"?all\" of all.example matches", "" },
	{ "192.0.2.1", "u@other.example", SPF_NONE, "", "other.example publishes no SPF record", "" },
	{ "192.0.2.1", "u@gone.example", SPF_NONE, "", "gone.example does not exist", "" },
	{ "192.0.2.1", "u@example", SPF_NONE, "", "\"example\" is not a domain name of two labels or more", "" },
	{ "192.0.2.1", "u@a..example", SPF_NONE, "", "\"a..example\" is not a domain name of two labels or more", "" },
	{ "192.0.2.1", "u@[192.0.2.1]", SPF_NONE, "", "\"[192.0.2.1]\" is not a domain name of two labels or more", "" },
	{ "192.0.2.1", "u@two.example", SPF_PERMERROR, "", "two.example publishes 2 SPF records, and only one is allowed", "" },
	{ "192.0.2.1", "u@mixed.example", SPF_SOFTFAIL, "mixed.example ~all 8", "\"~all\" of mixed.example matches", "" },
	{ "192.0.2.1", "u@broken.example", SPF_TEMPERROR, "", "TXT broken.example could not be looked up: SERVFAIL", "" },
	{ "192.0.2.1", "u@syntax.example", SPF_PERMERROR, "syntax.example mux 22",
	  "the record of syntax.example has an error at column 22: \"mux\" is not a mechanism; did you mean \"mx\"?", "" },
	{ "192.0.2.1", "u@IP.example.", SPF_PASS, "IP.example ip4:192.0.2.0/24 8", "\"ip4:192.0.2.0/24\" of IP.example matches", "" },
	{ "2001:db8::1", "u@ip.example", SPF_PASS, "ip.example ip6:2001:db8::/32 25", "\"ip6:2001:db8::/32\" of ip.example matches", "" },
	{ "::ffff:192.0.2.1", "u@ip.example", SPF_PASS, "ip.example ip4:192.0.2.0/24 8", "\"ip4:192.0.2.0/24\" of ip.example matches", "" },
	{ "198.51.100.1", "u@ip.example", SPF_FAIL, "ip.example -all 43", "\"-all\" of ip.example matches", "" },
	{ "192.0.2.1", "u@a.example", SPF_PASS, "a.example a 8", "\"a\" of a.example matches", "" },
	{ "2001:db8::1", "u@a.example", SPF_PASS, "a.example a 8", "\"a\" of a.example matches", "" },
	{ "192.0.2.2", "u@a.example", SPF_FAIL, "a.example -all 10", "\"-all\" of a.example matches", "" },
	{ "192.0.2.1", "u@alias.example", SPF_PASS, "alias.example a 8", "\"a\" of alias.example matches", "" },
	{ "192.0.2.1", "u@loop.example", SPF_TEMPERROR, "", "TXT loop.example could not be looked up: no answer", "" },
	{ "192.0.2.1", "u@anet.example", SPF_PASS, "anet.example a:b.example/29//126 8", "\"a:b.example/29//126\" of anet.example matches", "" },
	{ "2001:db8::5", "u@anet.example", SPF_PASS, "anet.example a:b.example/29//126 8", "\"a:b.example/29//126\" of anet.example matches", "" },
	{ "2001:db8::5", "u@anet0.example", SPF_SOFTFAIL, "anet0.example ~all 23", "\"~all\" of anet0.example matches", "" },
	{ "192.0.2.1", "u@atrouble.example", SPF_TEMPERROR, "atrouble.example a:broken.example 8",
	  "A broken.example could not be looked up: SERVFAIL", "" },
	{ "192.0.2.1", "u@mx.example", SPF_PASS, "mx.example mx 8", "\"mx\" of mx.example matches", "" },
	{ "192.0.2.1", "u@nullmx.example", SPF_FAIL, "nullmx.example -all 11", "\"-all\" of nullmx.example matches", "" },
	{ "192.0.2.1", "u@mxtrouble.example", SPF_TEMPERROR, "mxtrouble.example mx 8", "A broken.example could not be looked up: SERVFAIL", "" },
	{ "192.0.2.1", "u@noimplicit.example", SPF_SOFTFAIL, "noimplicit.example ~all 11", "\"~all\" of noimplicit.example matches", "" },
	{ "192.0.2.1", "u@ptr.example", SPF_PASS, "ptr.example ptr 8", "\"ptr\" of ptr.example matches", "" },
	{ "2001:db8::1", "u@ptr.example", SPF_PASS, "ptr.example ptr 8", "\"ptr\" of ptr.example matches", "" },
	{ "192.0.2.1", "u@ptrwrong.example", SPF_FAIL, "ptrwrong.example -all 26", "\"-all\" of ptrwrong.example matches", "" },
	{ "192.0.2.1", "u@ptrlabel.example", SPF_FAIL, "ptrlabel.example -all 23", "\"-all\" of ptrlabel.example matches", "" },
	{ "192.0.2.8", "u@ptrtrouble.example", SPF_NEUTRAL, "ptrtrouble.example ?all 12", "\"?all\" of ptrtrouble.example matches", "" },
	{ "192.0.2.20", "u@elevenptr.example", SPF_SOFTFAIL, "elevenptr.example ~all 12", "\"~all\" of elevenptr.example matches", "" },
	{ "192.0.2.1", "user+tag@exists.example", SPF_PASS, "exists.example exists:%{ir}.%{l1r+-}._spf.%{d} 8",
	  "\"exists:%{ir}.%{l1r+-}._spf.%{d}\" of exists.example matches", "" },
	{ "192.0.2.1", "tag+user@exists.example", SPF_FAIL, "exists.example -all 40", "\"-all\" of exists.example matches", "" },
	{ "2001:db8::1", "u@exists6.example", SPF_PASS, "exists6.example exists:b.example 8", "\"exists:b.example\" of exists6.example matches", "" },
	{ "192.0.2.1", "u@include.example", SPF_PASS, "include.example include:ip.example 8 > ip.example ip4:192.0.2.0/24 8",
	  "\"ip4:192.0.2.0/24\" of ip.example matches", "" },
	{ "192.0.2.1", "u@incfail.example", SPF_SOFTFAIL, "incfail.example ~all 27", "\"~all\" of incfail.example matches", "" },
	{ "192.0.2.1", "u@incnone.example", SPF_PERMERROR, "incnone.example include:other.example 8", "other.example publishes no SPF record", "" },
	{ "192.0.2.1", "u@incgone.example", SPF_PERMERROR, "incgone.example include:gone.example 8", "gone.example does not exist", "" },
	{ "192.0.2.1", "u@inctrouble.example", SPF_TEMPERROR, "inctrouble.example include:broken.example 8",
	  "TXT broken.example could not be looked up: SERVFAIL", "" },
	{ "192.0.2.1", "u@incsyntax.example", SPF_PERMERROR, "incsyntax.example include:syntax.example 8 > syntax.example mux 22",
	  "the record of syntax.example has an error at column 22: \"mux\" is not a mechanism; did you mean \"mx\"?", "" },
	{ "192.0.2.1", "u@incneg.example", SPF_FAIL, "incneg.example -include:ip.example 8 > ip.example ip4:192.0.2.0/24 8",
	  "\"ip4:192.0.2.0/24\" of ip.example matches", "" },
	{ "192.0.2.1", "u@redirect.example", SPF_PASS, "redirect.example redirect=ip.example 8 > ip.example ip4:192.0.2.0/24 8",
	  "\"ip4:192.0.2.0/24\" of ip.example matches", "" },
	{ "192.0.2.1", "u@rednone.example", SPF_PERMERROR, "rednone.example redirect=other.example 8", "other.example publishes no SPF record", "" },
	{ "192.0.2.1", "u@redall.example", SPF_SOFTFAIL, "redall.example ~all 28", "\"~all\" of redall.example matches", "" },
	{ "192.0.2.1", "u@redneutral.example", SPF_NEUTRAL, "redneutral.example redirect=empty.example 8",
	  "nothing in the record of redneutral.example matches, nor where it redirects to", "" },
	{ "192.0.2.1", "u@no.example", SPF_FAIL, "no.example -all 8", "\"-all\" of no.example matches", "192.0.2.1 may not, says no.example" },
	{ "192.0.2.1", "u@redexp.example", SPF_FAIL, "redexp.example redirect=no.example 26 > no.example -all 8", "\"-all\" of no.example matches",
	  "192.0.2.1 may not, says no.example" },
	{ "192.0.2.1", "u@expinc.example", SPF_FAIL, "expinc.example -all 27", "\"-all\" of expinc.example matches", "" },
	{ "192.0.2.1", "u@exptwo.example", SPF_FAIL, "exptwo.example -all 8", "\"-all\" of exptwo.example matches", "" },
	{ "192.0.2.1", "u@expgone.example", SPF_FAIL, "expgone.example -all 8", "\"-all\" of expgone.example matches", "" },
	{ "192.0.2.1", "u@exptrouble.example", SPF_FAIL, "exptrouble.example -all 8", "\"-all\" of exptrouble.example matches", "" },
	{ "192.0.2.1", "u@expbad.example", SPF_FAIL, "expbad.example -all 8", "\"-all\" of expbad.example matches", "" },
	{ "192.0.2.1", "u@expp.example", SPF_FAIL, "expp.example -all 8", "\"-all\" of expp.example matches",
	  "host.ptr.example at 1700000000, heard by unknown" },
	{ "192.0.2.9", "u@expvoid.example", SPF_FAIL, "expvoid.example -all 34", "\"-all\" of expvoid.example matches",
	  "unknown at 1700000000, heard by unknown" },
	{ "192.0.2.1", "u@exppass.example", SPF_PASS, "exppass.example +all 8", "\"+all\" of exppass.example matches", "" },
	{ "192.0.2.1", "u@ten.example", SPF_PASS, "ten.example +all 128", "\"+all\" of ten.example matches", "" },
	{ "192.0.2.1", "u@eleven.example", SPF_PERMERROR, "eleven.example mx 128", "more than 10 terms ask the DNS", "" },
	{ "192.0.2.1", "u@elevenlate.example", SPF_PASS, "elevenlate.example ip4:192.0.2.1 8", "\"ip4:192.0.2.1\" of elevenlate.example matches", "" },
	{ "192.0.2.1", "u@inceleven.example", SPF_PERMERROR, "inceleven.example include:ten.example 8 > ten.example a:b.example 116",
	  "more than 10 terms ask the DNS", "" },
	{ "192.0.2.1", "u@incself.example", SPF_PERMERROR, NULL, "more than 10 terms ask the DNS", "" },
	{ "192.0.2.1", "u@redself.example", SPF_PERMERROR, NULL, "more than 10 terms ask the DNS", "" },
	{ "192.0.2.1", "u@void.example", SPF_PASS, "void.example +all 35", "\"+all\" of void.example matches", "" },
	{ "192.0.2.1", "u@void3.example", SPF_PERMERROR, "void3.example exists:other.example 35",
	  "more than 2 look-ups found nothing, the last that of A other.example", "" },
	{ "192.0.2.1", "u@mxvoid.example", SPF_PERMERROR, "mxvoid.example mx 8", "more than 2 look-ups found nothing, the last that of A g3.example", "" },
	{ "192.0.2.1", "u@elevenmx.example", SPF_PERMERROR, "elevenmx.example mx 8",
	  "elevenmx.example has 11 MX hosts, and no more than 10 may be looked at", "" },
	{ "192.0.2.1", "a123456789012345678901234567890123456789012345678901234567890123@longname.example", SPF_NEUTRAL,
	  "longname.example ?all 23", "\"?all\" of longname.example matches", "" },
	{ "192.0.2.1", "u@b\xc3\xbc" "cher.example", SPF_PASS, "xn--bcher-kva.example +all 8", "\"+all\" of xn--bcher-kva.example matches", "" },
	{ "192.0.2.1", "", SPF_PASS, "mail.helo.example ip4:192.0.2.1 8", "\"ip4:192.0.2.1\" of mail.helo.example matches", "" },
	{ "192.0.2.2", "", SPF_FAIL, "mail.helo.example -all 22", "\"-all\" of mail.helo.example matches",
	  "postmaster@mail.helo.example postmaster mail.helo.example mail.helo.example" },
	{ "192.0.2.2", "@mail.helo.example", SPF_FAIL, "mail.helo.example -all 22", "\"-all\" of mail.helo.example matches",
	  "postmaster@mail.helo.example postmaster mail.helo.example mail.helo.example" },
	{ "192.0.2.2", "a@b@mail.helo.example", SPF_FAIL, "mail.helo.example -all 22", "\"-all\" of mail.helo.example matches",
	  "a@b@mail.helo.example a@b mail.helo.example mail.helo.example" },
};

static void steps_text(const struct spf_verdict *v, struct buf *out)
{
	for (size_t i = 0; i < v->step_count; i++)
		buf_printf(out, "%s%s %s %zu", i ? " > " : "", v->steps[i].domain, v->steps[i].term, v->steps[i].column);
}

/* Rounds: how often the DNS was asked. */
static int run(struct spf_question *q, struct spf_verdict *v)
{
	struct answers a = { 0 };
	int rounds = 0;

	while (!spf_check(q, &a, v) && a.open > 0 && rounds < 100) {
		zone_answer(&a, zone, ZONE);
		rounds++;
	}
	answers_free(&a);
	return rounds;
}

static void check_row(int i)
{
	struct spf_question q = { .mail_from = rows[i].from, .helo = "mail.helo.example", .now_s = 1700000000 };
	struct spf_verdict v;
	struct buf steps = { 0 };

	ip_address_parse(span_of(rows[i].client), &q.client);
	run(&q, &v);
	steps_text(&v, &steps);
	is_text(spf_result_name(v.result), spf_result_name(rows[i].result), "%s for %s", rows[i].from, rows[i].client);
	is_text(buf_text(&steps), rows[i].steps ? rows[i].steps : buf_text(&steps), "by which term");
	is_text(v.reason, rows[i].reason, "why");
	is_text(v.explanation, rows[i].explanation, "the domain's words");
	buf_free(&steps);
	spf_verdict_free(&v);
}

static void check_count(const char *from, unsigned lookups, unsigned voids)
{
	struct spf_question q = { .mail_from = from, .helo = "mail.helo.example", .count_all = true };
	struct spf_verdict v;

	ip_address_parse(SPAN("192.0.2.1"), &q.client);
	run(&q, &v);
	is_int(v.lookups, lookups, "look-ups of all terms of %s", from);
	is_int(v.voids, voids, "voids");
	spf_verdict_free(&v);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "lines") == 0)
		return spf_lines();

	struct spf_question q = { .identity = SPF_HELO, .mail_from = "u@no.example", .helo = "mail.helo.example" };
	struct spf_verdict v;

	tap_plan(4 * TAP_ROWS(rows) + 16);
	for (int i = 0; i < TAP_ROWS(rows); i++)
		check_row(i);

	ip_address_parse(SPAN("192.0.2.1"), &q.client);
	is_int(run(&q, &v), 1, "one round for a record alone");
	is_text(spf_result_name(v.result), "pass", "the identity of HELO");
	is_text(v.sender, "postmaster@mail.helo.example", "its sender");
	spf_verdict_free(&v);
	q.identity = SPF_MAIL_FROM;
	q.mail_from = "u@elevenmx.example";
	is_int(run(&q, &v), 2, "MX hosts beyond the limit are not asked for");
	spf_verdict_free(&v);
	q.mail_from = "u@mxvoid.example";
	is_int(run(&q, &v), 3, "MX hosts are asked for at once");
	is_int(v.voids, 3, "each of them is void");
	spf_verdict_free(&v);

	check_count("u@elevenlate.example", 11, 1);
	check_count("u@inceleven.example", 11, 0);
	check_count("u@incneg.example", 1, 0);
	check_count("u@void3.example", 3, 3);
	check_count("u@incself.example", SPF_COUNT_MAX + 1, 0);
	return tap_done();
}
