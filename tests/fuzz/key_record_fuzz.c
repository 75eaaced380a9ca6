/* SPDX-License-Identifier: ISC */
/* Key records as DNS gives them, down to the key inside. */
#include "base/base64.h"
#include "sign/damage.h"
#include "sign/key_damage.h"
#include "sign/key_record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum sign_scheme scheme, struct span text)
{
	struct key_record record;
	const char *why = NULL;
	struct buf bytes = { 0 };

	if (key_record_parse(scheme, text, &record, &why) != KEY_RECORD_USABLE) {
		if (why == NULL)
			abort();
		return;
	}
	if (record.p.len == 0)
		abort();
	if (base64_decode(record.p, &bytes)) {
		struct public_key *key = public_key_new(record.type, buf_span(&bytes));
		if (key) {
			struct digest digest = { .len = 32 };
			public_key_verify(key, DIGEST_SHA256, &digest, SPAN("no signature of this key"));
		}
		if (key == NULL && key_damage(record.type, record.p) == NULL)
			abort();
		public_key_free(key);
	}
	buf_free(&bytes);
}

/* Any answer but that it is the same says why; and the same it cannot be. */
static void compare(struct span text)
{
	static struct sign_key *key;
	const char *why = NULL;

	if (key == NULL)
		key = sign_key_generate(KEY_ED25519, 0, NULL);
	if (sign_key_compare(key, SIGN_DKIM, text, &why) == PUBLISHED_SAME || why == NULL)
		abort();
}

/* The reasons are for any bytes, also those that never come to be asked about. */
static void explain(struct span text)
{
	if (key_damage(KEY_RSA, text) == NULL || key_damage(KEY_ED25519, text) == NULL)
		abort();
	damage_of_record(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };

	check(SIGN_DKIM, text);
	check(SIGN_DOMAINKEYS, text);
	compare(text);
	explain(text);
	return 0;
}
