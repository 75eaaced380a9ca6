#include "sign/fields.h"

#include <stdlib.h>

enum cover { NEVER, SIGN_IT, OVERSIGN };

struct rule {
	struct span name;   /* without the "*" */
	bool prefix;
	enum cover cover;
};

struct sign_fields {
	struct rule *rules;     /* first that fits decides; what fits none is not signed */
	size_t count;
	char **owned;
	size_t owned_count;
};

/*
 * Relays and lists add these or change them: a signature that covered them
 * would break on its way, for nothing (RFC 6376 section 5.4.1).
 */
static const char *const never[] = {
	"return-path", "received", "bcc", "resent-bcc", "comments", "keywords", "dkim-signature", "domainkey-signature",
	"authentication-results", "arc-",
};

#define RULE(text, is_prefix, how) { { text, sizeof text - 1 }, is_prefix, how }

/* Lists add Sender and List-*, so those are not oversigned. */
static struct rule default_rules[] = {
	RULE("from", false, OVERSIGN),
	RULE("reply-to", false, OVERSIGN),
	RULE("subject", false, OVERSIGN),
	RULE("date", false, OVERSIGN),
	RULE("message-id", false, OVERSIGN),
	RULE("to", false, OVERSIGN),
	RULE("cc", false, OVERSIGN),
	RULE("mime-version", false, OVERSIGN),
	RULE("content-type", false, OVERSIGN),
	RULE("content-transfer-encoding", false, OVERSIGN),
	RULE("sender", false, SIGN_IT),
	RULE("in-reply-to", false, SIGN_IT),
	RULE("references", false, SIGN_IT),
	RULE("resent-bcc", false, NEVER),
	RULE("content-", true, SIGN_IT),
	RULE("resent-", true, SIGN_IT),
	RULE("list-", true, SIGN_IT),   /* List-Unsubscribe-Post must be covered: RFC 8058 */
};

static const struct sign_fields default_fields = {
	.rules = default_rules, .count = sizeof default_rules / sizeof default_rules[0],
};

/* ---- rules from names ---- */

static bool is_field_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] >= 0x7f || s.at[i] == ':' || s.at[i] == ';')
			return false;
	return s.len > 0;
}

static bool is_never(struct span name, bool prefix)
{
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		struct span row = span_of(never[i]);
		bool family = row.at[row.len - 1] == '-';
		if (family || prefix ? span_starts_nocase(name, row) : span_eq_nocase(name, row))
			return true;
		if (prefix && span_starts_nocase(row, name) && !span_eq_nocase(name, SPAN("resent-")))
			return true;
	}
	return false;
}

static int add_rule(struct sign_fields *s, const char *text, enum cover cover, struct fault *f)
{
	char *copy = mem_text(text);
	struct span name = span_of(copy);
	bool prefix = name.len > 0 && name.at[name.len - 1] == '*';

	s->owned[s->owned_count++] = copy;
	name.len -= prefix;
	if (!is_field_name(name))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "\"%.100s\" is no name of a header field", text);
	if (is_never(name, prefix))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "\"%.100s\" is added or changed on the way, and a signature that "
		                 "covers it would break: leave it out", text);
	if (prefix && cover == OVERSIGN)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "\"%.100s\": only whole names can be covered before they are there",
		                 text);
	s->rules[s->count++] = (struct rule){ name, prefix, cover };
	return 0;
}

static bool has_rule(const struct sign_fields *s, struct span name)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->rules[i].prefix && span_eq_nocase(s->rules[i].name, name))
			return true;
	return false;
}

/* Those of the default that are covered so, in the place of an empty list. */
static void take_defaults(struct sign_fields *s, enum cover cover)
{
	for (size_t i = 0; i < default_fields.count; i++)
		if (default_rules[i].cover == cover || (cover == SIGN_IT && default_rules[i].cover == NEVER))
			s->rules[s->count++] = default_rules[i];
}

static int add_list(struct sign_fields *s, const char *const *names, size_t count, enum cover cover, struct fault *f)
{
	if (count == 0)
		take_defaults(s, cover);
	for (size_t i = 0; i < count; i++)
		if (add_rule(s, names[i], cover, f) < 0)
			return -1;
	return 0;
}

struct sign_fields *sign_fields_new(const char *const *cover, size_t cover_count, const char *const *over,
                                    size_t over_count, struct fault *f)
{
	struct sign_fields *s = mem_alloc(sizeof *s);
	size_t room = cover_count + over_count + default_fields.count + 2;

	s->rules = mem_resize(NULL, room, sizeof *s->rules);
	s->owned = mem_resize(NULL, room, sizeof *s->owned);
	if (add_list(s, over, over_count, OVERSIGN, f) < 0 ||
	    (!has_rule(s, SPAN("from")) && add_rule(s, "from", OVERSIGN, f) < 0)) {
		sign_fields_free(s);
		return NULL;
	}
	s->rules[s->count++] = (struct rule)RULE("resent-bcc", false, NEVER);   /* "resent-*" takes it not */
	if (add_list(s, cover, cover_count, SIGN_IT, f) < 0) {
		sign_fields_free(s);
		return NULL;
	}
	return s;
}

void sign_fields_free(struct sign_fields *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->owned_count; i++)
		free(s->owned[i]);
	free(s->owned);
	free(s->rules);
	free(s);
}

/* ---- names for h= ---- */

static int add(struct field_names *names, struct span name, size_t times, struct fault *f)
{
	if (names->count + times > FIELDS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "more than %d header fields would have to be signed", FIELDS_MAX);
	names->items = mem_resize(names->items, names->count + times, sizeof *names->items);
	while (times-- > 0)
		names->items[names->count++] = name;
	return 0;
}

/* h= cannot hold a name with a semicolon: what follows that would be tags of ours. */
static const struct rule *rule_of(const struct sign_fields *s, struct span name)
{
	if (memchr(name.at, ';', name.len))
		return NULL;
	for (size_t i = 0; i < s->count; i++) {
		const struct rule *r = &s->rules[i];
		if (r->prefix ? span_starts_nocase(name, r->name) : span_eq_nocase(name, r->name))
			return r;
	}
	return NULL;
}

int fields_to_sign(const struct sign_fields *rules, const struct header *h, struct field_names *out, struct fault *f)
{
	const struct sign_fields *s = rules ? rules : &default_fields;
	int result = 0;

	*out = (struct field_names){ 0 };
	for (size_t i = 0; i < s->count && result == 0; i++) {
		const struct rule *r = &s->rules[i];
		if (!r->prefix && r->cover != NEVER && rule_of(s, r->name) == r)
			result = add(out, r->name, header_instances(h, r->name) + (r->cover == OVERSIGN), f);
	}
	for (size_t i = 0; i < header_count(h) && result == 0; i++) {
		const struct rule *r = rule_of(s, header_at(h, i)->name);
		if (r && r->prefix && r->cover != NEVER)
			result = add(out, header_at(h, i)->name, 1, f);
	}
	if (result < 0)
		field_names_free(out);
	return result;
}

int fields_present(const struct sign_fields *rules, const struct header *h, struct field_names *out, struct fault *f)
{
	const struct sign_fields *s = rules ? rules : &default_fields;
	int result = 0;

	*out = (struct field_names){ 0 };
	for (size_t i = 0; i < header_count(h) && result == 0; i++) {
		const struct rule *r = rule_of(s, header_at(h, i)->name);
		if (r && r->cover != NEVER)
			result = add(out, header_at(h, i)->name, 1, f);
	}
	if (result < 0)
		field_names_free(out);
	return result;
}

void field_names_free(struct field_names *names)
{
	free(names->items);
	*names = (struct field_names){ 0 };
}
