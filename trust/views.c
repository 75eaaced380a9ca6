/* SPDX-License-Identifier: ISC */
#include "trust/views.h"

void views_compare(struct facts *f, const char *id, const char *domain, const char *name, const struct fact *fresh, struct findings *out)
{
	const struct fact_answer *cached = facts_system(f, name, DNS_TXT), *one = fact_one(fresh);

	if (cached == NULL || one == NULL || cached->fault.kind != FAULT_NONE || fact_agreed(fresh, one) != fact_answered(fresh) ||
	    fact_agreed(fresh, cached) == fact_answered(fresh))
		return;
	struct finding *found = finding_add(out, id, FINDING_INFO, domain, 0, "this host's resolver still has %s at %s, for %u s at most; so may "
	                                    "receivers", cached->values.count ? "another record" : "no record", name, cached->ttl_s);
	finding_subject(found, "%s", name);
	finding_evidence(found, "the resolver: %s", cached->values.count ? cached->quoted.items[0] : "no record");
	finding_evidence(found, "%s: %s", one->server, one->values.count ? one->quoted.items[0] : "no record");
	found->wait_s = cached->ttl_s;
}
