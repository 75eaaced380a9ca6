/* SPDX-License-Identifier: ISC */
#include "relay/resolver/policy_find.h"

#include "dns/dane.h"
#include "dns/sts.h"

#include <stdlib.h>

enum { ADDRESSES_MAX = 8 };

struct finding {
	struct dns *dns;
	const char *domain;
	const struct sts_known *known;
	struct plan *plan;
	size_t pending;
	policy_find_done *done;
	void *context;
};

static void part_done(struct finding *f)
{
	if (--f->pending > 0)
		return;
	f->done(f->context);
	free(f);
}

static void dane_found(void *context)
{
	part_done(context);
}

/* ---- MTA-STS ---- */

bool policy_find_wants_fetch(const struct sts_known *known, const char *found)
{
	bool same = strcmp(found, known->id) == 0;

	if (found[0] == '\0' || strcmp(found, known->barred_id) == 0)
		return false;
	return !same || !known->fresh;
}

/* A policy that is known holds as long as it lives, whatever the DNS says now (RFC 8461 section 3.1). */
static void apply_known(const struct sts_known *known, struct plan *plan)
{
	struct sts_policy policy;

	if (known->policy[0] == '\0' || sts_policy_read(span_of(known->policy), &policy, NULL) < 0)
		return;
	for (size_t i = 0; i < plan->target_count; i++) {
		plan->targets[i].sts = policy.mode;
		plan->targets[i].sts_listed = sts_policy_lists(&policy, plan->targets[i].host);
	}
	sts_policy_free(&policy);
}

static void take_addresses(struct plan *plan, const struct dns_answer *a, uint8_t family)
{
	for (size_t i = 0; i < a->count && plan->sts_address_count < ADDRESSES_MAX; i++) {
		struct ip_address address = { .family = family };
		if (a->records[i].len != (family == 4 ? 4u : 16u))
			continue;
		memcpy(address.bytes, a->records[i].at, a->records[i].len);
		plan->sts_addresses = mem_resize(plan->sts_addresses, plan->sts_address_count + 1, sizeof address);
		plan->sts_addresses[plan->sts_address_count++] = address;
	}
}

static void a_answered(void *context, struct dns_answer *a)
{
	struct finding *f = context;

	take_addresses(f->plan, a, 4);
	dns_answer_free(a);
	part_done(f);
}

static void aaaa_answered(void *context, struct dns_answer *a)
{
	struct finding *f = context;

	take_addresses(f->plan, a, 6);
	dns_answer_free(a);
	part_done(f);
}

/* A question that cannot be asked has no answer: there is no policy at such a name. */
static void ask_question(struct finding *f, const char *prefix, enum dns_type type, dns_callback *done)
{
	struct buf name = { 0 };
	struct fault fault;

	f->pending++;
	buf_printf(&name, "%s.%s", prefix, f->domain);
	if (dns_start(f->dns, buf_text(&name), type, done, f, &fault) < 0)
		part_done(f);
	buf_free(&name);
}

static void record_answered(void *context, struct dns_answer *a)
{
	struct finding *f = context;
	struct buf id = { 0 };

	if (a->fault.kind == FAULT_NONE)
		sts_record_read(a->records, a->count, &id);
	dns_answer_free(a);
	if (policy_find_wants_fetch(f->known, buf_text(&id))) {
		free(f->plan->sts_id);
		f->plan->sts_id = buf_take(&id);
		ask_question(f, "mta-sts", DNS_A, a_answered);
		ask_question(f, "mta-sts", DNS_AAAA, aaaa_answered);
	}
	buf_free(&id);
	part_done(f);
}

void policy_find(struct dns *d, const struct settings *s, const char *domain, const struct sts_known *known,
                 struct plan *plan, policy_find_done *done, void *context)
{
	struct finding *f = mem_alloc(sizeof *f);

	*f = (struct finding){ .dns = d, .domain = domain, .known = known, .plan = plan, .done = done, .context = context };
	f->pending = 1;  /* held until all have begun */
	if (s->mx_tls == TLS_MAY || s->mx_tls == TLS_DANE) {
		f->pending++;
		dane_find(d, plan->targets, plan->target_count, s->mx_port, dane_found, f);
	}
	bool is_literal = domain[0] == '[';
	if (s->mx_tls == TLS_MAY && known->wanted && !is_literal) {
		apply_known(known, plan);
		ask_question(f, "_mta-sts", DNS_TXT, record_answered);
	}
	part_done(f);
}
