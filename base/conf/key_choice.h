/* SPDX-License-Identifier: ISC */
/*
 * key_choice - which of the configured keys sign a message, and as which
 * domain. Pure; case and a final dot do not matter.
 */
#ifndef BASE_CONF_KEY_CHOICE_H
#define BASE_CONF_KEY_CHOICE_H

#include "base/conf/settings.h"

/*
 * The keys that sign mail from from_domain: of those whose domain it is or
 * is below (relaxed alignment, RFC 9989), the ones whose domain is the most
 * specific, in the configuration's order. Returns how many; out, when not
 * NULL, has room for dkim_count.
 */
size_t key_choice(const struct settings *s, struct span from_domain, const struct dkim_key **out);

/* d= of what such a key signs for from_domain: the key's domain, or with "*" from_domain itself. Borrowed. */
struct span key_choice_domain(const struct dkim_key *key, struct span from_domain);

#endif
