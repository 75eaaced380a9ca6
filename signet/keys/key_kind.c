/* SPDX-License-Identifier: ISC */
#include "signet/keys/key_kind.h"

#include "base/secret.h"
#include "signet/keys/keyfile.h"

enum { BITS_LEAST = 1024, BITS_MOST = 4096 };

static const char *const type_words[] = { [KEY_RSA] = "rsa", [KEY_ED25519] = "ed25519" };
static const char *const scheme_words[] = { [SIGN_DKIM] = "DKIM", [SIGN_DOMAINKEYS] = "DomainKeys" };

const char *key_type_word(enum key_type type)
{
	return type_words[type];
}

const char *key_scheme_word(enum sign_scheme scheme)
{
	return scheme_words[scheme];
}

int key_parse_type(const char *text, enum key_type *out, struct fault *f)
{
	for (size_t i = 0; i < sizeof type_words / sizeof type_words[0]; i++)
		if (strcmp(text, type_words[i]) == 0)
			return *out = (enum key_type)i, 0;
	return fault_set(f, FAULT_PERMANENT, "5.5.4", "--type %.80s: use rsa, which every receiver verifies, or ed25519 beside "
	                 "an RSA key", text);
}

int key_parse_bits(const char *text, unsigned *out, struct fault *f)
{
	unsigned long long bits = 0;

	if (!span_number(span_of(text), BITS_MOST, &bits) || bits < BITS_LEAST)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "--bits %.80s: an RSA key has 2048, 3072 or 4096; receivers refuse less than "
		                 "%d, and more than %d (RFC 8301)", text, BITS_LEAST, BITS_MOST);
	*out = (unsigned)bits;
	return 0;
}

int key_check_choice(enum key_type type, bool sized, enum sign_scheme scheme, struct fault *f)
{
	if (type == KEY_ED25519 && scheme == SIGN_DOMAINKEYS)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "DomainKeys signs only with RSA keys: --type rsa");
	if (type == KEY_ED25519 && sized)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "--bits is for RSA: an ed25519 key has one size; leave out --bits, or take "
		                 "--type rsa");
	return 0;
}

struct sign_key *key_make(enum key_type type, unsigned bits, const char *path, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = sign_key_generate(type, bits, f);

	if (key == NULL)
		return NULL;
	sign_key_to_pem(key, &pem);
	int result = keyfile_create(path, buf_span(&pem), f);
	secret_free(&pem);
	if (result == 0)
		return key;
	sign_key_free(key);
	return NULL;
}
