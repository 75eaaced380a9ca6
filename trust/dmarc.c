/* SPDX-License-Identifier: ISC */
#include "trust/dmarc.h"

#include "base/mail/address.h"

#include <stdlib.h>

const char *dmarc_result_name(enum dmarc_result r)
{
	static const char *const names[] = {
		[DMARC_RESULT_NONE] = "none",           [DMARC_RESULT_PASS] = "pass",           [DMARC_RESULT_FAIL] = "fail",
		[DMARC_RESULT_TEMPERROR] = "temperror", [DMARC_RESULT_PERMERROR] = "permerror",
	};

	return names[r];
}

/* ---- the tree walk ---- */

static size_t count_labels(const char *domain)
{
	size_t count = domain[0] != '\0';

	for (; *domain; domain++)
		count += *domain == '.';
	return count;
}

/* The last labels of a domain, which has at least that many. */
static const char *last_labels(const char *domain, size_t labels)
{
	for (size_t have = count_labels(domain); have > labels; have--)
		domain = strchr(domain, '.') + 1;
	return domain;
}

static const struct answer *ask_record(struct answers *answers, const char *domain)
{
	struct buf name = { 0 };

	buf_printf(&name, "_dmarc.%s", domain);
	const struct answer *a = answers_get(answers, buf_text(&name), DNS_TXT);
	buf_free(&name);
	return a;
}

static void take_records(struct dmarc_walk *w, const char *domain, const struct answer *a)
{
	const struct buf *found = NULL;
	size_t count = 0;

	if (a->state == ANSWER_TROUBLE && w->trouble == NULL) {
		struct buf text = { 0 };
		buf_printf(&text, "TXT %s could not be looked up: %s", a->name, a->trouble ? a->trouble : "no answer");
		w->trouble = buf_take(&text);
	}
	for (size_t i = 0; i < a->count; i++)
		if (dmarc_is_record(buf_span(&a->records[i]))) {
			found = &a->records[i];
			count++;
		}
	if (count > 1 && w->several == NULL)
		w->several = mem_text(a->name);
	if (count != 1)
		return;
	struct dmarc_hit *hit = &w->hits[w->count++];
	*hit = (struct dmarc_hit){ .domain = mem_text(domain), .labels = count_labels(domain) };
	dmarc_record_parse(buf_span(found), &hit->record);
}

/* Which is the organizational domain, and whose record applies (sections 4.10.1 and 4.10.2). */
static void conclude(struct dmarc_walk *w, const char *domain)
{
	size_t labels = count_labels(domain);
	const char *organizational = domain;
	const struct dmarc_hit *suffix = NULL, *own = w->count > 0 && w->hits[0].labels == labels ? &w->hits[0] : NULL;

	for (size_t i = 0; i < w->count; i++) {
		const struct dmarc_hit *hit = &w->hits[i];
		if (hit->record.psd == 'y' && hit != own)
			suffix = hit;
		organizational = last_labels(domain, suffix ? hit->labels + 1 : hit->labels);
		if (hit->record.psd == 'n' || suffix)
			break;
	}
	w->organizational = mem_text(organizational);
	w->policy = own;
	for (size_t i = 0; i < w->count && w->policy == NULL; i++)
		if (strcmp(w->hits[i].domain, organizational) == 0)
			w->policy = &w->hits[i];
	if (w->policy == NULL)
		w->policy = suffix;
}

bool dmarc_walk(struct answers *answers, const char *domain, struct dmarc_walk *out)
{
	struct buf lower = { 0 };
	size_t labels;
	bool open = false;

	*out = (struct dmarc_walk){ 0 };
	for (struct span s = domain_without_dot(span_of(domain)); s.len > 0; s = (struct span){ s.at + 1, s.len - 1 })
		buf_add_byte(&lower, byte_lower(s.at[0]));
	domain = buf_text(&lower);
	const struct answer *a = ask_record(answers, domain);
	open = a == NULL;
	if (a)
		take_records(out, domain, a);
	labels = count_labels(domain);
	labels = labels < DMARC_QUERIES_MAX ? labels - (labels > 0) : DMARC_QUERIES_MAX - 1;
	bool stop = open || (out->count > 0 && out->hits[0].record.psd != 'u');
	for (size_t left = labels; left > 0 && !stop; left--)       /* all at once */
		open |= ask_record(answers, last_labels(domain, left)) == NULL;
	for (; labels > 0 && !stop && !open; labels--) {
		size_t before = out->count;
		take_records(out, last_labels(domain, labels), ask_record(answers, last_labels(domain, labels)));
		stop = out->count > before && out->hits[before].record.psd != 'u';
	}
	if (open)
		dmarc_walk_free(out);
	else
		conclude(out, domain);
	buf_free(&lower);
	return !open;
}

void dmarc_walk_free(struct dmarc_walk *w)
{
	for (size_t i = 0; i < w->count; i++) {
		free(w->hits[i].domain);
		dmarc_record_free(&w->hits[i].record);
	}
	free(w->organizational);
	free(w->several);
	free(w->trouble);
	*w = (struct dmarc_walk){ 0 };
}

/* ---- alignment (section 4.4) ---- */

enum alignment { NOT_ALIGNED, ALIGNED, ALIGNMENT_OPEN, ALIGNMENT_TROUBLE };

/* organizational: of the author; NULL: not known. */
static enum alignment align(struct answers *answers, const char *author, const char *organizational, const char *domain, bool strict)
{
	struct dmarc_walk walk;
	enum alignment result;

	if (span_eq_nocase(domain_without_dot(span_of(domain)), span_of(author)))
		return ALIGNED;
	if (strict || domain[0] == '\0')
		return NOT_ALIGNED;
	if (organizational == NULL)
		return ALIGNMENT_TROUBLE;
	if (!dmarc_walk(answers, domain, &walk))
		return ALIGNMENT_OPEN;
	result = walk.trouble ? ALIGNMENT_TROUBLE : span_eq_nocase(span_of(walk.organizational), span_of(organizational)) ? ALIGNED : NOT_ALIGNED;
	dmarc_walk_free(&walk);
	return result;
}

/* ---- a message ---- */

struct judging {
	const struct dmarc_question *q;
	struct answers *answers;
	struct dmarc_verdict *v;
	const struct dmarc_walk *walk;
	char *author;                /* no final dot */
	bool open, temporary;
};

__attribute__((format(printf, 3, 4)))
static void conclude_with(struct dmarc_verdict *v, enum dmarc_result result, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	v->result = result;
	free(v->reason);
	v->reason = buf_take(&text);
}

/* Passed, and is aligned. Notes in j what may turn out to be so. */
static bool is_aligned(struct judging *j, const struct dmarc_identifier *id, bool strict)
{
	if (id->domain == NULL || id->evidence == DMARC_EVIDENCE_FAIL)
		return false;
	enum alignment a = align(j->answers, j->author, j->walk->trouble ? NULL : j->walk->organizational, id->domain, strict);
	j->open |= a == ALIGNMENT_OPEN;
	j->temporary |= a == ALIGNMENT_TROUBLE || (a == ALIGNED && id->evidence == DMARC_EVIDENCE_TEMPORARY);
	return a == ALIGNED && id->evidence == DMARC_EVIDENCE_PASS;
}

/* Which of p, sp and np applies (section 4.10.1). */
static void choose_policy(struct judging *j)
{
	const struct dmarc_record *r = &j->walk->policy->record;

	j->v->policy = r->p;
	j->v->tag = "p";
	if (span_eq_nocase(span_of(j->walk->policy->domain), span_of(j->author)))
		return;
	if (r->sp != DMARC_ABSENT) {
		j->v->policy = r->sp;
		j->v->tag = "sp";
	}
	if (r->np == DMARC_ABSENT)
		return;
	const struct answer *a = answers_get(j->answers, j->author, DNS_A);
	j->open |= a == NULL;
	if (a && a->state == ANSWER_NO_NAME) {
		j->v->policy = r->np;
		j->v->tag = "np";
	}
}

static void judge(struct judging *j)
{
	const struct dmarc_question *q = j->q;
	const struct dmarc_record *r = &j->walk->policy->record;
	struct dmarc_verdict *v = j->v;

	v->record_domain = mem_text(j->walk->policy->domain);
	v->organizational = mem_text(j->walk->organizational);
	choose_policy(j);
	v->spf_aligned = is_aligned(j, &q->spf, r->strict_spf);
	for (size_t i = 0; i < q->dkim_count; i++)
		v->dkim_aligned |= is_aligned(j, &q->dkim[i], r->strict_dkim);
	v->applied = DMARC_NONE;
	if (v->spf_aligned || v->dkim_aligned) {
		conclude_with(v, DMARC_RESULT_PASS, "%s vouch%s for %s", v->spf_aligned && v->dkim_aligned ? "SPF and DKIM" :
		              v->spf_aligned ? "SPF" : "DKIM", v->spf_aligned && v->dkim_aligned ? "" : "es", j->author);
	} else if (j->temporary) {
		conclude_with(v, DMARC_RESULT_TEMPERROR, "what may vouch for %s could not be looked up", j->author);
	} else {
		conclude_with(v, DMARC_RESULT_FAIL, "neither SPF nor DKIM vouches for %s", j->author);
		v->applied = r->test && v->policy > DMARC_NONE ? v->policy - 1 : v->policy;
	}
}

bool dmarc_check(const struct dmarc_question *q, struct answers *answers, struct dmarc_verdict *out)
{
	struct dmarc_walk walk = { 0 };
	struct judging j = { .q = q, .answers = answers, .v = out, .walk = &walk };

	*out = (struct dmarc_verdict){ .tag = "p", .applied = DMARC_NONE };
	if (q->author == NULL || q->author[0] == '\0') {
		conclude_with(out, DMARC_RESULT_NONE, "there is not one domain alone in From");
		return true;
	}
	if (!dmarc_walk(answers, q->author, &walk))
		return false;
	j.author = mem_text_span(domain_without_dot(span_of(q->author)));
	/* Its own record says what is asked, whatever is above it. */
	bool own = walk.policy && span_eq_nocase(span_of(walk.policy->domain), span_of(j.author));
	if (walk.policy && walk.policy->record.usable && (own || !walk.trouble))
		judge(&j);
	else if (walk.trouble)
		conclude_with(out, DMARC_RESULT_TEMPERROR, "%s", walk.trouble);
	else if (walk.policy)
		conclude_with(out, DMARC_RESULT_PERMERROR, "the record of %s has no policy that is one, and no rua", walk.policy->domain);
	else if (walk.several)
		conclude_with(out, DMARC_RESULT_NONE, "%s has more than one DMARC record, and so none", walk.several);
	else
		conclude_with(out, DMARC_RESULT_NONE, "neither %s nor a domain above it publishes a DMARC record", j.author);
	free(j.author);
	dmarc_walk_free(&walk);
	if (j.open)
		dmarc_verdict_free(out);
	return !j.open;
}

void dmarc_verdict_free(struct dmarc_verdict *v)
{
	free(v->record_domain);
	free(v->organizational);
	free(v->reason);
	*v = (struct dmarc_verdict){ 0 };
}

/* ---- reports ---- */

bool dmarc_consent(struct answers *answers, const char *domain, const char *uri, enum dmarc_consent *out, struct buf *name)
{
	struct span host = dmarc_uri_domain(span_of(uri));
	char *to = mem_text_span(host);
	struct dmarc_walk walk = { 0 };
	enum alignment own = ALIGNED;
	bool known = true;

	buf_clear(name);
	*out = DMARC_CONSENT_UNKNOWN;
	if (host.len > 0) {
		known = dmarc_walk(answers, domain, &walk);
		own = known ? align(answers, domain, walk.organizational, to, false) : ALIGNMENT_OPEN;
		known &= own != ALIGNMENT_OPEN;
		*out = own == ALIGNED ? DMARC_CONSENT_OWN : DMARC_CONSENT_UNKNOWN;
	}
	if (known && own == NOT_ALIGNED) {
		buf_printf(name, "%s._report._dmarc.%s", domain, to);
		const struct answer *a = answers_get(answers, buf_text(name), DNS_TXT);
		known = a != NULL;
		if (a && a->state != ANSWER_TROUBLE)
			*out = DMARC_CONSENT_MISSING;
		for (size_t i = 0; a && i < a->count; i++)
			if (dmarc_is_record(buf_span(&a->records[i])))
				*out = DMARC_CONSENT_GIVEN;
	}
	dmarc_walk_free(&walk);
	free(to);
	return known;
}
