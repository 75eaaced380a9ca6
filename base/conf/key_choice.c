/* SPDX-License-Identifier: ISC */
#include "base/conf/key_choice.h"

#include "base/mail/address.h"

/* The domain after "*." or "*", and whether each domain below signs as itself. */
static struct span pattern_domain(const struct dkim_key *key, bool *wild)
{
	struct span domain = span_of(key->domain);

	*wild = domain.len > 0 && domain.at[0] == '*';
	if (*wild)
		domain = span_between(domain.at + (domain.len > 1 ? 2 : 1), domain.at + domain.len);
	return domain;
}

/*
 * True when the key's domain is from_domain or a parent of it (relaxed
 * alignment, RFC 9989); "*.DOMAIN" is for those below it alone.
 */
static bool may_sign(const struct dkim_key *key, struct span from_domain)
{
	bool wild;
	struct span domain = pattern_domain(key, &wild);

	from_domain = domain_without_dot(from_domain);
	if (domain.len == 0)
		return wild && from_domain.len > 0;
	return domain_is_within(from_domain, domain) && !(wild && span_eq_nocase(from_domain, domain));
}

struct span key_choice_domain(const struct dkim_key *key, struct span from_domain)
{
	bool wild;
	struct span domain = pattern_domain(key, &wild);

	return wild ? domain_without_dot(from_domain) : domain;
}

/* "*.example.org" is less than example.org's subdomain that is named, and more than "*". */
static size_t key_specificity(const struct dkim_key *key)
{
	bool wild;
	struct span domain = pattern_domain(key, &wild);

	return domain.len == 0 ? 0 : 2 * domain.len + wild;
}

size_t key_choice(const struct settings *s, struct span from_domain, const struct dkim_key **out)
{
	size_t most = 0, count = 0;

	for (size_t i = 0; i < s->dkim_count; i++)
		if (may_sign(&s->dkim[i], from_domain) && key_specificity(&s->dkim[i]) > most)
			most = key_specificity(&s->dkim[i]);
	for (size_t i = 0; i < s->dkim_count; i++) {
		const struct dkim_key *key = &s->dkim[i];
		if (!may_sign(key, from_domain) || key_specificity(key) != most)
			continue;
		if (out)
			out[count] = key;
		count++;
	}
	return count;
}
