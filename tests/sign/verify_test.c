/* Signatures that are sound in their mathematics and wrong elsewhere: made here with OpenSSL, tag by tag. */
#include "tests/tap.h"
#include "tests/sign/mail.h"

#include "sign/base64.h"
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
	{ "a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed; h=From", 5, "fail", NULL },
	{ "v=1; c=relaxed/simple; d=example.org; s=ed; h=From", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; s=ed; h=From", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; h=From", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed", 5, "fail", NULL },
	{ "v=2; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=ed; h=From", 5, "fail", NULL },
	{ GOOD "; d=example.org", 5, "fail", NULL },
	{ GOOD "; x_other=1", 5, "pass", NULL },
	{ GOOD ";; x_other=1;", 5, "pass", NULL },
	{ GOOD "; no tag", 5, "fail", NULL },
	/* a= and c= */
	{ TAGS("ed25519-sha1", "ed"), 5, "fail", NULL },
	{ TAGS("RSA-SHA256", "rsa"), 5, "pass", NULL },
	{ TAGS("rsa-sha256", "ed"), 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=nofws; d=example.org; s=ed; h=From", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/other; d=example.org; s=ed; h=From", 5, "fail", NULL },
	/* h= */
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From : Subject : Subject", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=Subject", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From::To", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=ed; h=From:DKIM-Signature", 5, "pass", NULL },
	/* i= and d= */
	{ GOOD "; i=@example.org", 5, "pass", NULL },
	{ GOOD "; i=joe@EXAMPLE.org", 5, "pass", NULL },
	{ GOOD "; i=joe@mail.example.org", 5, "pass", NULL },
	{ GOOD "; i=joe@example.net", 5, "fail", NULL },
	{ GOOD "; i=joe@badexample.org", 5, "fail", NULL },
	{ GOOD "; i=example.org", 5, "fail", NULL },
	{ TAGS("ed25519-sha256", "strict") "; i=@example.org", 5, "pass", NULL },
	{ TAGS("ed25519-sha256", "strict") "; i=@mail.example.org", 5, "fail", NULL },
	/* i= is dkim-quoted-printable, section 2.11 */
	{ GOOD "; i=joe=20smith@example.org", 5, "pass", NULL },
	{ GOOD "; i=joe=40example.net@example.org", 5, "pass", NULL },
	{ GOOD "; i==40example=2Eorg", 5, "pass", NULL },
	{ GOOD "; i=joe@m=61il.ex=\r\n 61mple.org", 5, "fail", NULL },
	{ GOOD "; i=joe@m=61il.\r\n ex=61mple.org", 5, "pass", NULL },
	{ GOOD "; i=a=b=@example.org", 5, "pass", NULL },
	{ GOOD "; i=joe@example=2Enet", 5, "fail", NULL },
	{ GOOD "; i=joe@example.org=40example.net", 5, "fail", NULL },
	{ GOOD "; i=joe=0a@example.org", 5, "fail", NULL },
	{ GOOD "; i=joe=00@example.org", 5, "fail", NULL },
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
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=xn--bcher-kva.example; i=@k\303\274che.example; s=ed; h=From", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=xn--bcher-kva.example; s=\303\274; h=From", 5, "pass", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed/simple; d=b\374cher.example; s=ed; h=From", 5, "fail", NULL },
	/* what is not a name */
	{ "v=1; a=ed25519-sha256; c=relaxed; d=ex ample.org; s=ed; h=From", 5, "fail", NULL },
	{ "v=1; a=ed25519-sha256; c=relaxed; d=example.org; s=e/d; h=From", 5, "fail", NULL },
	/* l= */
	{ GOOD "; l=5", 5, "pass", NULL },
	{ GOOD "; l=2", 2, "pass", NULL },
	{ GOOD "; l=0", 0, "pass", NULL },
	{ GOOD "; l=2", 3, "fail", NULL },
	{ GOOD "; l=6", 5, "fail", NULL },
	{ GOOD "; l=99999999999999999999999999999999", 5, "fail", NULL },
	{ GOOD "; l=-1", 5, "fail", NULL },
	{ GOOD "; l=", 5, "fail", NULL },
	/* q= */
	{ GOOD "; q=dns/txt", 5, "pass", NULL },
	{ GOOD "; q=other : dns/txt", 5, "pass", NULL },
	{ GOOD "; q=other", 5, "fail", NULL },
	/* t= and x= */
	{ GOOD "; t=1700000000", 5, "pass", NULL },
	{ GOOD "; t=1700000200", 5, "pass", NULL },
	{ GOOD "; t=1700000400", 5, "fail", NULL },
	{ GOOD "; t=1; x=1700000000", 5, "pass", NULL },
	{ GOOD "; t=1; x=1699999999", 5, "fail", NULL },
	{ GOOD "; t=1600000000; x=1600000000", 5, "fail", NULL },
	{ GOOD "; t=1; x=99999999999999999999999999999", 5, "pass", NULL },
	{ GOOD "; t=yesterday", 5, "fail", NULL },
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
		bool passes = verifier_signature(v, 0)->result == VERIFY_PASS;
		ok((verifier_signature(v, 0)->reason[0] == '\0') == passes, "reason: %s", verifier_signature(v, 0)->reason);
		verifier_free(v);
		buf_free(&mail);
	}
}

/* ---- messages that are no good ---- */

static void hostile(const struct mail_zone *zone)
{
	static const struct { const char *message, *want; } odd[] = {
		{ "", "none" },
		{ "\r\n", "none" },
		{ "DKIM-Signature:", "none" },
		{ "DKIM-Signature: x\r\nDKIM-Signature: a=b\r\n\r\n", "none" },
		{ "DKIM-Signature: d=example.org\r\n\r\n", "fail" },
		{ "DKIM-Signature: b=AAAA\r\n\r\n", "fail" },
		{ "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=AAAA; b=AAAA\r\n\r\n", "permerror" },
		{ "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=AAAA; b=AAAA\r\nFrom: x", "fail" },
		{ "DKIM-Signature : v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=!; b=AAAA\r\nFrom: x", "fail" },
		{ "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; h=from; bh=AAAA; b=\x01\r\nFrom: x", "fail" },
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
	is_text(mail_results(buf_span(&two), 0, zone, NOW, false), "permerror", "a line that is no field");
	buf_clear(&two);
	buf_add_text(&two, "From joe Fri Jul 11 21:00:37 2003\r\nDKIM-Signature:");
	buf_add_span(&two, buf_span(&mail));
	is_text(mail_results(buf_span(&two), 0, zone, NOW, false), "pass", "but for that of an mbox");
	buf_free(&two);
	buf_free(&mail);
}

/* ---- the Authentication-Results field: RFC 8601 ---- */

static struct buf results_field(struct span message, const struct mail_zone *zone)
{
	struct verifier *v = mail_verify(message, 0, zone, NOW, false);
	struct buf out = { 0 };

	verifier_results_field(v, "mx.example.net", &out);
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
	        " dkim=fail reason=\"v= is missing\" header.d=\"a\\\"b\\\\c(? x\""
	        " header.b=\"A/b+c=dE\";\r\n"
	        " dkim=fail reason=\"v= is missing\" header.b=x\r\n", "foreign bytes do no harm");
	buf_free(&out);
}

int main(void)
{
	static struct mail_record records[40];

	tap_plan(267);
	make_keys();
	struct mail_zone zone = { records, make_records(records) };
	checks(&zone);
	hostile(&zone);
	fields(&zone);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(weak);
	return tap_done();
}
