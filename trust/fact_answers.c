/* SPDX-License-Identifier: ISC */
#include "trust/fact_answers.h"

#include "base/mail/address.h"

#include <stdlib.h>

static void add_value(struct answer *r, const char *value)
{
	const char *blank = strchr(value, ' ');    /* after the preference of an MX */
	struct ip_address address;

	if (r->type == DNS_A || r->type == DNS_AAAA) {
		if (ip_address_parse(span_of(value), &address))
			answer_add(r, (struct span){ (const char *)address.bytes, address.family == 4 ? 4 : 16 });
	} else {
		answer_add(r, span_of(r->type == DNS_MX && blank ? blank + 1 : value));
	}
}

/* Of MX those of the least preference first: each time the least of those that are above the last. */
static void add_values(struct answer *r, const struct text_list *values)
{
	long done = -1;

	while (r->type == DNS_MX) {
		long next = UINT16_MAX + 1L;
		for (size_t i = 0; i < values->count; i++) {
			long preference = strtol(values->items[i], NULL, 10);
			next = preference > done && preference < next ? preference : next;
		}
		if (next > UINT16_MAX)
			return;
		for (size_t i = 0; i < values->count; i++)
			if (strtol(values->items[i], NULL, 10) == next)
				add_value(r, values->items[i]);
		done = next;
	}
	for (size_t i = 0; i < values->count; i++)
		add_value(r, values->items[i]);
}

/* NULL: wanted first. */
static const struct fact_answer *find_answer(struct facts *f, const char *domain, const struct answer *q, const char **trouble)
{
	*trouble = NULL;
	if (!domain_is_within(span_of(q->name), span_of(domain))) {
		const struct fact_answer *a = facts_system(f, q->name, q->type);
		*trouble = a && a->fault.kind == FAULT_TEMPORARY ? a->fault.text : NULL;
		return a;
	}
	const struct fact *fact = facts_fresh(f, q->name, q->type);
	const struct fact_answer *one = fact ? fact_one(fact) : NULL;
	if (fact == NULL || one)
		return one;
	/* That the domain does not exist is an answer; let the resolver say it. */
	if (fact->fault.kind == FAULT_PERMANENT)
		return facts_system(f, q->name, q->type);
	*trouble = fact_why(fact);
	return &f->unanswerable;
}

bool fact_answers(struct facts *f, const char *domain, struct answers *a)
{
	size_t index = 0;
	bool all = true;

	for (struct answer *q; (q = answers_next_open(a, &index)) != NULL;) {
		const char *trouble;
		const struct fact_answer *found = find_answer(f, domain, q, &trouble);
		if (found == NULL) {
			all = false;
			continue;
		}
		struct answer *r = answers_put(a, q->name, q->type, trouble ? ANSWER_TROUBLE : found->nxdomain || found->fault.kind != FAULT_NONE ?
		                               ANSWER_NO_NAME : ANSWER_NO_DATA);
		if (trouble) {
			r->trouble = mem_text(trouble);
			continue;
		}
		r->ttl_s = found->ttl_s;
		add_values(r, &found->values);
	}
	return all;
}

bool fact_spf_check(struct facts *f, const char *domain, const struct spf_question *q, struct spf_verdict *out)
{
	struct answers answers = { 0 };
	bool done = spf_check(q, &answers, out);

	while (!done && fact_answers(f, domain, &answers))
		done = spf_check(q, &answers, out);
	answers_free(&answers);
	return done;
}
