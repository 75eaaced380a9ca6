/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/base64.h"
#include "sign/key.h"
#include "sign/key_cache.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static struct digest some_digest(void)
{
	struct digest d = { .len = 32 };

	memset(d.bytes, 7, sizeof d.bytes);
	return d;
}

/* From the record's p= alone, as a verifier sees it. */
static struct public_key *published(const struct sign_key *k)
{
	struct buf record = { 0 }, bytes = { 0 };

	sign_key_record(k, SIGN_DKIM, &record);
	base64_decode(span_of(strstr(buf_text(&record), "p=") + 2), &bytes);
	struct public_key *public = public_key_new(sign_key_type(k), buf_span(&bytes));
	buf_free(&record);
	buf_free(&bytes);
	return public;
}

static void round_trip(enum key_type type, unsigned bits, unsigned want_bits)
{
	struct digest d = some_digest();
	struct buf pem = { 0 }, signature = { 0 }, again = { 0 };
	struct sign_key *made = sign_key_generate(type, bits, NULL);

	ok(made != NULL, "makes a key of type %s", key_type_name(type));
	sign_key_to_pem(made, &pem);
	ok(memmem(pem.at, pem.len, "-----BEGIN PRIVATE KEY-----", 27) != NULL, "as PKCS#8");
	struct sign_key *read = sign_key_from_pem(buf_span(&pem), SPAN(""), NULL);
	ok(read && sign_key_type(read) == type && sign_key_bits(read) == want_bits, "reads it back");
	is_int(sign_key_sign(made, DIGEST_SHA256, &d, &signature, NULL), 0, "signs");
	is_int(sign_key_sign(read, DIGEST_SHA256, &d, &again, NULL), 0, "signs again");
	ok(span_eq(buf_span(&signature), buf_span(&again)), "the same");
	struct public_key *public = published(made);
	is_int(public_key_bits(public), want_bits, "the published key's bits");
	is_int(public_key_verify(public, DIGEST_SHA256, &d, buf_span(&signature)), KEY_VERIFIED, "verifies");
	/* What else may have been signed, and by whom, RSA alone tells. */
	struct digest other = d;
	other.bytes[0] ^= 1;
	is_int(public_key_verify(public, DIGEST_SHA256, &other, buf_span(&signature)), type == KEY_RSA ? KEY_OTHER_TEXT : KEY_DIFFERS,
	       "not another digest");
	signature.at[3] ^= 1;
	enum key_verdict damaged = type == KEY_RSA ? KEY_OTHER_KEY : KEY_DIFFERS;
	is_int(public_key_verify(public, DIGEST_SHA256, &d, buf_span(&signature)), damaged, "nor with a bit changed");
	is_int(public_key_verify(public, DIGEST_SHA256, &d, SPAN("x")), damaged, "nor any other bytes");
	public_key_free(public);
	sign_key_free(made);
	sign_key_free(read);
	buf_free(&pem);
	buf_free(&signature);
	buf_free(&again);
}

static void write_pem(EVP_PKEY *pkey, bool traditional, const EVP_CIPHER *cipher, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;

	if (traditional)
		PEM_write_bio_PrivateKey_traditional(bio, pkey, cipher, (const unsigned char *)"x", cipher ? 1 : 0, NULL, NULL);
	else
		PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, "x", cipher ? 1 : 0, NULL, NULL);
	long len = BIO_get_mem_data(bio, &at);
	buf_clear(out);
	buf_add(out, at, (size_t)len);
	BIO_free(bio);
}

static void refused(struct span pem, const char *part)
{
	struct fault f = { 0 };

	ok(sign_key_from_pem(pem, SPAN(""), &f) == NULL, "refused: %s", f.text);
	is_text(f.status, "4.3.5", "status");
	ok(strstr(f.text, part) != NULL, "says: %s", part);
}

static void forms(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024), *weak = EVP_RSA_gen(768), *ec = EVP_EC_gen("P-256");
	struct buf pem = { 0 };
	struct fault f = { 0 };

	write_pem(rsa, true, NULL, &pem);
	struct sign_key *k = sign_key_from_pem(buf_span(&pem), SPAN(""), NULL);
	ok(k && sign_key_bits(k) == 1024, "PKCS#1");
	sign_key_free(k);
	write_pem(rsa, true, EVP_aes_128_cbc(), &pem);
	refused(buf_span(&pem), "pass phrase");
	write_pem(rsa, false, EVP_aes_128_cbc(), &pem);
	refused(buf_span(&pem), "pass phrase");
	write_pem(weak, false, NULL, &pem);
	refused(buf_span(&pem), "768 bits");
	write_pem(ec, false, NULL, &pem);
	refused(buf_span(&pem), "neither RSA nor ed25519");
	refused(SPAN(""), "empty");
	refused(SPAN("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "damaged");
	ok(sign_key_generate(KEY_RSA, 512, &f) == NULL, "no key of 512 bits: %s", f.text);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(weak);
	EVP_PKEY_free(ec);
	buf_free(&pem);
}

static void encrypted(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024);
	struct buf pem = { 0 };
	struct fault f = { 0 };

	write_pem(rsa, false, EVP_aes_128_cbc(), &pem);
	struct sign_key *k = sign_key_from_pem(buf_span(&pem), SPAN("x"), &f);
	ok(k && sign_key_bits(k) == 1024, "an encrypted key with its pass phrase");
	sign_key_free(k);
	ok(sign_key_from_pem(buf_span(&pem), SPAN("y"), &f) == NULL && strstr(f.text, "other than the one given"), "and with another: %s",
	   f.text);
	write_pem(rsa, false, NULL, &pem);
	k = sign_key_from_pem(buf_span(&pem), SPAN("x"), &f);
	ok(k != NULL, "one that is not encrypted needs none");
	sign_key_free(k);
	EVP_PKEY_free(rsa);
	buf_free(&pem);
}

/* What DNS shows beside what we hold; the records are those of two keys, changed as people change them. */
static void beside_ours(void)
{
	struct sign_key *k = sign_key_generate(KEY_RSA, 2048, NULL), *other = sign_key_generate(KEY_RSA, 2048, NULL);
	struct buf own = { 0 }, others = { 0 }, text = { 0 };
	const char *why = NULL;

	sign_key_record(k, SIGN_DKIM, &own);
	sign_key_record(other, SIGN_DKIM, &others);
	is_int(sign_key_compare(k, SIGN_DKIM, buf_span(&own), &why), PUBLISHED_SAME, "our own record");
	is_int(sign_key_compare(k, SIGN_DOMAINKEYS, buf_span(&own), &why), PUBLISHED_SAME, "serves DomainKeys too");
	is_int(sign_key_compare(k, SIGN_DKIM, buf_span(&others), &why), PUBLISHED_OTHER, "another's: %s", why);
	is_int(sign_key_compare(k, SIGN_DKIM, span_between(own.at, own.at + own.len - 8), &why), PUBLISHED_DAMAGED, "cut: %s", why);
	is_int(sign_key_compare(k, SIGN_DKIM, SPAN("v=DKIM1; k=rsa; p="), &why), PUBLISHED_REVOKED, "revoked: %s", why);
	is_int(sign_key_compare(k, SIGN_DKIM, SPAN("v=spf1 -all"), &why), PUBLISHED_DAMAGED, "no key record: %s", why);
	buf_printf(&text, "v=DKIM1; h=sha1; %s", buf_text(&own) + strlen("v=DKIM1; "));
	is_int(sign_key_compare(k, SIGN_DKIM, buf_span(&text), &why), PUBLISHED_UNFIT, "another hash: %s", why);
	buf_clear(&text);
	buf_printf(&text, "v=DKIM1; s=tlsrpt; %s", buf_text(&own) + strlen("v=DKIM1; "));
	is_int(sign_key_compare(k, SIGN_DKIM, buf_span(&text), &why), PUBLISHED_UNFIT, "another service: %s", why);
	ok(!sign_record_is_testing(SIGN_DKIM, buf_span(&own)), "our own record does not say that it is a test");
	buf_printf(&own, "; t=s:y");
	ok(sign_record_is_testing(SIGN_DKIM, buf_span(&own)), "with t=y it does");
	is_int(sign_key_compare(k, SIGN_DKIM, SPAN("v=DKIM1; p=-----BEGIN PRIVATE KEY-----"), &why), PUBLISHED_BURNT, "a private key: %s", why);
	sign_key_free(k);
	sign_key_free(other);
	buf_free(&own);
	buf_free(&others);
	buf_free(&text);
}

static void cached(void)
{
	struct key_cache *c = key_cache_new();
	struct sign_key *k = sign_key_generate(KEY_ED25519, 0, NULL);
	struct buf record = { 0 };

	sign_key_record(k, SIGN_DKIM, &record);
	struct span p = span_of(strstr(buf_text(&record), "p=") + 2);
	const struct public_key *first = key_cache_find(c, KEY_ED25519, p);
	ok(first && sign_key_is(k, first), "a key by its p=");
	ok(key_cache_find(c, KEY_ED25519, p) == first, "is decoded once");
	ok(key_cache_find(c, KEY_RSA, p) == NULL, "and is of its type alone");
	ok(key_cache_find(c, KEY_ED25519, SPAN("AAAA")) == NULL && key_cache_find(c, KEY_ED25519, SPAN("!")) == NULL, "no key is none");
	sign_key_free(k);
	key_cache_free(c);
	buf_free(&record);
}

/* RFC 6376 section 3.6.1 names RSAPublicKey, the world publishes SubjectPublicKeyInfo. */
static void public_forms(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned char *der = NULL;
	int len = i2d_PublicKey(rsa, &der);
	struct public_key *k = public_key_new(KEY_RSA, (struct span){ (char *)der, (size_t)len });

	ok(k && public_key_bits(k) == 1024, "RSAPublicKey");
	public_key_free(k);
	ok(public_key_new(KEY_RSA, (struct span){ (char *)der, (size_t)len - 1 }) == NULL, "cut short");
	OPENSSL_free(der);
	der = NULL;
	len = i2d_PUBKEY(ed, &der);
	ok(public_key_new(KEY_RSA, (struct span){ (char *)der, (size_t)len }) == NULL, "an ed25519 key is no RSA key");
	ok(public_key_new(KEY_ED25519, (struct span){ (char *)der, (size_t)len }) == NULL, "ed25519 is 32 bytes, no more");
	ok(public_key_new(KEY_ED25519, SPAN("")) == NULL, "and no less");
	OPENSSL_free(der);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
}

int main(void)
{
	tap_plan(76);
	round_trip(KEY_RSA, 1024, 1024);
	round_trip(KEY_RSA, 2048, 2048);
	round_trip(KEY_ED25519, 0, 256);
	forms();
	encrypted();
	beside_ours();
	cached();
	public_forms();
	return tap_done();
}
