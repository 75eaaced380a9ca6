/* SPDX-License-Identifier: ISC */
#include "relay/route/sender.h"

#include "base/mail/address.h"

/* A sender as rules look at it. */
struct known {
	struct span local;
	struct span domains[3];      /* it is known by */
	size_t count;
	bool is_ours;
};

static bool is_at_home(const struct settings *s, struct span domain)
{
	return domain.len == 0 || settings_is_masqueraded(s, domain);
}

static struct known known_of(const struct settings *s, struct span address)
{
	struct span domain = domain_without_dot(address_domain(address));
	struct known k = { .local = address_local(address) };

	if (domain.len > 0)
		k.domains[k.count++] = domain;
	if (is_at_home(s, domain)) {
		k.domains[k.count++] = span_of(s->domain);
		k.domains[k.count++] = span_of(s->hostname);
	}
	k.is_ours = sender_is_account(s, address) || span_eq_nocase(domain, span_of(s->domain));
	return k;
}

bool sender_is_account(const struct settings *s, struct span address)
{
	struct span domain = domain_without_dot(address_domain(address));

	return is_at_home(s, domain) || settings_is_local(s, domain) || span_eq_nocase(domain, span_of(s->hostname));
}

enum match { MATCH_NO, MATCH_HOST, MATCH_USER, MATCH_EXACT };

static enum match match_of(const struct known *k, const char *from)
{
	struct span domain = address_domain(span_of(from)), local = address_local(span_of(from));

	if (domain.len == 0)
		return k->is_ours && span_eq_nocase(k->local, local) ? MATCH_USER : MATCH_NO;
	if (local.len > 0 && !span_eq_nocase(k->local, local))
		return MATCH_NO;
	for (size_t i = 0; i < k->count; i++)
		if (span_eq_nocase(k->domains[i], domain))
			return local.len > 0 ? MATCH_EXACT : MATCH_HOST;
	return MATCH_NO;
}

void sender_rewrite(const struct settings *s, struct span address, struct buf *out)
{
	struct known k = known_of(s, address);
	const struct rewrite_rule *rule = NULL;
	enum match found = MATCH_NO;

	for (size_t i = 0; i < s->rewrite_count; i++) {
		enum match match = match_of(&k, s->rewrite[i].from);
		if (match > found) {
			found = match;
			rule = &s->rewrite[i];
		}
	}
	if (rule) {
		if (rule->to[0] == '@')
			buf_add_span(out, address_local(address));
		buf_add_text(out, rule->to);
	} else if (s->from[0]) {
		buf_add_text(out, s->from);
	} else if (is_at_home(s, address_domain(address))) {
		buf_add_span(out, address_local(address));
		buf_printf(out, "@%s", s->domain);
	} else {
		buf_add_span(out, address);
	}
}
