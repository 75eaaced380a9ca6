/* SPDX-License-Identifier: ISC */
#include "sign/verdict.h"

#include "sign/damage.h"
#include "sign/key_damage.h"
#include "sign/key_record.h"

/* How far a record got. */
enum stage { NOT_A_RECORD, NOT_USABLE, NOT_FIT, NOT_A_KEY, NOT_ALLOWED, NOT_THE_KEY, NOT_THE_TEXT, VERIFIED };

#define CHANGED "the signed header fields (h=) are not as they were signed"

struct attempt {
	enum stage stage;
	const char *reason;
};

static const enum verify_result results[] = {
	[NOT_A_RECORD] = VERIFY_PERMERROR,
	[NOT_USABLE]   = VERIFY_PERMERROR,
	[NOT_FIT]      = VERIFY_FAIL,
	[NOT_A_KEY]    = VERIFY_PERMERROR,
	[NOT_ALLOWED]  = VERIFY_POLICY,
	[NOT_THE_KEY]  = VERIFY_FAIL,
	[NOT_THE_TEXT] = VERIFY_FAIL,
	[VERIFIED]     = VERIFY_PASS,
};

/* Does the record go with the signature? NULL, or why not. */
static const char *unfit_record(const struct key_record *r, const struct evidence *e)
{
	const struct signature *s = e->signature;

	if (r->type != s->key)
		return "the key is of another type than a= says";
	if (!r->hashes[DIGEST_SHA256] && !r->hashes[DIGEST_SHA1])
		return "the key record's h= names no hash that DKIM has: it must say sha256, or be left out";
	if (!r->hashes[s->digest])
		return "the key record's h= does not allow this hash";
	if (r->strict && s->identity_below)
		return "i= is a subdomain, which the key record's t=s does not allow";
	if (r->local_part.len > 0) {
		const char *at = strrchr(e->sender, '@');
		if (at == NULL || !span_eq(span_between(e->sender, at), r->local_part))
			return "the key record's g= is for another sender";
	}
	return NULL;
}

static struct attempt try_record(const struct evidence *e, const char *text)
{
	struct key_record record;
	const char *why = NULL;
	enum key_record_state state = key_record_parse(e->scheme, span_of(text), &record, &why);

	if (state != KEY_RECORD_USABLE)
		return (struct attempt){ state == KEY_RECORD_MALFORMED ? NOT_A_RECORD : NOT_USABLE, why };
	const struct public_key *key = key_cache_find(e->cache, record.type, record.p);
	why = unfit_record(&record, e);
	/* Of a key that is damaged, the type is a guess: k= may be what is missing. */
	if (why && (key || record.type == e->signature->key))
		return (struct attempt){ NOT_FIT, why };
	if (key == NULL)
		return (struct attempt){ NOT_A_KEY, key_damage(record.type, record.p) };
	const struct signature *s = e->signature;
	if (s->key == KEY_RSA && public_key_bits(key) < KEY_RSA_BITS_MIN && !e->obsolete)
		return (struct attempt){ NOT_ALLOWED, "an RSA key under 1024 bits proves nothing (RFC 8301)" };
	switch (public_key_verify(key, s->digest, e->hash, buf_span(&s->b))) {
	case KEY_VERIFIED:
		return (struct attempt){ VERIFIED, "" };
	case KEY_OTHER_TEXT:
		return (struct attempt){ NOT_THE_TEXT, CHANGED };
	case KEY_OTHER_KEY:
		return (struct attempt){ NOT_THE_KEY, "another key than the published one has signed, or b= has been changed" };
	case KEY_DIFFERS:
		return (struct attempt){ NOT_THE_KEY, CHANGED ", or another key than the published one has signed" };
	case KEY_UNABLE:
		break;
	}
	return (struct attempt){ NOT_ALLOWED, "this system's crypto policy forbids the algorithm" };
}

enum { REST_MIN = 40 };   /* of shorter texts that consist of letters and digits, none was cut off from a key */

/* Of a key that is cut off, the rest in a record of its own. */
static bool is_split(const struct text_list *records)
{
	for (size_t i = 0; i < records->count; i++) {
		struct span text = span_of(records->items[i]);
		if (text.len > REST_MIN && damage_is_rest_of_key(text))
			return true;
	}
	return false;
}

struct verdict verdict_of(const struct evidence *e, const struct text_list *records)
{
	struct attempt best = try_record(e, records->items[0]);
	size_t keys = best.stage > NOT_USABLE;

	for (size_t i = 1; i < records->count && keys < VERDICT_KEYS_MAX && best.stage != VERIFIED; i++) {
		struct attempt a = try_record(e, records->items[i]);
		keys += a.stage > NOT_USABLE;
		if (a.stage > best.stage)
			best = a;
	}
	if (best.stage == NOT_A_KEY && is_split(records))
		best.reason = "the key is split into several TXT records: it must be one record, which may have several strings";
	return (struct verdict){ results[best.stage], best.reason };
}
