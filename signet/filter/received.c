/* SPDX-License-Identifier: ISC */
#include "signet/filter/received.h"

#include "base/clock.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "base/mail/message.h"

#include <stdlib.h>

/* The one domain of all addresses in the one From field, in A-labels; "" where there is not one alone. */
static char *author_domain(struct span header, size_t *fields)
{
	struct address_list list = { 0 };
	struct buf domain = { 0 }, other = { 0 };
	struct field from;

	*fields = 0;
	while (message_find_field(header, SPAN("From"), *fields, &from))
		++*fields;
	bool fine = *fields == 1 && message_find_field(header, SPAN("From"), 0, &from) &&
	            address_list_parse(from.value, &list, NULL) == 0 && list.count > 0;
	for (size_t i = 0; fine && i < list.count; i++) {
		struct span here = domain_without_dot(address_domain(span_of(list.items[i].address)));
		buf_clear(&other);
		fine = here.len > 0 && idn_domain(here, &other, NULL) == 0;
		if (i == 0)
			buf_add_span(&domain, buf_span(&other));
		fine = fine && span_eq_nocase(buf_span(&domain), buf_span(&other));
	}
	if (!fine)
		buf_clear(&domain);
	address_list_free(&list);
	buf_free(&other);
	return buf_take(&domain);
}

/* What DKIM vouches for. DomainKeys vouches for nothing here. */
static size_t dkim_identifiers(const struct verifier *v, struct dmarc_identifier *out)
{
	size_t count = 0;

	for (size_t i = 0; i < verifier_count(v); i++) {
		const struct verify_signature *s = verifier_signature(v, i);
		if (s->scheme == SIGN_DKIM && s->domain[0])
			out[count++] = (struct dmarc_identifier){ s->domain, s->result == VERIFY_PASS ? DMARC_EVIDENCE_PASS :
			                                          s->result == VERIFY_TEMPERROR ? DMARC_EVIDENCE_TEMPORARY : DMARC_EVIDENCE_FAIL };
	}
	return count;
}

static enum received_advice advise(const struct received_verdict *v, size_t from_fields)
{
	const struct dmarc_verdict *d = &v->dmarc;

	if (d->result == DMARC_RESULT_TEMPERROR && d->policy != DMARC_NONE)
		return RECEIVED_LATER;
	if (d->result == DMARC_RESULT_FAIL && d->applied == DMARC_REJECT)
		return RECEIVED_REFUSE;
	if (d->result == DMARC_RESULT_FAIL && d->applied == DMARC_QUARANTINE)
		return RECEIVED_SUSPECT;
	return from_fields != 1 || (d->result == DMARC_RESULT_NONE && v->spf.result == SPF_FAIL) ? RECEIVED_SUSPECT : RECEIVED_DELIVER;
}

void received_judge(const struct received *r, const struct verifier *v, struct span header, struct record_source *source,
                    struct received_verdict *out)
{
	struct spf_question spf = {
		.client = r->client, .helo = r->helo, .mail_from = r->from, .receiver = r->receiver, .now_s = clock_wall_ms() / 1000,
	};
	struct dmarc_identifier *ids = mem_alloc((verifier_count(v) + 1) * sizeof *ids);
	struct dmarc_question dmarc = { .dkim = ids, .dkim_count = dkim_identifiers(v, ids) };
	struct answers answers = { 0 };
	int64_t end_ms = clock_boot_ms() + RECEIVED_LOOKUPS_MS;
	bool have_spf = false, have_dmarc = false;
	size_t from_fields;

	*out = (struct received_verdict){ .author = author_domain(header, &from_fields) };
	dmarc.author = out->author;
	while (!have_dmarc) {
		struct dmarc_walk walk = { 0 };
		have_spf = have_spf || spf_check(&spf, &answers, &out->spf);
		if (have_spf) {
			dmarc.spf = (struct dmarc_identifier){ out->spf.domain, out->spf.result == SPF_PASS ? DMARC_EVIDENCE_PASS :
			                                       out->spf.result == SPF_TEMPERROR ? DMARC_EVIDENCE_TEMPORARY : DMARC_EVIDENCE_FAIL };
			have_dmarc = dmarc_check(&dmarc, &answers, &out->dmarc);
		} else if (out->author[0]) {
			dmarc_walk(&answers, out->author, &walk);     /* asked along with SPF's questions */
			dmarc_walk_free(&walk);
		}
		int64_t left_ms = end_ms - clock_boot_ms();
		if (!have_dmarc)
			record_source_answer(source, &answers, left_ms > 1 ? left_ms : 1);
	}
	out->advice = advise(out, from_fields);
	answers_free(&answers);
	free(ids);
}

void received_verdict_free(struct received_verdict *v)
{
	spf_verdict_free(&v->spf);
	dmarc_verdict_free(&v->dmarc);
	free(v->author);
	*v = (struct received_verdict){ 0 };
}

void received_results(const struct received *r, const struct received_verdict *v, struct other_result out[static RECEIVED_RESULTS])
{
	const struct dmarc_verdict *d = &v->dmarc;
	/* With RFC 9989 the registry has header.from, polrec.p and polrec.domain; sp and np are said in the same way. */
	const char *policy = strcmp(d->tag, "sp") == 0 ? "polrec.sp" : strcmp(d->tag, "np") == 0 ? "polrec.np" : "polrec.p";
	bool elsewhere = d->record_domain && !span_eq_nocase(span_of(d->record_domain), span_of(v->author));

	out[0] = (struct other_result){
		.method = "spf", .result = spf_result_name(v->spf.result), .reason = v->spf.result == SPF_PASS ? "" : v->spf.reason,
		.properties = { { r->from[0] ? "smtp.mailfrom" : "smtp.helo", r->from[0] ? r->from : r->helo } },
	};
	out[1] = (struct other_result){
		.method = "dmarc", .result = dmarc_result_name(d->result), .reason = d->result == DMARC_RESULT_PASS ? "" : d->reason,
		.properties = { { "header.from", v->author }, { policy, dmarc_policy_name(d->policy) },
		                { "polrec.domain", elsewhere ? d->record_domain : "" } },
	};
}
