/* SPDX-License-Identifier: ISC */
#include "sign/key_record.h"

#include "sign/damage.h"
#include "sign/key.h"
#include "sign/tags.h"

static struct span value_of(const struct tags *t, const char *name, const char *otherwise)
{
	const struct tag *tag = tags_find(t, name);

	return tag ? tag->value : span_of(otherwise);
}

static bool find_type(struct span name, enum key_type *out)
{
	for (int type = KEY_RSA; type <= KEY_ED25519; type++)
		if (span_eq_nocase(name, span_of(key_type_name((enum key_type)type)))) {
			*out = (enum key_type)type;
			return true;
		}
	return false;
}

/* A part of a sentence: what has become of it, or what it lacks. */
static enum key_record_state refuse_record(struct span text, enum key_record_state state, const char *lacks, const char **why)
{
	const char *damage = damage_of_record(text);

	*why = damage ? damage : lacks;
	return state;
}

enum key_record_state key_record_parse(enum sign_scheme scheme, struct span text, struct key_record *out, const char **why)
{
	struct tags t;

	*out = (struct key_record){ 0 };
	if (tags_parse(text, &t))
		return refuse_record(text, KEY_RECORD_MALFORMED, "the key record is not a list of tags (v=DKIM1; k=rsa; p=...)", why);
	/* v= may be absent; when it is there it comes first and says DKIM1. */
	const struct tag *v = tags_find(&t, "v");
	if (v && !(v == &t.items[0] && span_eq(v->value, SPAN("DKIM1"))))
		return refuse_record(text, KEY_RECORD_MALFORMED, "the key record's v= is not DKIM1", why);
	/* DomainKeys knows neither s= nor h=, and DKIM no longer g=. */
	bool dkim = scheme == SIGN_DKIM;
	struct span hashes = dkim ? value_of(&t, "h", "sha1:sha256") : SPAN("sha1"), flags = value_of(&t, "t", "");
	out->hashes[DIGEST_SHA256] = tags_list_has(hashes, "sha256");
	out->hashes[DIGEST_SHA1] = tags_list_has(hashes, "sha1");
	out->strict = tags_list_has(flags, "s");
	out->testing = tags_list_has(flags, "y");
	out->local_part = dkim ? SPAN("") : value_of(&t, "g", "");
	out->p = value_of(&t, "p", "");
	struct span services = dkim ? value_of(&t, "s", "*") : SPAN("*");
	if (tags_find(&t, "p") == NULL)
		return refuse_record(text, KEY_RECORD_MALFORMED, "the key record has no p=", why);
	if (!find_type(value_of(&t, "k", "rsa"), &out->type))
		return refuse_record(text, KEY_RECORD_UNFIT, "the key record's k= is not a known type: it is rsa or ed25519", why);
	if (!tags_list_has(services, "*") && !tags_list_has(services, "email"))
		return *why = "the key record's s= is not for email: it names services, not the selector, and may be left out", KEY_RECORD_UNFIT;
	if (out->p.len == 0)
		return *why = "the key has been revoked", KEY_RECORD_REVOKED;
	return KEY_RECORD_USABLE;
}
