/* SPDX-License-Identifier: ISC */
#include "sign/der.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

enum { INTEGER = 0x02, SEQUENCE = 0x30, LONG_LENGTH = 0x80, BYTES_MAX = 64 * 1024 };

size_t der_length(struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	size_t length = 0;

	if (bytes.len < 2 || at[0] != SEQUENCE)
		return 0;
	if (at[1] < LONG_LENGTH)
		return (size_t)at[1] + 2;
	size_t digits = at[1] - LONG_LENGTH;
	if (digits == 0 || digits > 3 || bytes.len < 2 + digits)
		return 0;
	for (size_t i = 0; i < digits; i++)
		length = length << 8 | at[2 + i];
	return length + 2 + digits;
}

static enum der_kind read_public(const unsigned char *at, long len)
{
	const unsigned char *start = at;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, len);

	if (key == NULL) {
		at = start;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, len);
	}
	int id = key ? EVP_PKEY_get_base_id(key) : 0;
	enum der_kind kind = key == NULL ? DER_UNKNOWN :
	                     id == EVP_PKEY_RSA ? DER_PUBLIC_RSA :
	                     id == EVP_PKEY_ED25519 ? DER_PUBLIC_ED25519 : DER_PUBLIC_OTHER;
	EVP_PKEY_free(key);
	return kind;
}

/* One reader for each form: can the bytes be read as that? */
static bool is_private(const unsigned char *at, long len)
{
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, len);

	EVP_PKEY_free(key);
	return key != NULL;
}

static bool is_certificate(const unsigned char *at, long len)
{
	X509 *x = d2i_X509(NULL, &at, len);

	X509_free(x);
	return x != NULL;
}

static bool is_request(const unsigned char *at, long len)
{
	X509_REQ *r = d2i_X509_REQ(NULL, &at, len);

	X509_REQ_free(r);
	return r != NULL;
}

static bool is_pkcs12(const unsigned char *at, long len)
{
	PKCS12 *p = d2i_PKCS12(NULL, &at, len);

	PKCS12_free(p);
	return p != NULL;
}

static bool is_encrypted(const unsigned char *at, long len)
{
	X509_SIG *s = d2i_X509_SIG(NULL, &at, len);

	X509_SIG_free(s);
	return s != NULL;
}

static const struct {
	bool (*is)(const unsigned char *at, long len);
	enum der_kind kind;
} readers[] = {
	{ is_private, DER_PRIVATE },
	{ is_certificate, DER_CERTIFICATE },
	{ is_request, DER_REQUEST },
	{ is_pkcs12, DER_PKCS12 },
	{ is_encrypted, DER_ENCRYPTED },
};

enum der_kind der_kind(struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	enum der_kind kind = DER_UNKNOWN;

	if (der_length(bytes) == 0 || bytes.len > BYTES_MAX)
		return DER_UNKNOWN;
	for (size_t i = 0; i < sizeof readers / sizeof readers[0] && kind == DER_UNKNOWN; i++)
		if (readers[i].is(at, (long)bytes.len))
			kind = readers[i].kind;
	if (kind == DER_UNKNOWN)
		kind = read_public(at, (long)bytes.len);
	ERR_clear_error();
	return kind;
}

/* Each private form, and nothing else, begins with its version, 0 or 1. */
bool der_begins_private(struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;

	if (der_length(bytes) == 0)
		return false;
	size_t version = at[1] < LONG_LENGTH ? 2 : (size_t)at[1] - LONG_LENGTH + 2;
	return version + 3 <= bytes.len && at[version] == INTEGER && at[version + 1] == 1 && at[version + 2] <= 1;
}
