/* SPDX-License-Identifier: ISC */
#include "trust/standing.h"

/*
 * What receivers judge an address by, and from which state on a finding speaks against it. needed: without such a
 * finding nothing is known. A port that is shut is not here: then nobody has told the address.
 */
static const struct {
	const char *id;
	enum finding_state from;
	bool needed;
} grounds[] = {
	{ "egress.address", FINDING_FAIL, true },
	{ "helo.name", FINDING_FAIL, true },
	{ "helo.resolves", FINDING_WARN, true },
	{ "ptr.exists", FINDING_FAIL, true },
	{ "ptr.forward", FINDING_FAIL, true },
	{ "spf.record", FINDING_FAIL, true },
	{ "spf.syntax", FINDING_FAIL, false },
	{ "spf.lookups", FINDING_FAIL, false },
	{ "spf.egress-pass", FINDING_FAIL, true },
	{ "spf.helo-pass", FINDING_FAIL, true },
	{ "blocklist.address", FINDING_FAIL, false },     /* not where all lists are of the other family */
	{ "blocklist.policy", FINDING_WARN, false },
	{ "blocklist.list", FINDING_FAIL, false },        /* one that says nothing: unknown */
};

enum { GROUNDS = sizeof grounds / sizeof grounds[0] };

enum standing standing_of(const struct findings *found, unsigned family, bool whole, const struct finding **against)
{
	const struct finding *worst = NULL, *unknown = NULL;     /* the most urgent of each */
	bool made[GROUNDS] = { false };

	for (size_t i = 0; i < found->count; i++) {
		const struct finding *f = found->items[i];
		for (size_t g = 0; g < GROUNDS; g++) {
			bool is_it = strcmp(f->check->id, grounds[g].id) == 0 && (f->family == 0 || f->family == family);
			made[g] |= is_it;
			if (is_it && f->state >= grounds[g].from && (worst == NULL || f->check < worst->check))
				worst = f;
			if (is_it && f->state == FINDING_UNKNOWN && (unknown == NULL || f->check < unknown->check))
				unknown = f;
		}
	}
	*against = worst ? worst : unknown;
	for (size_t g = 0; g < GROUNDS; g++)
		whole &= made[g] || !grounds[g].needed;
	if (worst)
		return STANDING_DISTRUSTED;
	return whole && unknown == NULL ? STANDING_TRUSTED : STANDING_UNKNOWN;
}
