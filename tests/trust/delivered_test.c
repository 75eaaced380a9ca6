/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/delivered.h"

#define SIGNED "DKIM-Signature: v=1; d=example.net; s=s1; b=abc\r\n"
#define FROM "From: Alice <alice@example.net>\r\nMessage-ID: <1.test@example.net>\r\n"

/* "provider server? place address | check ... | field value ..." */
static const struct {
	const char *name, *header, *read;
} rows[] = {
	{ "Gmail, all well",
	  "Delivered-To: bob@gmail.com\r\nReceived: from mail.example.net\r\nARC-Authentication-Results: i=1; mx.google.com; spf=fail\r\n"
	  "Received-SPF: pass (google.com: domain of alice@example.net designates 192.0.2.25 as permitted sender) "
	  "client-ip=192.0.2.25;\r\nAuthentication-Results: mx.google.com;\r\n       dkim=pass header.i=@example.net header.s=s1 "
	  "header.b=AbCd;\r\n       spf=pass (google.com: domain of alice@example.net designates 192.0.2.25 as permitted sender) "
	  "smtp.mailfrom=alice@example.net;\r\n       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.net\r\n" SIGNED FROM,
	  "gmail mx.google.com unknown 192.0.2.25 | +dkim=pass[example.net, selector s1] +spf=pass[alice@example.net] "
	  "+dmarc=pass[example.net] |" },
	{ "Gmail, SPF passes for another domain",
	  "Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=bounce@host.example; dkim=none; dmarc=fail "
	  "header.from=example.net\r\n" SIGNED FROM,
	  "gmail mx.google.com unknown  | +spf=pass[bounce@host.example]! -dkim=none[] -dmarc=fail[example.net] |" },
	{ "Yahoo's bulk folder",
	  "X-YahooFilteredBulk: 192.0.2.25\r\nReceived-SPF: pass (domain of example.net designates 192.0.2.25 as permitted sender)\r\n"
	  "Authentication-Results: mta1.mail.ne1.yahoo.com; from=example.net; domainkeys=neutral (no sig); dkim=pass (ok) "
	  "header.i=@example.net\r\n" SIGNED FROM,
	  "yahoo mta1.mail.ne1.yahoo.com spam 192.0.2.25 | .domainkeys=neutral[] +dkim=pass[example.net] +spf=pass[] | "
	  "X-YahooFilteredBulk=192.0.2.25" },
	{ "Microsoft leaves its name out, and puts its fields at the end",
	  "Authentication-Results: spf=softfail (sender IP is 192.0.2.25)\r\n smtp.mailfrom=example.net; dkim=none (message not signed)\r\n "
	  "header.d=none;dmarc=none action=none header.from=example.net;compauth=fail\r\n reason=601\r\n" FROM
	  "X-Forefront-Antispam-Report:\r\n\tCIP:192.0.2.25;CTRY:DE;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mail.example.net;PTR:mail."
	  "example.net;CAT:SPM;SFS:(13230040);DIR:INB;\r\nX-Microsoft-Antispam: BCL:0;ARA:1444111002;\r\n"
	  "X-Microsoft-Antispam-Mailbox-Delivery:\r\n\tucf:0;jmr:0;auth:0;dest:J;ENG:(910001);RF:JunkEmail;\r\n",
	  "microsoft  spam 192.0.2.25 | -spf=softfail[example.net] -dkim=none[none] .dmarc=none[example.net] -compauth=fail[] | "
	  "X-Forefront-Antispam-Report=SCL:5 X-Forefront-Antispam-Report=SFV:SPM X-Forefront-Antispam-Report=CAT:SPM "
	  "X-Microsoft-Antispam=BCL:0 X-Microsoft-Antispam-Mailbox-Delivery=dest:J" },
	{ "Apple, in several fields",
	  "X-Apple-MoveToFolder: INBOX \r\nAuthentication-Results: bimi.icloud.com; bimi=none\r\nAuthentication-Results: "
	  "dmarc.icloud.com; dmarc=pass header.from=example.net\r\nAuthentication-Results: dkim-verifier.icloud.com; dkim=pass (2048-bit "
	  "key) header.d=example.net\r\nAuthentication-Results: spf.icloud.com; spf=pass (spf.icloud.com: domain of alice@example.net "
	  "designates 192.0.2.25 as permitted sender) smtp.mailfrom=alice@example.net\r\n" SIGNED FROM,
	  "icloud bimi.icloud.com inbox 192.0.2.25 | +dmarc=pass[example.net] +dkim=pass[example.net] +spf=pass[alice@example.net] | "
	  "X-Apple-MoveToFolder=INBOX" },
	{ "a filter's fields alone", "X-Spam-Status: Yes, score=7.2 required=5.0 tests=BAYES_99,\r\n\tRDNS_NONE\r\nX-Spam-Flag: YES\r\n" FROM,
	  "? ? spam  | | X-Spam-Status=Yes, score=7.2 required=5.0 tests=BAYES_99, RDNS_NONE X-Spam-Flag=YES" },
	{ "what the sender wrote is not believed", SIGNED "Authentication-Results: mx.google.com; spf=pass\r\n" FROM, NULL },
	{ "nor what stands below a known server's",
	  "Authentication-Results: mx.example.org; spf=fail\r\nAuthentication-Results: mx.google.com; spf=pass\r\nAuthentication-Results: "
	  "forged.example; dkim=fail\r\n" FROM, "gmail mx.google.com unknown  | +spf=pass[] |" },
	{ "a server that nobody knows",
	  "Authentication-Results: mx.example.org; spf=fail smtp.helo=mail.example.net\r\nAuthentication-Results: inner.example.org; "
	  "spf=pass\r\n" FROM, "? ?mx.example.org unknown  | -spf=fail[mail.example.net] |" },
	{ "one that the caller names",
	  "Authentication-Results: other.example; spf=fail\r\nAuthentication-Results: mx.ours.example; spf=pass\r\n" FROM,
	  "? mx.ours.example unknown  | +spf=pass[] |" },
	{ "GMX", "X-GMX-Antispam: 5 (eXpurgate);\r\nAuthentication-Results: gmx.net; dkim=pass header.i=@example.net\r\n" SIGNED FROM,
	  "gmx gmx.net spam  | +dkim=pass[example.net] | X-GMX-Antispam=5 (eXpurgate);" },
	{ "methods that nobody explains are left out", "Authentication-Results: mx.google.com; x-tls=pass; arc=fail; vbr=none\r\n" FROM, NULL },
	{ "LF, an mbox line", "From a Mon Nov 30 11:00:00 2026\nAuthentication-Results: mx.google.com;\n spf=pass\n\nbody\n",
	  "gmail mx.google.com unknown  | +spf=pass[] |" },
	{ "nothing of the kind", FROM, NULL },
	{ "nothing", "", NULL },
};

static void print(const struct delivered *d, struct buf *out)
{
	buf_printf(out, "%s %s%s %s %s |", d->provider ? d->provider->name : "?", d->server_known ? "" : "?", d->server,
	           delivered_place_name(d->place), d->address);
	for (size_t i = 0; i < d->check_count; i++) {
		const struct delivered_check *c = &d->checks[i];
		buf_printf(out, " %s%s=%s[%s]%s", c->good ? "+" : c->bad ? "-" : ".", c->mechanism, c->result, c->about, c->note[0] ? "!" : "");
	}
	buf_add_text(out, " |");
	for (size_t i = 0; i < d->mark_count; i++)
		buf_printf(out, " %s=%s", d->marks[i].field, d->marks[i].value);
}

static void headers(void)
{
	struct text_list servers = { 0 };

	text_list_add(&servers, SPAN("MX.ours.example"));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct delivered d;
		struct buf out = { 0 };
		bool read = delivered_read(span_of(rows[i].header), &servers, &d);

		print(&d, &out);
		if (rows[i].read)
			is_text(buf_text(&out), rows[i].read, "%s", rows[i].name);
		else
			ok(!read, "%s: %s", rows[i].name, buf_text(&out));
		delivered_free(&d);
		buf_free(&out);
	}
	text_list_free(&servers);
}

static void rest(void)
{
	struct delivered d;

	delivered_read(span_of(rows[0].header), NULL, &d);
	is_text(d.message_id, "1.test@example.net", "the Message-ID");
	is_text(d.from_domain, "example.net", "the domain in From");
	is_text(delivered_result(&d, "dkim"), "pass", "a result");
	is_text(delivered_result(&d, "iprev"), "", "one that is not there");
	delivered_free(&d);
}

/* Each row of facts is whole, and found by what it says of itself. */
static void providers(void)
{
	ok(provider_named(SPAN("GMAIL")) == &provider_table[0] && provider_named(SPAN("googlemail")) == &provider_table[0], "by name");
	ok(provider_named(SPAN("nobody")) == NULL && provider_named(SPAN("")) == NULL, "by none");
	is_text(provider_of_mx(SPAN("mta5.am0.yahoodns.net"))->name, "yahoo", "by an MX host");
	is_text(provider_of_mx(SPAN("hotmail-com.olc.protection.outlook.com"))->name, "outlook", "the particular before the general");
	is_text(provider_of_report(SPAN("Enterprise Outlook"))->name, "microsoft", "by who reports");
	ok(provider_of_mx(SPAN("mx.example.org")) == NULL && provider_of_report(SPAN("example.org")) == NULL, "and others are none");
	ok(provider_refuses_by(provider_named(SPAN("spamhaus")), "listed-spamhaus"), "by a refusal");
	for (size_t i = 0; i < provider_rows; i++) {
		const struct provider *p = &provider_table[i];
		ok(p->ask[0] && p->advice[0] && p->source[0] && p->wants && p->title[0] && provider_named(span_of(p->name)) == p, "%s is whole",
		   p->name);
	}
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 4 + 7 + (int)provider_rows);
	headers();
	rest();
	providers();
	return tap_done();
}
