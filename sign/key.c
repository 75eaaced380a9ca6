/* SPDX-License-Identifier: ISC */
#include "sign/key.h"

#include "base/base64.h"
#include "sign/key_form.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>

struct sign_key {
	EVP_PKEY *pkey;
	enum key_type type;
	unsigned bits;
};

struct public_key {
	EVP_PKEY *pkey;
	enum key_type type;
	EVP_PKEY_CTX *sha256;   /* RSA: ready to verify, which takes OpenSSL a while to be */
};

enum { ED25519_BYTES = 32 };

static const struct {
	const char *name;
	int openssl;
} types[] = {
	[KEY_RSA]     = { "rsa", EVP_PKEY_RSA },
	[KEY_ED25519] = { "ed25519", EVP_PKEY_ED25519 },
};

enum { TYPES = sizeof types / sizeof types[0] };

const char *key_type_name(enum key_type type)
{
	return types[type].name;
}

/* ---- private keys ---- */

static struct sign_key *adopt_key(EVP_PKEY *pkey, enum key_type type)
{
	struct sign_key *k = mem_alloc(sizeof *k);

	*k = (struct sign_key){ .pkey = pkey, .type = type, .bits = (unsigned)EVP_PKEY_get_bits(pkey) };
	return k;
}

struct passphrase {
	struct span text;
	bool asked;
};

/* OpenSSL asks for it only where the file is encrypted; no one is there to type one. */
static int give_passphrase(char *into, int size, int writing, void *context)
{
	struct passphrase *p = context;

	(void)writing;
	p->asked = true;
	if (p->text.len == 0 || p->text.len > (size_t)size)
		return -1;
	memcpy(into, p->text.at, p->text.len);
	return (int)p->text.len;
}

static struct sign_key *check_key(EVP_PKEY *pkey, struct fault *f)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (EVP_PKEY_get_base_id(pkey) != types[i].openssl)
			continue;
		int bits = EVP_PKEY_get_bits(pkey);
		if (i == KEY_RSA && bits < KEY_RSA_BITS_MIN) {
			fault_set(f, FAULT_PERMANENT, "4.3.5",
			          "the RSA key has %d bits: receivers refuse less than %d; make another of 2048: signet key new", bits,
			          KEY_RSA_BITS_MIN);
			return NULL;
		}
		return adopt_key(pkey, (enum key_type)i);
	}
	const char *name = EVP_PKEY_get0_type_name(pkey);
	fault_set(f, FAULT_PERMANENT, "4.3.5", "this is a key of type %.40s, and neither RSA nor ed25519; make another: signet key new",
	          name ? name : "unknown");
	return NULL;
}

static struct sign_key *key_from_text(struct span text, const char *path, struct span passphrase, struct fault *f)
{
	struct passphrase p = { .text = passphrase };
	BIO *in = text.len <= INT_MAX ? BIO_new_mem_buf(text.at, (int)text.len) : NULL;
	EVP_PKEY *pkey = in ? PEM_read_bio_PrivateKey(in, NULL, give_passphrase, &p) : NULL;

	BIO_free(in);
	ERR_clear_error();
	if (pkey == NULL && p.asked && passphrase.len == 0)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "the private key is encrypted: name the command that prints its pass phrase "
		          "(password_command), or write it to %.100s.new without one: openssl pkey -in %.200s -out %.200s.new", path, path,
		          path);
	else if (pkey == NULL && p.asked)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "the private key is encrypted with a pass phrase other than the one given");
	else if (pkey == NULL)
		key_form_explain(text, path, f);
	if (pkey == NULL)
		return NULL;
	struct sign_key *k = check_key(pkey, f);
	if (k == NULL)
		EVP_PKEY_free(pkey);
	return k;
}

struct sign_key *sign_key_from_pem(struct span pem, struct span passphrase, struct fault *f)
{
	return key_from_text(pem, "FILE", passphrase, f);
}

struct sign_key *sign_key_from_file_text(struct span text, const char *path, struct span passphrase, struct fault *f)
{
	struct sign_key *k = key_from_text(text, path, passphrase, f);

	if (k == NULL)
		fault_prefix(f, "%.300s", path);
	return k;
}

struct sign_key *sign_key_generate(enum key_type type, unsigned rsa_bits, struct fault *f)
{
	if (type == KEY_RSA && (rsa_bits < KEY_RSA_BITS_MIN || rsa_bits > 4096)) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "an RSA key of %u bits: receivers take %d to 4096 (RFC 8301)", rsa_bits,
		          KEY_RSA_BITS_MIN);
		return NULL;
	}
	EVP_PKEY *pkey = type == KEY_RSA ? EVP_RSA_gen(rsa_bits) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pkey == NULL) {
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "OpenSSL cannot make a key of type %s", key_type_name(type));
		ERR_clear_error();
		return NULL;
	}
	return adopt_key(pkey, type);
}

void sign_key_free(struct sign_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

enum key_type sign_key_type(const struct sign_key *k)
{
	return k->type;
}

unsigned sign_key_bits(const struct sign_key *k)
{
	return k->bits;
}

static void add_bio(BIO *bio, struct buf *out)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);

	buf_add(out, at, (size_t)len);
}

void sign_key_to_pem(const struct sign_key *k, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	add_bio(bio, out);
	BIO_free(bio);
}

void sign_key_public_pem(const struct sign_key *k, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio == NULL || PEM_write_bio_PUBKEY(bio, k->pkey) != 1)
		abort();
	add_bio(bio, out);
	BIO_free(bio);
}

void sign_key_fingerprint(const struct sign_key *k, struct buf *out)
{
	EVP_MD_CTX *running = digest_begin(DIGEST_SHA256);
	struct digest d;
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);

	if (len < 0)
		abort();
	digest_feed(running, (struct span){ (const char *)der, (size_t)len });
	digest_now(running, &d);
	EVP_MD_CTX_free(running);
	OPENSSL_free(der);
	for (size_t i = 0; i < d.len; i++)
		buf_printf(out, "%02x", d.bytes[i]);
}

void sign_key_record(const struct sign_key *k, enum sign_scheme scheme, struct buf *out)
{
	buf_printf(out, "%sk=%s; p=", scheme == SIGN_DKIM ? "v=DKIM1; " : "", key_type_name(k->type));
	if (k->type == KEY_ED25519) {
		unsigned char raw[ED25519_BYTES];
		size_t len = sizeof raw;
		if (EVP_PKEY_get_raw_public_key(k->pkey, raw, &len) != 1)
			abort();
		base64_encode((struct span){ (const char *)raw, len }, out);
		return;
	}
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);
	if (len < 0)
		abort();
	base64_encode((struct span){ (const char *)der, (size_t)len }, out);
	OPENSSL_free(der);
}

bool sign_key_is(const struct sign_key *k, const struct public_key *published)
{
	return EVP_PKEY_eq(k->pkey, published->pkey) == 1;
}

bool sign_key_is_seed(const struct sign_key *k, struct span bytes)
{
	unsigned char seed[ED25519_BYTES];
	size_t len = sizeof seed;
	bool is = k->type == KEY_ED25519 && bytes.len == ED25519_BYTES && EVP_PKEY_get_raw_private_key(k->pkey, seed, &len) == 1 &&
	          memcmp(seed, bytes.at, len) == 0;

	OPENSSL_cleanse(seed, sizeof seed);
	return is;
}

/* ---- signing ---- */

static bool sign_rsa(EVP_PKEY *pkey, enum digest_kind kind, const struct digest *d, struct buf *out)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
	size_t len = (size_t)EVP_PKEY_get_size(pkey);

	buf_reserve(out, len);
	bool done = c && EVP_PKEY_sign_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
	            EVP_PKEY_CTX_set_signature_md(c, digest_md(kind)) == 1 &&
	            EVP_PKEY_sign(c, (unsigned char *)out->at + out->len, &len, d->bytes, d->len) == 1;
	EVP_PKEY_CTX_free(c);
	out->len += done ? len : 0;
	return done;
}

static bool sign_ed25519(EVP_PKEY *pkey, const struct digest *d, struct buf *out)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = (size_t)EVP_PKEY_get_size(pkey);

	buf_reserve(out, len);
	bool done = c && EVP_DigestSignInit(c, NULL, NULL, NULL, pkey) == 1 &&
	            EVP_DigestSign(c, (unsigned char *)out->at + out->len, &len, d->bytes, d->len) == 1;
	EVP_MD_CTX_free(c);
	out->len += done ? len : 0;
	return done;
}

int sign_key_sign(const struct sign_key *k, enum digest_kind kind, const struct digest *d, struct buf *signature,
                  struct fault *f)
{
	bool done = k->type == KEY_RSA ? sign_rsa(k->pkey, kind, d, signature) : sign_ed25519(k->pkey, d, signature);

	if (done)
		return 0;
	const char *why = ERR_reason_error_string(ERR_peek_last_error());
	fault_set(f, FAULT_TEMPORARY, "4.3.5", "OpenSSL cannot sign with this %s key: %s", key_type_name(k->type),
	          why ? why : "it does not say why");
	ERR_clear_error();
	return -1;
}

/* ---- public keys ---- */

static EVP_PKEY_CTX *ready_to_verify(EVP_PKEY *pkey, enum digest_kind kind)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);

	if (c && EVP_PKEY_verify_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(c, digest_md(kind)) == 1)
		return c;
	EVP_PKEY_CTX_free(c);
	return NULL;
}

struct public_key *public_key_new(enum key_type type, struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	EVP_PKEY *pkey = NULL;

	if (bytes.len == 0 || bytes.len > UINT16_MAX)
		return NULL;
	if (type == KEY_RSA) {
		pkey = d2i_PUBKEY(NULL, &at, (long)bytes.len);
		if (pkey == NULL) {
			at = (const unsigned char *)bytes.at;
			pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)bytes.len);
		}
		if (pkey && EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
			EVP_PKEY_free(pkey);
			pkey = NULL;
		}
	} else if (bytes.len == ED25519_BYTES) {
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, at, bytes.len);
	}
	ERR_clear_error();
	if (pkey == NULL)
		return NULL;
	struct public_key *k = mem_alloc(sizeof *k);
	*k = (struct public_key){ pkey, type, type == KEY_RSA ? ready_to_verify(pkey, DIGEST_SHA256) : NULL };
	return k;
}

void public_key_free(struct public_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_CTX_free(k->sha256);
	EVP_PKEY_free(k->pkey);
	free(k);
}

unsigned public_key_bits(const struct public_key *k)
{
	return (unsigned)EVP_PKEY_get_bits(k->pkey);
}

/* Whatever an RSA key has signed, its padding is found again. */
static bool is_made_with(const struct public_key *k, struct span s)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->pkey, NULL);
	size_t len = (size_t)EVP_PKEY_get_size(k->pkey);
	struct buf plain = { 0 };

	buf_reserve(&plain, len);
	bool is = c && EVP_PKEY_verify_recover_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
	          EVP_PKEY_verify_recover(c, (unsigned char *)plain.at, &len, (const unsigned char *)s.at, s.len) == 1;
	EVP_PKEY_CTX_free(c);
	buf_free(&plain);
	return is;
}

static enum key_verdict verify_rsa(const struct public_key *k, enum digest_kind kind, const struct digest *d, struct span s)
{
	bool made = kind != DIGEST_SHA256;
	EVP_PKEY_CTX *c = made ? ready_to_verify(k->pkey, kind) : k->sha256;
	enum key_verdict verdict = KEY_UNABLE;

	if (c && EVP_PKEY_verify(c, (const unsigned char *)s.at, s.len, d->bytes, d->len) == 1)
		verdict = KEY_VERIFIED;
	else if (c)
		verdict = is_made_with(k, s) ? KEY_OTHER_TEXT : KEY_OTHER_KEY;
	if (made)
		EVP_PKEY_CTX_free(c);
	return verdict;
}

static enum key_verdict verify_ed25519(EVP_PKEY *pkey, const struct digest *d, struct span s)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	enum key_verdict verdict = KEY_UNABLE;

	if (c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, pkey) == 1)
		verdict = EVP_DigestVerify(c, (const unsigned char *)s.at, s.len, d->bytes, d->len) == 1 ? KEY_VERIFIED
		                                                                                        : KEY_DIFFERS;
	EVP_MD_CTX_free(c);
	return verdict;
}

enum key_verdict public_key_verify(const struct public_key *k, enum digest_kind kind, const struct digest *d,
                                   struct span signature)
{
	enum key_verdict verdict = k->type == KEY_RSA ? verify_rsa(k, kind, d, signature)
	                                              : verify_ed25519(k->pkey, d, signature);

	ERR_clear_error();
	return verdict;
}
