/* SPDX-License-Identifier: ISC */
#include "sign/fields.h"

#include <stdlib.h>

enum cover { SIGN_IT, OVERSIGN };

struct rule {
	struct span name;   /* without the "*" */
	bool prefix;
	enum cover cover;
};

struct sign_fields {
	struct rule *rules;     /* the first that fits decides; what fits none is not signed */
	size_t count;
	char **owned;
	size_t owned_count;
};

#define NAME(text) { text, sizeof text - 1 }

/*
 * Never signed, whatever the rules say: relays, filters and mailboxes add,
 * replace or drop these, and a signature that covered them would break on its
 * way, for nothing (RFC 6376 section 5.4.1).
 */
static const struct span never[] = {
	/* marks of the way: each host adds its own, and the last one replaces others' */
	NAME("return-path"), NAME("received"), NAME("received-spf"), NAME("x-received"), NAME("x400-received"), NAME("via"),
	NAME("mail-from"), NAME("delivered-to"), NAME("x-original-to"), NAME("envelope-to"), NAME("x-envelope-to"),
	NAME("x-envelope-from"), NAME("delivery-date"), NAME("apparently-to"),
	/* Postfix's message_drop_headers, Sendmail and Exim drop these */
	NAME("bcc"), NAME("resent-bcc"), NAME("content-length"), NAME("full-name"), NAME("x-authentication-warning"),
	/* notes of mailboxes */
	NAME("lines"), NAME("status"), NAME("x-status"), NAME("x-keywords"), NAME("x-uid"), NAME("x-uidl"), NAME("x-imap"),
	NAME("x-imapbase"), NAME("x-mozilla-status"), NAME("x-mozilla-status2"), NAME("x-mozilla-keys"),
	/* free text that gateways and readers rewrite */
	NAME("comments"), NAME("keywords"),
	/* signatures and verdicts, which are made again */
	NAME("dkim-signature"), NAME("domainkey-signature"), NAME("authentication-results"),
};

/* The same, of all that begin so. Exchange drops its own at each border between organizations. */
static const struct span never_families[] = {
	NAME("arc-"), NAME("x-ms-exchange-"), NAME("x-spam-"), NAME("x-virus-"), NAME("x-amavis-"), NAME("x-rspamd-"),
};

#define RULE(text, how) { NAME(text), false, how }

/*
 * Not oversigned: what lists add (Sender, List-*), and the MIME fields, which
 * relays add to plain mail. Whole names, not "content-*": who signs what
 * nobody has thought of signs what somebody rewrites.
 */
static struct rule default_rules[] = {
	RULE("from", OVERSIGN),
	RULE("reply-to", OVERSIGN),
	RULE("subject", OVERSIGN),
	RULE("date", OVERSIGN),
	RULE("message-id", OVERSIGN),
	RULE("to", OVERSIGN),
	RULE("cc", OVERSIGN),
	RULE("sender", SIGN_IT),
	RULE("in-reply-to", SIGN_IT),
	RULE("references", SIGN_IT),
	RULE("mime-version", SIGN_IT),
	RULE("content-type", SIGN_IT),
	RULE("content-transfer-encoding", SIGN_IT),
	RULE("content-id", SIGN_IT),
	RULE("content-description", SIGN_IT),
	RULE("content-disposition", SIGN_IT),
	RULE("resent-date", SIGN_IT),
	RULE("resent-from", SIGN_IT),
	RULE("resent-sender", SIGN_IT),
	RULE("resent-to", SIGN_IT),
	RULE("resent-cc", SIGN_IT),
	RULE("resent-message-id", SIGN_IT),
	RULE("list-id", SIGN_IT),
	RULE("list-help", SIGN_IT),
	RULE("list-unsubscribe", SIGN_IT),
	RULE("list-unsubscribe-post", SIGN_IT),   /* must be covered: RFC 8058 */
	RULE("list-subscribe", SIGN_IT),
	RULE("list-post", SIGN_IT),
	RULE("list-owner", SIGN_IT),
	RULE("list-archive", SIGN_IT),
};

enum { DEFAULT_RULES = sizeof default_rules / sizeof default_rules[0] };

static const struct sign_fields default_fields = { .rules = default_rules, .count = DEFAULT_RULES };

/* ---- rules from names ---- */

static bool is_field_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] >= 0x7f || s.at[i] == ':' || s.at[i] == ';')
			return false;
	return s.len > 0;
}

static bool is_never(struct span name)
{
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (span_eq_nocase(name, never[i]))
			return true;
	for (size_t i = 0; i < sizeof never_families / sizeof never_families[0]; i++)
		if (span_starts_nocase(name, never_families[i]))
			return true;
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
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "\"%.100s\" is not the name of a header field", text);
	if (is_never(name))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "\"%.100s\" is added, changed or dropped on the way, and a signature "
		                 "that covers it would break: leave it out", text);
	if (prefix && cover == OVERSIGN)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "\"%.100s\": only whole names can be oversigned",
		                 text);
	s->rules[s->count++] = (struct rule){ name, prefix, cover };
	return 0;
}

static int add_list(struct sign_fields *s, const char *const *names, size_t count, enum cover cover, struct fault *f)
{
	if (count == 0) {
		/* In place of an empty list: those oversigned by default; or all of the default, where the first rule of a name decides. */
		for (size_t i = 0; i < DEFAULT_RULES; i++)
			if (cover == SIGN_IT || default_rules[i].cover == OVERSIGN)
				s->rules[s->count++] = (struct rule){ default_rules[i].name, false, cover };
	}
	for (size_t i = 0; i < count; i++)
		if (add_rule(s, names[i], cover, f) < 0)
			return -1;
	return 0;
}

struct sign_fields *sign_fields_new(const char *const *cover, size_t cover_count, const char *const *over,
                                    size_t over_count, struct fault *f)
{
	struct sign_fields *s = mem_alloc(sizeof *s);
	size_t room = cover_count + over_count + 2 * DEFAULT_RULES + 1;

	s->rules = mem_resize(NULL, room, sizeof *s->rules);
	s->owned = mem_resize(NULL, room, sizeof *s->owned);
	if (add_list(s, over, over_count, OVERSIGN, f) < 0 || add_rule(s, "from", OVERSIGN, f) < 0 ||
	    add_list(s, cover, cover_count, SIGN_IT, f) < 0) {
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

static int add_name(struct field_names *names, struct span name, size_t times, struct fault *f)
{
	if (names->count + times > FIELDS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "more than %d header fields would have to be signed", FIELDS_MAX);
	names->items = mem_resize(names->items, names->count + times, sizeof *names->items);
	while (times-- > 0)
		names->items[names->count++] = name;
	return 0;
}

/*
 * The rule that a field is signed by, or NULL. h= cannot hold a name with a
 * semicolon: what follows that would be tags of ours.
 */
static const struct rule *rule_of(const struct sign_fields *s, struct span name)
{
	if (memchr(name.at, ';', name.len))
		return NULL;
	for (size_t i = 0; i < s->count; i++) {
		const struct rule *r = &s->rules[i];
		if (r->prefix ? span_starts_nocase(name, r->name) : span_eq_nocase(name, r->name))
			return r->prefix && is_never(name) ? NULL : r;
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
		if (!r->prefix && rule_of(s, r->name) == r)
			result = add_name(out, r->name, header_instances(h, r->name) + (r->cover == OVERSIGN), f);
	}
	for (size_t i = 0; i < header_count(h) && result == 0; i++) {
		const struct rule *r = rule_of(s, header_at(h, i)->name);
		if (r && r->prefix)
			result = add_name(out, header_at(h, i)->name, 1, f);
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
	for (size_t i = 0; i < header_count(h) && result == 0; i++)
		if (rule_of(s, header_at(h, i)->name))
			result = add_name(out, header_at(h, i)->name, 1, f);
	if (result < 0)
		field_names_free(out);
	return result;
}

void field_names_free(struct field_names *names)
{
	free(names->items);
	*names = (struct field_names){ 0 };
}
