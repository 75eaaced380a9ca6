/* SPDX-License-Identifier: ISC */
/* What is published beside what we hold. */
#include "base/base64.h"
#include "sign/damage.h"
#include "sign/der.h"
#include "sign/key.h"
#include "sign/key_damage.h"
#include "sign/key_record.h"

enum sign_key_published sign_key_compare(const struct sign_key *k, enum sign_scheme scheme, struct span record,
                                         const char **why)
{
	struct key_record r;
	enum key_record_state state = key_record_parse(scheme, record, &r, why);

	if (state == KEY_RECORD_REVOKED)
		return PUBLISHED_REVOKED;
	if (state == KEY_RECORD_MALFORMED)
		return *why == damage_burnt ? PUBLISHED_BURNT : PUBLISHED_DAMAGED;
	if (state == KEY_RECORD_UNFIT)
		return PUBLISHED_UNFIT;
	struct buf bytes = { 0 };
	struct public_key *published = base64_decode(r.p, &bytes) ? public_key_new(r.type, buf_span(&bytes)) : NULL;
	bool is_key = published != NULL, same = is_key && sign_key_is(k, published);
	/* Verifiers read no further than the key ends. */
	bool more = is_key && r.type == KEY_RSA && der_length(buf_span(&bytes)) < bytes.len;
	bool burnt = sign_key_is_seed(k, buf_span(&bytes));
	buf_free(&bytes);
	public_key_free(published);
	if (burnt)
		return *why = damage_burnt, PUBLISHED_BURNT;
	if (!is_key || more) {
		*why = key_damage(r.type, r.p);
		return *why == damage_burnt ? PUBLISHED_BURNT : PUBLISHED_DAMAGED;
	}
	if (!same)
		return *why = "it is another key", PUBLISHED_OTHER;
	if (!r.hashes[scheme == SIGN_DKIM ? DIGEST_SHA256 : DIGEST_SHA1])
		return *why = "its h= does not allow the hash we sign with", PUBLISHED_UNFIT;
	return PUBLISHED_SAME;
}

bool sign_record_is_testing(enum sign_scheme scheme, struct span record)
{
	struct key_record r;
	const char *why;

	return key_record_parse(scheme, record, &r, &why) == KEY_RECORD_USABLE && r.testing;
}
