/* SPDX-License-Identifier: ISC */
/* Signatures that are sound in their mathematics and wrong elsewhere: made here with OpenSSL, tag by tag. */
#include "tests/tap.h"
#include "tests/sign/mail.h"

#include "base/base64.h"
#include "sign/canon.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#define NOW 1700000000
#define FROM "From: Joe <joe@example.org>"
#define BODY "Hi.\r\n"

static EVP_PKEY *ed, *rsa, *weak;
static char ed_p[100], rsa_p[400], weak_p[300];

static void encode_public(EVP_PKEY *key, char *out)
{
	struct buf text = { 0 };
	unsigned char raw[32], *der = NULL;
	size_t len = sizeof raw;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
		EVP_PKEY_get_raw_public_key(key, raw, &len);
		base64_encode((struct span){ (char *)raw, len }, &text);
	} else {
		len = (size_t)i2d_PUBKEY(key, &der);
		base64_encode((struct span){ (char *)der, len }, &text);
		OPENSSL_free(der);
	}
	strcpy(out, buf_text(&text));
	buf_free(&text);
}

static void make_keys(void)
{
	ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	rsa = EVP_RSA_gen(1024);
	weak = EVP_RSA_gen(768);
	encode_public(ed, ed_p);
	encode_public(rsa, rsa_p);
	encode_public(weak, weak_p);
}

static void sign_with(EVP_PKEY *key, const EVP_MD *md, struct span text, struct buf *out)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool is_ed = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	unsigned char digest[64], signature[512];
	unsigned digest_len = 0;
	size_t len = sizeof signature;

	EVP_Digest(text.at, text.len, digest, &digest_len, EVP_sha256(), NULL);
	EVP_DigestSignInit(c, NULL, is_ed ? NULL : md, NULL, key);
	EVP_DigestSign(c, signature, &len, is_ed ? digest : (const unsigned char *)text.at, is_ed ? digest_len : text.len);
	base64_encode((struct span){ (char *)signature, len }, out);
	EVP_MD_CTX_free(c);
}

/* The whole message: tags and then bh= and b=, relaxed header, From covered. l is what bh= covers. */
static void forge(const char *tags, size_t l, struct buf *out)
{
	const EVP_MD *md = strstr(tags, "a=rsa-sha1") ? EVP_sha1() : EVP_sha256();
	EVP_PKEY *key = strstr(tags, "s=weak") ? weak : strcasestr(tags, "a=rsa") ? rsa : ed;
	unsigned char digest[64];
	unsigned len = 0;
	struct buf own = { 0 }, text = { 0 };

	EVP_Digest(BODY, l, digest, &len, md, NULL);
	buf_printf(&own, "DKIM-Signature: %s; bh=", tags);
	base64_encode((struct span){ (char *)digest, len }, &own);
	buf_add_text(&own, "; b=");
	canon_field(CANON_RELAXED, SPAN(FROM), &text);
	buf_add_text(&text, "\r\n");
	canon_field(CANON_RELAXED, buf_span(&own), &text);
	buf_add_span(out, buf_span(&own));
	sign_with(key, md, buf_span(&text), out);
	buf_add_text(out, "\r\n" FROM "\r\n\r\n" BODY);
	buf_free(&own);
	buf_free(&text);
}

#define TAGS(a, s) "v=1; a=" a "; c=relaxed/simple; d=example.org; s=" s "; h=From"
#define GOOD TAGS("ed25519-sha256", "ed")

static const struct {
	const char *tags;
	size_t l;
	const char *want, *obsolete;   /* obsolete NULL: the same */
} rows[] = {
	{ GOOD, 5, "pass", NULL },
	{ TAGS("rsa-sha256", "rsa"), 5, "pass", NULL },
	/* RFC 8301 */
	{ TAGS("rsa-sha1", "rsa"), 5, "policy", "pass" },
	{ TAGS("rsa-sha256", "weak"), 5, "policy", "pass" },
	/* required tags, RFC 6376 section 6.1.1 */
	{ "a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed; h=From", 5, "neutral", "fail" },
	{ "v=1; c=relaxed/simple; d=example.org; s=ed; h=From", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; s=ed; h=From", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; h=From", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed", 5, "neutral", "fail" },
	{ "v=2; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed; h=From", 5, "neutral", "fail" },
	{ GOOD "; d=example.org", 5, "neutral", "fail" },
	{ GOOD "; x_other=1", 5, "pass", NULL },
	{ GOOD ";; x_other=1;", 5, "neutral", "fail" },
	{ GOOD "; no tag", 5, "neutral", "fail" },
	/* a= and c= */
	{ TAGS("ed25519-sha1", "ed"), 5, "neutral", "fail" },
	{ TAGS("RSA-SHA256", "rsa"), 5, "pass", NULL },
	{ TAGS("rsa-sha256", "ed"), 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=nofws; d=example.org; s=ed; h=From", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed/other; d=example.org; s=ed; h=From", 5, "neutral", "fail" },
	/* h= */
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From : Subject : Subject", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=Subject", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From::To", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From:DKIM-Signature", 5, "pass", NULL },
	/* i= and d= */
	{ GOOD "; i=@example.org", 5, "pass", NULL },
	{ GOOD "; i=joe@EXAMPLE.org", 5, "pass", NULL },
	{ GOOD "; i=joe@mail.example.org", 5, "pass", NULL },
	{ GOOD "; i=joe@example.net", 5, "neutral", "fail" },
	{ GOOD "; i=joe@badexample.org", 5, "neutral", "fail" },
	{ GOOD "; i=example.org", 5, "neutral", "fail" },
	{ TAGS("ed25519-sha256", "strict") "; i=@example.org", 5, "pass", NULL },
	{ TAGS("ed25519-sha256", "strict") "; i=@mail.example.org", 5, "fail", NULL },
	/* i= is dkim-quoted-printable, section 2.11 */
	{ GOOD "; i=joe=20smith@example.org", 5, "pass", NULL },
	{ GOOD "; i=joe=40example.net@example.org", 5, "pass", NULL },
	{ GOOD "; i==40example=2Eorg", 5, "pass", NULL },
	{ GOOD "; i=joe@m=61il.ex=\r\n 61mple.org", 5, "neutral", "fail" },
	{ GOOD "; i=joe@m=61il.\r\n ex=61mple.org", 5, "pass", NULL },
	{ GOOD "; i=a=b=@example.org", 5, "pass", NULL },
	{ GOOD "; i=joe@example=2Enet", 5, "neutral", "fail" },
	{ GOOD "; i=joe@example.org=40example.net", 5, "neutral", "fail" },
	{ GOOD "; i=joe=0a@example.org", 5, "neutral", "fail" },
	{ GOOD "; i=joe=00@example.org", 5, "neutral", "fail" },
	{ TAGS("ed25519-sha256", "strict") "; i==40example.org", 5, "pass", NULL },
	{ TAGS("ed25519-sha256", "strict") "; i==40m=61il.example.org", 5, "fail", NULL },
	/* U-labels, RFC 8616 section 4 */
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=b\303\274cher.example; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=B\303\234CHER.example; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=bu\314\210cher.example; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=b\303\274cher.example; i=@xn--bcher-kva.example; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=xn--bcher-kva.example; i=J\303\266@a.b\303\274cher.example; s=ed; h=From", 5,
	  "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=xn--bcher-kva.example; i=@b=C3=BCcher.example; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=xn--bcher-kva.example; i=@k\303\274che.example; s=ed; h=From", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=xn--bcher-kva.example; s=\303\274; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=b\374cher.example; s=ed; h=From", 5, "neutral", "fail" },
	/* what is not a name */
	{ "v=1; a=ed25519-sha256; c=relaxed; d=ex ample.org; s=ed; h=From", 5, "neutral", "fail" },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=e/d; h=From", 5, "neutral", "fail" },
	/* l= */
	{ GOOD "; l=5", 5, "pass", NULL },
	{ GOOD "; l=2", 2, "pass", NULL },
	{ GOOD "; l=0", 0, "pass", NULL },
	{ GOOD "; l=2", 3, "fail", NULL },
	{ GOOD "; l=6", 5, "fail", NULL },
	{ GOOD "; l=99999999999999999999999999999999", 5, "fail", NULL },
	{ GOOD "; l=-1", 5, "neutral", "fail" },
	{ GOOD "; l=", 5, "neutral", "fail" },
	/* q= */
	{ GOOD "; q=dns/txt", 5, "pass", NULL },
	{ GOOD "; q=other : dns/txt", 5, "pass", NULL },
	{ GOOD "; q=other", 5, "neutral", "fail" },
	/* t= and x= */
	{ GOOD "; t=1700000000", 5, "pass", NULL },
	{ GOOD "; t=1700000200", 5, "pass", NULL },
	{ GOOD "; t=1700000400", 5, "fail", NULL },
	{ GOOD "; t=1; x=1700000000", 5, "pass", NULL },
	{ GOOD "; t=1; x=1699999999", 5, "fail", NULL },
	{ GOOD "; t=1600000000; x=1600000000", 5, "neutral", "fail" },
	{ GOOD "; t=1; x=99999999999999999999999999999", 5, "pass", NULL },
	{ GOOD "; t=yesterday", 5, "neutral", "fail" },
	/* key records, section 6.1.2 */
	{ TAGS("ed25519-sha256", "gone"), 5, "permerror", "fail" },
	{ TAGS("ed25519-sha256", "revoked"), 5, "permerror", "fail" },
	{ TAGS("ed25519-sha256", "broken"), 5, "permerror", "fail" },
	{ TAGS("ed25519-sha256", "nokey"), 5, "permerror", "fail" },
	{ TAGS("ed25519-sha256", "trouble"), 5, "temperror", NULL },
	{ TAGS("ed25519-sha256", "sha1only"), 5, "fail", NULL },
	{ TAGS("ed25519-sha256", "testing"), 5, "pass", NULL },
	{ TAGS("ed25519-sha256", "several"), 5, "pass", NULL },
};

static char records_text[40][500];

static size_t make_records(struct mail_record *out)
{
	static const struct { const char *selector, *format; char *p; } zone[] = {
		{ "ed", "v=DKIM1; k=ed25519; p=%s", ed_p },
		{ "rsa", "v=DKIM1; k=rsa; p=%s", rsa_p },
		{ "RSA", "v=DKIM1; k=rsa; p=%s", rsa_p },
		{ "weak", "v=DKIM1; k=rsa; p=%s", weak_p },
		{ "strict", "v=DKIM1; k=ed25519; t=s; p=%s", ed_p },
		{ "testing", "v=DKIM1; k=ed25519; t=y; p=%s", ed_p },
		{ "revoked", "v=DKIM1; k=ed25519; p=%.0s", ed_p },
		{ "broken", "v=DKIM1; k=ed25519; p=AAAA%s", ed_p },
		{ "nokey", "v=spf1 -all%.0s", ed_p },
		{ "sha1only", "v=DKIM1; k=ed25519; h=sha1; p=%s", ed_p },
		{ "several", "some other text%.0s", ed_p },
		{ "several", "v=DKIM1; k=ed25519; p=%s", ed_p },
		{ "ed._domainkey.xn--bcher-kva.example", "v=DKIM1; k=ed25519; p=%s", ed_p },
		{ "xn--tda._domainkey.xn--bcher-kva.example", "v=DKIM1; k=ed25519; p=%s", ed_p },
		{ "nohash", "v=DKIM1; k=ed25519; h=ed25519-sha256; p=%s", ed_p },
		{ "rsa2", "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5i"
		          "jSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB%.0s", ed_p },
		{ "ed2", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=%.0s", ed_p },
		{ "trouble", NULL, NULL },
	};
	static char names[40][80];
	size_t count = sizeof zone / sizeof zone[0];

	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof names[i], "%s%s", zone[i].selector, strchr(zone[i].selector, '.') ? "" : "._domainkey.example.org");
		out[i] = (struct mail_record){ names[i], NULL };
		if (zone[i].format == NULL)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(records_text[i], sizeof records_text[i], zone[i].format, zone[i].p);
#pragma GCC diagnostic pop
		out[i].text = records_text[i];
	}
	return count;
}

static void checks(const struct mail_zone *zone)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf mail = { 0 };
		forge(rows[i].tags, rows[i].l, &mail);
		is_text(mail_results(buf_span(&mail), 0, zone, NOW, false), rows[i].want, "%s", rows[i].tags);
		is_text(mail_results(buf_span(&mail), 0, zone, NOW, true), rows[i].obsolete ? rows[i].obsolete : rows[i].want,
		        "by RFC 6376 alone");
		struct verifier *v = mail_verify(buf_span(&mail), 0, zone, NOW, false);
		bool bare = verifier_signature(v, 0)->result == VERIFY_PASS && rows[i].l == strlen(BODY);
		ok((verifier_signature(v, 0)->reason[0] == '\0') == bare, "reason: %s", verifier_signature(v, 0)->reason);
		verifier_free(v);
		buf_free(&mail);
	}
}

/* The reason that a person reads. */
static void reasons(const struct mail_zone *zone)
{
	static const struct { const char *tags; size_t l; const char *want; } whys[] = {
		{ GOOD "; l=5", 5, "" },
		{ GOOD "; l=2", 2, "only the first 2 bytes of the body are signed (l=)" },
		{ GOOD "; l=0", 0, "the body is not signed (l=0)" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From:", 5, "h= has an empty name" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=To", 5, "h= does not name From" },
		{ TAGS("ed25519-sha256", "gone"), 5, "no key is published at gone._domainkey.example.org" },
		{ TAGS("ed25519-sha256", "trouble"), 5, "the key could not be looked up: trouble" },
		{ GOOD "; i=@example.net", 5, "i= is not within d=" },
		{ GOOD "; d=example.org", 5, "a tag appears twice" },
		{ GOOD "; no tag", 5, "a tag has no \"=\"" },
		{ GOOD "; z= =?utf-8?q?a?=", 5, "" },
		{ GOOD "; =?utf-8?q?tag?=", 5, "a program has rewritten the field in encoded words (=?...?=), which nobody reads there" },
		{ GOOD "; x-y=1", 5, "the name of a tag must be a letter followed by letters and digits" },
		{ TAGS("ed25519-sha256", "ed"), 0, "bh= is the hash of an empty body" },
		{ GOOD "; l=3", 2, "the body has been changed" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From,To", 5, "the names in h= must be separated by colons" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From To", 5, "the names in h= must be separated by colons" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From:X,Y", 5, "" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org.; s=ed; h=From", 5, "d= ends in a dot, which belongs to zone files alone" },
		{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed.; h=From", 5, "s= ends in a dot, which belongs to zone files alone" },
		{ TAGS("ed25519-sha256", "nohash"), 5, "the key record's h= names no hash that DKIM has: it must say sha256, or be left out" },
		{ TAGS("rsa-sha256", "rsa2"), 5, "another key than the published one has signed, or b= has been changed" },
		{ TAGS("ed25519-sha256", "ed2"), 5,
		  "the signed header fields (h=) are not as they were signed, or another key than the published one has signed" },
	};

	for (size_t i = 0; i < sizeof whys / sizeof whys[0]; i++) {
		struct buf mail = { 0 };
		forge(whys[i].tags, whys[i].l, &mail);
		struct verifier *v = mail_verify(buf_span(&mail), 0, zone, NOW, false);
		is_text(verifier_signature(v, 0)->reason, whys[i].want, "%s", whys[i].tags);
		verifier_free(v);
		buf_free(&mail);
	}
}

/* What has become of a message that was sound, as the reason tells it. */
static void changes(const struct mail_zone *zone)
{
	static const struct { const char *tags, *from, *to, *want; } changed_rows[] = {
		{ TAGS("rsa-sha256", "rsa"), "Joe <", "Jim <", "the signed header fields (h=) are not as they were signed" },
		{ TAGS("rsa-sha256", "rsa"), "; b=", "; b=AAAA", "another key than the published one has signed, or b= has been changed" },
		{ GOOD, "bh=", "bh=AAAA", "bh= is not as long as the hash that a= names" },
		{ GOOD, "Hi.", "Ho.", "the body has been changed" },
		{ GOOD, "From:", "no field\r\nFrom:", "the header section has a line that is not a field: no field" },
		{ GOOD, "b=", "b=; old=", "b= is empty" },
		{ GOOD, "bh=", "bh=; old=", "bh= is empty" },
	};

	for (size_t i = 0; i < sizeof changed_rows / sizeof changed_rows[0]; i++) {
		struct buf mail = { 0 }, changed = { 0 };
		forge(changed_rows[i].tags, 5, &mail);
		const char *at = strstr(buf_text(&mail), changed_rows[i].from);
		buf_add(&changed, mail.at, (size_t)(at - mail.at));
		buf_add_text(&changed, changed_rows[i].to);
		buf_add_text(&changed, at + strlen(changed_rows[i].from));
		struct verifier *v = mail_verify(buf_span(&changed), 0, zone, NOW, false);
		is_text(verifier_signature(v, 0)->reason, changed_rows[i].want, "%s in place of %s", changed_rows[i].to, changed_rows[i].from);
		verifier_free(v);
		buf_free(&mail);
		buf_free(&changed);
	}
}

/* Fields above those that are signed, where readers find them first: RFC 6376 sections 3.8 and 8.15. */
static void fields_beside(const struct mail_zone *zone)
{
	static const struct { const char *names, *above, *want, *reason; } beside[] = {
		{ "From", "From: Eve <eve@example.net>\r\n", "permerror", "the message has another From field, which is not signed" },
		{ "From", "fRom : eve@example.net\r\n", "permerror", "the message has another From field, which is not signed" },
		{ "From:From", "From: Eve <eve@example.net>\r\n", "fail",
		  "the signed header fields (h=) are not as they were signed, or another key than the published one has signed" },
		{ "From", "Subject: x\r\nSubject: y\r\n", "pass", "" },
		{ "From", "X-Other: x\r\nX-Other: y\r\n", "pass", "" },
	};

	for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
		struct buf mail = { 0 }, tags = { 0 };
		buf_add_text(&mail, beside[i].above);
		buf_printf(&tags, "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed; h=%s", beside[i].names);
		forge(buf_text(&tags), 5, &mail);
		struct verifier *v = mail_verify(buf_span(&mail), 0, zone, NOW, false);
		is_text(verify_result_name(verifier_signature(v, 0)->result), beside[i].want, "h=%s below %s", beside[i].names, beside[i].above);
		is_text(verifier_signature(v, 0)->reason, beside[i].reason, "and the reason");
		verifier_free(v);
		buf_free(&mail);
		buf_free(&tags);
	}
}

/* ---- several records at one name: section 3.6.2.2 ---- */

#define OTHER_ED "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="   /* RFC 8463's */
#define REVOKED "v=DKIM1; k=ed25519; p="
#define DIFFERS "the signed header fields (h=) are not as they were signed, or another key than the published one has signed"
#define HEAD "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeL"
#define REST "nQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/N"
#define LAST "MqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
#define CUT "the key in p= is cut off: a record of more than 255 characters is published as several strings of one TXT record, as " \
	"signet dns --format bind prints them"
#define SPLIT "the key is split into several TXT records: it must be one record, which may have several strings"
#define SPF "v=spf1 -all"

/* "%s" is the key that signed. reason NULL: it passes. The same must be said whatever order DNS gives them in. */
static const struct {
	const char *records[12];
	const char *want, *reason;
} crowds[] = {
	{ { "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { OTHER_ED, "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { SPF, "any text", "", "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { REVOKED, "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { "v=DKIM1; k=ed25519; h=sha1; p=%s", "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { "v=DKIM1; k=ed25519; s=tlsrpt; p=%s", "v=DKIM1; k=ed25519; p=AAAA", "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { OTHER_ED, OTHER_ED, OTHER_ED, OTHER_ED, OTHER_ED, OTHER_ED, OTHER_ED, "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { SPF, SPF, SPF, SPF, SPF, SPF, SPF, SPF, SPF, SPF, "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { OTHER_ED, SPF, REVOKED }, "fail", DIFFERS },
	{ { REVOKED, SPF }, "permerror", "the key has been revoked" },
	{ { REVOKED, "v=DKIM1; k=ed25519; h=sha1; p=%s" }, "fail", "the key record's h= does not allow this hash" },
	{ { "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcT"
	    "Nh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB", SPF },
	  "fail", "the key is of another type than a= says" },
	/* its strings as records of their own */
	{ { HEAD, REST LAST }, "permerror", SPLIT },
	{ { HEAD, SPF, REST, LAST }, "permerror", SPLIT },
	{ { HEAD, REST LAST, "v=DKIM1; k=ed25519; p=%s" }, "pass", "" },
	{ { HEAD, "hello" }, "permerror", CUT },
	/* of a key that is damaged, what is missing says more */
	{ { "v=DKIM1; k=rsa; p=%s", SPF }, "permerror", "p= holds 32 bytes, as an ed25519 key has them: k=ed25519 is missing" },
};

static void order(size_t row, size_t first, struct span mail)
{
	static struct mail_record set[12];
	static char texts[12][500];
	size_t count = 0;

	while (count < 12 && crowds[row].records[count])
		count++;
	for (size_t i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(texts[i], sizeof texts[i], crowds[row].records[(first + i) % count], ed_p);
#pragma GCC diagnostic pop
		set[i] = (struct mail_record){ "ed._domainkey.example.org", texts[i] };
	}
	struct mail_zone zone = { set, count };
	struct verifier *v = mail_verify(mail, 0, &zone, NOW, false);
	is_text(verify_result_name(verifier_signature(v, 0)->result), crowds[row].want, "records %zu, the first is \"%s\"", row,
	        texts[0]);
	is_text(verifier_signature(v, 0)->reason, crowds[row].reason, "and the reason");
	verifier_free(v);
}

static void several_records(void)
{
	struct buf mail = { 0 };

	forge(GOOD, 5, &mail);
	for (size_t row = 0; row < sizeof crowds / sizeof crowds[0]; row++)
		for (size_t first = 0; first < 12 && crowds[row].records[first]; first++)
			order(row, first, buf_span(&mail));
	buf_free(&mail);
}

/* Nobody's signature costs more than eight keys. */
static void too_many_keys(void)
{
	static struct mail_record set[9];
	char good[300];
	struct buf mail = { 0 };

	forge(GOOD, 5, &mail);
	snprintf(good, sizeof good, "v=DKIM1; k=ed25519; p=%s", ed_p);
	for (size_t i = 0; i < 9; i++)
		set[i] = (struct mail_record){ "ed._domainkey.example.org", i < 8 ? OTHER_ED : good };
	struct mail_zone zone = { set, 9 };
	is_text(mail_results(buf_span(&mail), 0, &zone, NOW, false), "fail", "the ninth key is not tried");
	buf_free(&mail);
}

/* What is asked for, in one call: each name once, and none for a signature that fails by itself. */
static struct buf asked;

static void note_names(void *context, struct key_lookup *lookups, size_t count)
{
	(void)context;
	for (size_t i = 0; i < count; i++)
		buf_printf(&asked, "%s ", lookups[i].name);
	buf_add_text(&asked, "| ");
}

static void one_question(void)
{
	static const char *const tags[] = {
		GOOD, TAGS("ed25519-sha256", "ED"), TAGS("ed25519-sha256", "two"), GOOD "; x=1", GOOD "; t=1",
		"v=1; a=ed25519-sha256; c=relaxed/simple; d=EXAMPLE.org; s=ed; h=From", "v=2; a=x; d=example.net; s=x",
	};
	struct verify_options options = { .lookup = note_names, .now_s = NOW };
	struct buf mail = { 0 };

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		forge(tags[i], 5, &mail);
		mail.len -= strlen(FROM "\r\n\r\n" BODY);
	}
	buf_add_text(&mail, FROM "\r\n\r\n" BODY);
	for (int i = 0; i < 2; i++) {
		struct verifier *v = verifier_new(&options);
		verifier_feed(v, i == 0 ? buf_span(&mail) : SPAN("DKIM-Signature: v=2; d=example.org; b=\r\n" FROM "\r\n\r\n"), NULL);
		verifier_finish(v, NULL);
		verifier_free(v);
	}
	is_text(buf_text(&asked), "ed._domainkey.example.org two._domainkey.example.org | ", "one question, a name once");
	buf_free(&asked);
	buf_free(&mail);
}

/* ---- messages that are no good ---- */

static void hostile(const struct mail_zone *zone)
{
	static const struct { const char *message, *want; } odd[] = {
		{ "", "none" },
		{ "\r\n", "none" },
		{ "DKIM-Signature:", "none" },
		{ "DKIM-Signature: x\r\nDKIM-Signature: a=b\r\n\r\n", "none" },
		{ "DKIM-Signature: d=example.org\r\n\r\n", "neutral" },
		{ "DKIM-Signature: =?UTF-8?Q?v=3D1;_a=3Drsa-sha256;_d=3Dexample.org?=\r\n =?UTF-8?Q?;_b=3DAAAA?=\r\nFrom: x\r\n\r\n", "neutral" },
		{ "DKIM-Signature: =? x\r\n\r\n", "none" },
		{ "DKIM-Signature: b=AAAA\r\n\r\n", "neutral" },
		{ "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=AAAA; b=AAAA\r\n\r\n", "permerror" },
		{ "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=AAAA; b=AAAA\r\nFrom: x", "fail" },
		{ "DKIM-Signature : v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=!; b=AAAA\r\nFrom: x", "neutral" },
		{ "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=AAAA; b=\x01\r\nFrom: x", "neutral" },
	};

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		is_text(mail_results(span_of(odd[i].message), 0, zone, NOW, false), odd[i].want, "\"%s\"", odd[i].message);
	struct buf mail = { 0 };
	forge(GOOD, 5, &mail);
	buf_drop_front(&mail, strlen("DKIM-Signature:"));
	struct buf two = { 0 };
	buf_add_text(&two, "dkim-signature:");
	buf_add_span(&two, buf_span(&mail));
	is_text(mail_results(buf_span(&two), 0, zone, NOW, false), "pass", "the field's name in any case");
	buf_clear(&two);
	buf_add_text(&two, "X: y\r\nDKIM-Signature:");
	buf_add_span(&two, buf_span(&mail));
	is_text(mail_results(buf_span(&two), 0, zone, NOW, false), "pass", "not the first field");
	buf_clear(&two);
	buf_add_text(&two, "no field\r\nDKIM-Signature:");
	buf_add_span(&two, buf_span(&mail));
	is_text(mail_results(buf_span(&two), 0, zone, NOW, false), "permerror", "a line that is not a field");
	buf_clear(&two);
	buf_add_text(&two, "From joe Fri Jul 11 21:00:37 2003\r\nDKIM-Signature:");
	buf_add_span(&two, buf_span(&mail));
	is_text(mail_results(buf_span(&two), 0, zone, NOW, false), "pass", "but for that of an mbox");
	buf_clear(&two);
	buf_add_text(&two, "\xef\xbb\xbf" "DKIM-Signature:");
	buf_add_span(&two, buf_span(&mail));
	struct verifier *v = mail_verify(buf_span(&two), 0, zone, NOW, false);
	is_text(verifier_count(v) == 1 ? verifier_signature(v, 0)->reason : "none",
	        "the message begins with a byte order mark, as some editors write it: save it without", "and a byte order mark is named");
	verifier_free(v);
	buf_free(&two);
	buf_free(&mail);
}

/* ---- the Authentication-Results field: RFC 8601 ---- */

static struct buf results_field(struct span message, const struct mail_zone *zone)
{
	struct verifier *v = mail_verify(message, 0, zone, NOW, false);
	struct buf out = { 0 };

	verifier_results_field(v, "mx.example.net", NULL, 0, &out);
	verifier_free(v);
	return out;
}

static void fields(const struct mail_zone *zone)
{
	struct buf mail = { 0 }, out = results_field(SPAN("From: x\r\n\r\n"), zone);

	is_text(buf_text(&out), "Authentication-Results: mx.example.net; dkim=none\r\n", "no signature");
	buf_free(&out);
	forge(GOOD "; i=joe@example.org", 5, &mail);
	out = results_field(buf_span(&mail), zone);
	ok(span_starts_nocase(buf_span(&out), SPAN("Authentication-Results: mx.example.net;\r\n dkim=pass header.d=example.org "
	                                           "header.s=ed header.a=ed25519-sha256\r\n header.i=joe@example.org header.b=")),
	   "one that passes: %s", buf_text(&out));
	buf_free(&out);
	buf_clear(&mail);
	forge("v=1; a=ed25519-sha256; c=relaxed/simple; d=b\303\274cher.example; i=joe=20=3b@b\303\274cher.example; s=ed; h=From", 5,
	      &mail);
	out = results_field(buf_span(&mail), zone);
	ok(strstr(buf_text(&out), "header.d=xn--bcher-kva.example") && strstr(buf_text(&out), "header.i=\"joe ;@xn--bcher-kva.example\""),
	   "names in A-labels, the identity decoded: %s", buf_text(&out));
	buf_free(&out);
	buf_free(&mail);
	out = results_field(SPAN("DKIM-Signature: d=a\"b\\c(\x80 x; b=A/b+c=dEfGhI; i=;\r\nDKIM-Signature: b=x\r\n\r\n"), zone);
	is_text(buf_text(&out),
	        "Authentication-Results: mx.example.net;\r\n"
	        " dkim=neutral reason=\"v= is missing\" header.d=\"a\\\"b\\\\c(? x\"\r\n"
	        " header.b=\"A/b+c=dE\";\r\n"
	        " dkim=neutral reason=\"v= is missing\" header.b=x\r\n", "foreign bytes do no harm");
	buf_free(&out);
}

int main(void)
{
	static struct mail_record records[40];

	tap_plan(422);
	make_keys();
	struct mail_zone zone = { records, make_records(records) };
	checks(&zone);
	reasons(&zone);
	changes(&zone);
	fields_beside(&zone);
	several_records();
	too_many_keys();
	one_question();
	hostile(&zone);
	fields(&zone);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(weak);
	return tap_done();
}
