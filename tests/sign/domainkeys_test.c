/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"
#include "tests/sign/mail.h"

#include "base/base64.h"
#include "sign/domainkeys.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

static struct sign_key *key, *weak;
static EVP_PKEY *raw_key, *raw_weak;
static char records_text[12][800];
static struct mail_record records[12];
static struct mail_zone zone = { records, 0 };

/* ---- keys and records ---- */

static struct sign_key *make_key(unsigned bits, EVP_PKEY **raw)
{
	struct buf pem = { 0 };
	BIO *out = BIO_new(BIO_s_mem());
	char *at;

	*raw = EVP_RSA_gen(bits);
	PEM_write_bio_PrivateKey(out, *raw, NULL, NULL, 0, NULL, NULL);
	long len = BIO_get_mem_data(out, &at);
	buf_add(&pem, at, (size_t)len);
	struct sign_key *made = sign_key_from_pem(buf_span(&pem), SPAN(""), NULL);
	BIO_free(out);
	buf_free(&pem);
	return made;
}

static void public_part(EVP_PKEY *raw, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(raw, &der);

	base64_encode((struct span){ (char *)der, (size_t)len }, out);
	OPENSSL_free(der);
}

static void publish(const char *selector, const char *before, EVP_PKEY *raw)
{
	static char names[12][80];
	size_t i = zone.count++;
	struct buf p = { 0 };

	if (raw)
		public_part(raw, &p);
	snprintf(names[i], sizeof names[i], "%s._domainkey.example.org", selector);
	snprintf(records_text[i], sizeof records_text[i], "%s%s", before, buf_text(&p));
	records[i] = (struct mail_record){ names[i], records_text[i] };
	buf_free(&p);
}

static void make_keys(void)
{
	key = make_key(1024, &raw_key);
	weak = make_key(768, &raw_weak);
	publish("dk", "k=rsa; p=", raw_key);
	publish("dkim", "v=DKIM1; k=rsa; h=sha256; p=", raw_key);
	publish("joe", "g=joe; k=rsa; p=", raw_key);
	publish("any", "g=; p=", raw_key);
	publish("jim", "g=jim; p=", raw_key);
	publish("weak", "p=", raw_weak);
	publish("testing", "t=y; p=", raw_key);
	publish("revoked", "k=rsa; p=", NULL);
	publish("broken", "k=rsa; p=AAAA", NULL);
	records[zone.count++] = (struct mail_record){ "trouble._domainkey.example.org", NULL };
}

static void free_keys(void)
{
	sign_key_free(key);
	sign_key_free(weak);
	EVP_PKEY_free(raw_key);
	EVP_PKEY_free(raw_weak);
}

/* ---- a signature made by hand: RFC 4870 section 3.4, over text that the row has in canonical form ---- */

static void forge(const char *tags, EVP_PKEY *with, const char *canonical, const char *message, struct buf *out)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned char signature[256];
	size_t len = sizeof signature;

	if (EVP_DigestSignInit(c, NULL, EVP_sha1(), NULL, with) != 1 ||
	    EVP_DigestSign(c, signature, &len, (const unsigned char *)canonical, strlen(canonical)) != 1)
		abort();
	EVP_MD_CTX_free(c);
	buf_printf(out, "DomainKey-Signature: %s; b=", tags);
	base64_encode((struct span){ (char *)signature, len }, out);
	buf_printf(out, "\r\n%s", message);
}

#define MESSAGE "From: \"Joe\" <joe@example.org>\r\nTo: a@example.net,\r\n\tb@example.net\r\nSubject:  Is  dinner\r\n\r\nHi. \r\n\r\n Joe\t\r\n\r\n\r\n"
#define NOFWS "From:\"Joe\"<joe@example.org>\r\nTo:a@example.net,b@example.net\r\nSubject:Isdinner\r\n\r\nHi.\r\n\r\nJoe\r\n"
#define SIMPLE "From: \"Joe\" <joe@example.org>\r\nTo: a@example.net,\r\n\tb@example.net\r\nSubject:  Is  dinner\r\n\r\nHi. \r\n\r\n Joe\t\r\n"
#define FROM_ALONE "From:\"Joe\"<joe@example.org>\r\n\r\nHi.\r\n\r\nJoe\r\n"
#define SENT "Sender: list@example.net\r\n" MESSAGE
#define SENT_NOFWS "Sender:list@example.net\r\n" NOFWS

static const struct {
	const char *tags, *canonical, *message;
	const char *want, *obsolete;   /* obsolete NULL: the same */
	bool weak;
} rows[] = {
	{ "a=rsa-sha1; q=dns; c=nofws; d=example.org; s=dk", NOFWS, MESSAGE, "pass", NULL, false },
	{ "a=rsa-sha1; q=dns; c=simple; d=example.org; s=dk", SIMPLE, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk", NOFWS, MESSAGE, "pass", NULL, false },
	{ "d=example.org; s=dk", SIMPLE, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dkim", NOFWS, MESSAGE, "pass", NULL, false },
	/* h= */
	{ "c=nofws; d=example.org; s=dk; h=from:to:subject", NOFWS, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk; h=Subject : To : From", NOFWS, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk; h=from", FROM_ALONE, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk; h=from:x-absent", FROM_ALONE, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk; h=to:subject", "To:a@example.net,b@example.net\r\nSubject:Isdinner\r\n\r\nHi.\r\n\r\nJoe\r\n",
	  MESSAGE, "fail", NULL, false },
	{ "c=nofws; d=example.org; s=dk; h=from::to", NOFWS, MESSAGE, "neutral", "fail", false },
	/* above the signature is not below it */
	{ "c=nofws; d=example.org; s=dk", NOFWS, "X-Late: x\r\n" MESSAGE, "fail", NULL, false },
	{ "c=nofws; d=example.org; s=dk; h=from:to:subject", NOFWS, "X-Late: x\r\n" MESSAGE, "pass", NULL, false },
	/* the sender: section 3.1 */
	{ "c=nofws; d=example.net; s=dk", NOFWS, MESSAGE, "fail", NULL, false },
	{ "c=nofws; d=org; s=dk", NOFWS, MESSAGE, "permerror", "fail", false },
	{ "c=nofws; d=example.org; s=dk", SENT_NOFWS, SENT, "fail", NULL, false },
	{ "c=nofws; d=example.org; s=dk", "Sender:x@mail.example.org\r\n" NOFWS, "Sender: x@mail.example.org\r\n" MESSAGE, "pass", NULL,
	  false },
	{ "c=nofws; d=example.org; s=dk; h=from:to:subject", NOFWS, "Sender: x@example.org\r\n" MESSAGE, "fail", NULL, false },
	{ "c=nofws; d=example.org; s=dk", "From:joe@example.org,a@example.org\r\n", "From: joe@example.org, a@example.org\r\n\r\n", "fail",
	  NULL, false },
	/* other tags: section 3.3 */
	{ "a=rsa-sha256; c=nofws; d=example.org; s=dk", NOFWS, MESSAGE, "neutral", "fail", false },
	{ "c=relaxed; d=example.org; s=dk", NOFWS, MESSAGE, "neutral", "fail", false },
	{ "c=nofws; s=dk", NOFWS, MESSAGE, "neutral", "fail", false },
	{ "c=nofws; d=example.org", NOFWS, MESSAGE, "neutral", "fail", false },
	{ "c=nofws; d=example.org; s=dk; q=http", NOFWS, MESSAGE, "neutral", "fail", false },
	{ "c=nofws; d=example.org; s=dk; x=1", NOFWS, MESSAGE, "pass", NULL, false },
	/* key records: section 3.2.3 */
	{ "c=nofws; d=example.org; s=joe", NOFWS, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=any", NOFWS, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=jim", NOFWS, MESSAGE, "fail", NULL, false },
	{ "c=nofws; d=example.org; s=testing", NOFWS, MESSAGE, "pass", NULL, false },
	{ "c=nofws; d=example.org; s=weak", NOFWS, MESSAGE, "policy", "pass", true },
	{ "c=nofws; d=example.org; s=revoked", NOFWS, MESSAGE, "permerror", "fail", false },
	{ "c=nofws; d=example.org; s=broken", NOFWS, MESSAGE, "permerror", "fail", false },
	{ "c=nofws; d=example.org; s=absent", NOFWS, MESSAGE, "permerror", "fail", false },
	{ "c=nofws; d=example.org; s=trouble", NOFWS, MESSAGE, "temperror", NULL, false },
	/* bodies: section 3.4.2 */
	{ "c=nofws; d=example.org; s=dk", "From:joe@example.org\r\n", "From: joe@example.org\r\n\r\n", "pass", NULL, false },
	{ "c=simple; d=example.org; s=dk", "From: joe@example.org\r\n", "From: joe@example.org\r\n\r\n", "pass", NULL, false },
	{ "c=simple; d=example.org; s=dk", "From: joe@example.org\r\n", "From: joe@example.org\r\n", "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk", "From:joe@example.org\r\n", "From: joe@example.org\r\n\r\n\r\n\r\n", "pass", NULL, false },
	{ "c=simple; d=example.org; s=dk", "From: joe@example.org\r\n", "From: joe@example.org\r\n\r\n\r\n", "pass", NULL, false },
	{ "c=nofws; d=example.org; s=dk", "From:joe@example.org\r\n", "From: joe@example.org\r\n\r\n \t\r\n", "pass", NULL, false },
	{ "c=simple; d=example.org; s=dk", "From: joe@example.org\r\n\r\n \t\r\n", "From: joe@example.org\r\n\r\n \t\r\n", "pass", NULL,
	  false },
	{ "c=nofws; d=example.org; s=dk", "From:joe@example.org\r\n\r\nab\r\n", "From: joe@example.org\r\n\r\na\rb\n\r\n", "pass", NULL,
	  false },
	{ "c=nofws; d=example.org; s=dk", NOFWS, MESSAGE "x\r\n", "fail", NULL, false },
};

static void verifying(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf mail = { 0 };
		int wrong = 0;
		forge(rows[i].tags, rows[i].weak ? raw_weak : raw_key, rows[i].canonical, rows[i].message, &mail);
		is_text(mail_results(buf_span(&mail), 0, &zone, 1, false), rows[i].want, "%s", rows[i].tags);
		is_text(mail_results(buf_span(&mail), 0, &zone, 1, true), rows[i].obsolete ? rows[i].obsolete : rows[i].want,
		        "by RFC 4870 alone");
		for (size_t cut = 0; cut <= mail.len; cut++)
			wrong += strcmp(mail_results(buf_span(&mail), cut, &zone, 1, false), rows[i].want) != 0;
		is_int(wrong, 0, "wherever it is cut");
		buf_free(&mail);
	}
}

static void telling(void)
{
	struct buf mail = { 0 }, out = { 0 };

	forge("c=nofws; d=example.org; s=dk", raw_key, "Sender:x@example.org\r\n" NOFWS, "Sender: x@example.org\r\n" MESSAGE, &mail);
	struct verifier *v = mail_verify(buf_span(&mail), 0, &zone, 1, false);
	verifier_results_field(v, "mx.example", NULL, 0, &out);
	ok(strstr(buf_text(&out), " domainkeys=pass header.d=example.org header.s=dk header.sender=x@example.org\r\n header.b=") != NULL,
	   "the field names method and sender: %s", buf_text(&out));
	verifier_free(v);
	buf_free(&mail);
	buf_free(&out);
}

/* More of them than are evaluated: one last result, which is no pass. */
static void a_crowd(void)
{
	struct buf mail = { 0 }, one = { 0 };

	for (int i = 0; i < DOMAINKEYS_MAX + 2; i++) {
		forge("c=nofws; d=example.org; s=dk; h=from", raw_key, FROM_ALONE, "", &one);
		buf_add_span(&mail, buf_span(&one));
		buf_clear(&one);
	}
	buf_add_text(&mail, MESSAGE);
	is_text(mail_results(buf_span(&mail), 0, &zone, 1, false), "pass,pass,pass,pass,pass,pass,pass,pass,policy", "ten signatures");
	buf_free(&mail);
	buf_free(&one);
}

/* ---- signing ---- */

static struct sign_options with(enum sign_scheme scheme, enum canon canon)
{
	return (struct sign_options){
		.scheme = scheme, .key = key, .domain = "example.org", .selector = "dk", .header = canon, .body = canon, .now_s = 1,
		.expires_s = -1,
	};
}

static void signing(void)
{
	struct sign_options all[] = {
		with(SIGN_DOMAINKEYS, CANON_NOFWS), with(SIGN_DKIM, CANON_RELAXED), with(SIGN_DOMAINKEYS, CANON_SIMPLE),
	};
	struct buf mail = { 0 };

	is_int(mail_sign(SPAN("Received: x\r\n" MESSAGE), 30, all, 3, &mail, NULL), 0, "DomainKeys beside DKIM");
	is_text(mail_results(buf_span(&mail), 0, &zone, 1, false), "pass,pass,pass", "all verify");
	ok(span_starts_nocase(buf_span(&mail),
	                      SPAN("DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; d=example.org; s=dk; h=from:\r\n to:subject; b=")),
	   "h= names what is there, in its order: %.100s", buf_text(&mail));
	/* The fields in any order: neither covers the other. */
	const char *dkim = memmem(mail.at, mail.len, "DKIM-Signature", 14), *second = memmem(dkim, 1000, "DomainKey", 9);
	struct buf swapped = { 0 };
	buf_add(&swapped, dkim, (size_t)(second - dkim));
	buf_add(&swapped, mail.at, (size_t)(dkim - mail.at));
	buf_add(&swapped, second, (size_t)(mail.at + mail.len - second));
	is_text(mail_results(buf_span(&swapped), 0, &zone, 1, false), "pass,pass,pass", "in another order too");
	buf_free(&swapped);
	buf_free(&mail);
}

static void left_out(void)
{
	struct sign_options both[] = { with(SIGN_DOMAINKEYS, CANON_NOFWS), with(SIGN_DKIM, CANON_RELAXED) };
	static const struct { const char *message; bool made; } cases[] = {
		{ MESSAGE, true },
		{ "Sender: x@mail.example.org\r\n" MESSAGE, true },
		{ SENT, false },
		{ "From: a@example.org, b@example.org\r\n\r\n", false },
		{ "From: a@example.net\r\n\r\n", false },
		{ "Sender: x@example.org\r\nSender: y@example.org\r\n" MESSAGE, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct signer *s = signer_new(both, 2, NULL);
		struct buf fields = { 0 };
		signer_feed(s, span_of(cases[i].message), NULL);
		is_int(signer_finish(s, &fields, NULL), 0, "\"%.40s\" is signed", cases[i].message);
		is_int(strstr(buf_text(&fields), "DomainKey-Signature") != NULL, cases[i].made, "by DomainKeys as well, or not");
		is_int(signer_left_out(s, 0) == NULL, cases[i].made, "and says why: %s", signer_left_out(s, 0));
		ok(signer_left_out(s, 1) == NULL && strstr(buf_text(&fields), "DKIM-Signature"), "always by DKIM");
		buf_free(&fields);
		signer_free(s);
	}
}

static void refused(void)
{
	struct sign_key *ed = sign_key_generate(KEY_ED25519, 0, NULL);
	struct sign_options o[] = {
		with(SIGN_DOMAINKEYS, CANON_RELAXED), with(SIGN_DKIM, CANON_NOFWS), with(SIGN_DOMAINKEYS, CANON_NOFWS),
		with(SIGN_DOMAINKEYS, CANON_NOFWS),
	};
	struct sign_options crowd[DOMAINKEYS_MAX + 1];

	o[2].key = ed;
	o[3].body = CANON_SIMPLE;
	for (size_t i = 0; i < sizeof o / sizeof o[0]; i++) {
		struct fault f = { 0 };
		ok(signer_new(&o[i], 1, &f) == NULL, "refused: %s", f.text);
		is_text(f.status, "4.3.5", "as a fault of the settings");
	}
	for (size_t i = 0; i <= DOMAINKEYS_MAX; i++)
		crowd[i] = with(SIGN_DOMAINKEYS, CANON_NOFWS);
	ok(signer_new(crowd, DOMAINKEYS_MAX + 1, NULL) == NULL, "no more than %d at once", DOMAINKEYS_MAX);
	sign_key_free(ed);
}

int main(void)
{
	tap_plan(168);
	make_keys();
	verifying();
	telling();
	a_crowd();
	signing();
	left_out();
	refused();
	free_keys();
	return tap_done();
}
