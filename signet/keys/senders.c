/* SPDX-License-Identifier: ISC */
#include "signet/keys/senders.h"

#include "base/clock.h"
#include "signet/talk/complain.h"
#include "trust/dmarc.h"
#include "trust/smarthost_provider.h"
#include "trust/spf.h"
#include "trust/spf_merge.h"

#include <stdlib.h>
#include <sysexits.h>

/* Of one domain, step by step: what it publishes, with what it lacks, and what that costs. */
struct plan {
	char *domain;
	char *published;             /* NULL: nothing */
	struct buf merged;           /* empty: there is not going to be one */
	bool is_merged;
	int status;
};

struct planning {
	const struct settings *s;
	struct ip_address *addresses;
	size_t address_count;
	struct text_list mechanisms; /* of smarthosts */
	struct plan *plans;
	size_t count;
	struct answers answers;
};

/* ---- who sends ---- */

static int take_address(struct planning *p, const char *text)
{
	struct ip_address a;
	struct fault f;

	if (!ip_address_parse(span_of(text), &a)) {
		fault_set(&f, FAULT_PERMANENT, "5.5.4", "--address %s: that is not an address", text);
		return complain(&f);
	}
	p->addresses = mem_resize(p->addresses, p->address_count + 1, sizeof *p->addresses);
	p->addresses[p->address_count++] = a;
	return EX_OK;
}

static int find_senders(struct planning *p, const struct text_list *addresses)
{
	const struct text_list *known = addresses->count > 0 ? addresses : &p->s->mx_source;
	int status = EX_OK;

	for (size_t i = 0; i < known->count && status == EX_OK; i++)
		status = take_address(p, known->items[i]);
	for (size_t i = 0; i < p->s->smarthost_count; i++) {
		const struct smarthost *h = &p->s->smarthosts[i];
		for (size_t k = 0; k < h->spf.count && status == EX_OK; k++) {
			char *wrong = spf_mechanism_error(span_of(h->spf.items[k]));
			struct fault f;
			if (wrong) {
				fault_set(&f, FAULT_PERMANENT, "4.3.5", "smarthost %s: spf = \"%s\": %s", h->name, h->spf.items[k], wrong);
				status = complain(&f);
			}
			free(wrong);
			text_list_add(&p->mechanisms, span_of(h->spf.items[k]));
		}
	}
	return status;
}

static void note_silent_smarthosts(const struct settings *s, struct records *r)
{
	for (size_t i = 0; i < s->smarthost_count; i++) {
		const struct smarthost *h = &s->smarthosts[i];
		const struct smarthost_provider *p = smarthost_provider_of(span_of(h->host));
		if (h->spf.count > 0)
			continue;
		if (p)
			records_note(r, "SPF: what smarthost %s sends is not in it: %s wants %s there; put spf = [ \"%s\" ]; into the entry of %s in "
			             "signet.conf, and call this again", h->name, p->title, p->spf, p->spf, h->name);
		else
			records_note(r, "SPF: what smarthost %s sends is not in it: what belongs there for %s its provider says, on its page about SPF for "
			             "a domain of your own, mostly as include:...; put spf = [ \"include:...\" ]; into the entry of %s in signet.conf, and call "
			             "this again", h->name, h->host, h->name);
	}
}

static void find_domains(struct planning *p, const struct records *r)
{
	p->plans = mem_alloc((r->count + 1) * sizeof *p->plans);
	for (size_t i = 0; i < r->count; i++) {
		const char *mark = r->items[i].kind == RECORD_DKIM ? strstr(r->items[i].name, "._domainkey.") : NULL;
		const char *domain = mark ? mark + sizeof "._domainkey." - 1 : NULL;
		for (size_t k = 0; k < p->count && domain; k++)
			if (span_eq_nocase(span_of(p->plans[k].domain), span_of(domain)))
				domain = NULL;
		if (domain)
			p->plans[p->count++] = (struct plan){ .domain = mem_text(domain) };
	}
}

/* ---- one domain ---- */

__attribute__((format(printf, 3, 4)))
static void give_up(struct plan *plan, enum fault_kind kind, const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, kind, "4.3.5", format, ap);
	va_end(ap);
	fault_prefix(&f, "%s: no SPF record is printed", plan->domain);
	plan->status = complain(&f);
	buf_clear(&plan->merged);
	plan->is_merged = true;
}

/* What the published record does not allow yet. False: questions are open. */
static bool find_lacking(struct planning *p, struct plan *plan, struct text_list *out)
{
	bool known = true;

	for (size_t i = 0; i < p->address_count; i++) {
		struct spf_question q = { .client = p->addresses[i], .helo = p->s->hostname, .mail_from = plan->domain };
		struct spf_verdict v = { .result = SPF_NONE };
		struct buf text = { 0 };
		if (plan->published && !spf_check(&q, &p->answers, &v))
			known = false;
		buf_printf(&text, "ip%u:", p->addresses[i].family);
		ip_address_print(&p->addresses[i], &text);
		if (v.result != SPF_PASS)
			text_list_add(out, buf_span(&text));
		buf_free(&text);
		spf_verdict_free(&v);
	}
	text_list_copy(&p->mechanisms, out);
	return known;
}

static void merge(struct planning *p, struct plan *plan)
{
	const struct answer *txt = answers_get(&p->answers, plan->domain, DNS_TXT);
	struct text_list lacking = { 0 };
	struct fault f = { 0 };
	size_t count;

	if (txt == NULL)
		return;
	const struct buf *record = spf_record_of(txt, &count);
	if (txt->state == ANSWER_TROUBLE) {
		give_up(plan, FAULT_TEMPORARY, "what it publishes now could not be looked up, and a second record would void the first: %s", txt->trouble ? txt->trouble : "no answer");
	} else if (count > 1) {
		give_up(plan, FAULT_PERMANENT, "it publishes %zu of them, which is an error: keep one", count);
	} else {
		if (record && plan->published == NULL)
			plan->published = mem_text_span(buf_span(record));
		if (find_lacking(p, plan, &lacking)) {
			if (spf_merge(span_of(plan->published), &lacking, &plan->merged, &f) < 0)
				give_up(plan, FAULT_PERMANENT, "%s", f.text);
			plan->is_merged = true;
		}
	}
	text_list_free(&lacking);
}

/* Of the record as it is going to be; the answers have it. False: questions are open. */
static bool tell_cost(struct planning *p, struct plan *plan, struct records *r)
{
	struct spf_question q = { .client = { .family = 4 }, .helo = p->s->hostname, .mail_from = plan->domain, .count_all = true };
	struct spf_verdict v;

	if (p->address_count > 0)
		q.client = p->addresses[0];
	if (!spf_check(&q, &p->answers, &v))
		return false;
	if (v.lookups > SPF_LOOKUPS_MAX || v.voids > SPF_VOIDS_MAX) {
		struct fault f;
		fault_set(&f, FAULT_PERMANENT, "4.3.5", "%s: its SPF record needs %u look-ups, %u of them void; receivers allow %d and %d and take it "
		          "for an error (RFC 7208 section 4.6.4): remove an include: that nobody needs", plan->domain, v.lookups, v.voids,
		          SPF_LOOKUPS_MAX, SPF_VOIDS_MAX);
		plan->status = complain(&f);
	} else {
		records_note(r, "%s: its SPF record needs %u of %d look-ups", plan->domain, v.lookups, SPF_LOOKUPS_MAX);
	}
	spf_verdict_free(&v);
	return true;
}

/* ---- DMARC ---- */

/* A domain to which a record applies already needs none to begin with. False: questions are open. */
static bool drop_starter(struct planning *p, struct records *r, size_t at)
{
	const char *domain = strchr(r->items[at].name, '.') + 1;
	struct dmarc_walk w;

	if (!dmarc_walk(&p->answers, domain, &w))
		return false;
	const struct answer *own = answers_get(&p->answers, r->items[at].name, DNS_TXT);
	bool is_ours = false;
	for (size_t i = 0; own && i < own->count; i++)
		is_ours |= span_eq(buf_span(&own->records[i]), span_of(r->items[at].value));
	if (w.policy && !is_ours) {
		records_note(r, "%s: the DMARC record of %s applies, and stays as it is", domain, w.policy->domain);
		records_remove(r, at);
	}
	dmarc_walk_free(&w);
	return true;
}

/* ---- all of them ---- */

struct planning_clock {
	struct dns *dns;
	int64_t end_ms;
};

static void answer_all(struct planning *p, const struct planning_clock *c)
{
	int64_t left_ms = c->end_ms - clock_boot_ms();

	answers_ask(&p->answers, c->dns, left_ms > 1 ? left_ms : 1);
}

static int plan_all(struct planning *p, struct dns *d, struct records *r)
{
	struct planning_clock clock = { d, clock_boot_ms() + SENDERS_LOOKUPS_MS };
	int status = EX_OK;

	for (bool open = true; open;) {
		open = false;
		for (size_t i = 0; i < p->count; i++) {
			if (!p->plans[i].is_merged)
				merge(p, &p->plans[i]);
			open |= !p->plans[i].is_merged;
		}
		if (open)
			answer_all(p, &clock);
	}
	for (size_t i = 0; i < p->count; i++)
		if (p->plans[i].merged.len > 0)
			answer_add(answers_put(&p->answers, p->plans[i].domain, DNS_TXT, ANSWER_NO_DATA), buf_span(&p->plans[i].merged));
	for (size_t i = 0; i < p->count; i++) {
		while (p->plans[i].merged.len > 0 && !tell_cost(p, &p->plans[i], r))
			answer_all(p, &clock);
		status = status == EX_OK ? p->plans[i].status : status;
	}
	for (size_t i = r->count; i-- > 0;)
		while (i < r->count && r->items[i].kind == RECORD_DMARC && !drop_starter(p, r, i))
			answer_all(p, &clock);
	return status;
}

static void add_records(struct planning *p, struct records *r)
{
	for (size_t i = 0; i < p->count; i++) {
		struct plan *plan = &p->plans[i];
		struct buf name = { 0 };
		if (plan->merged.len == 0)
			continue;
		bool changes = plan->published && strcmp(plan->published, buf_text(&plan->merged)) != 0;
		if (changes)
			records_note(r, "%s: this takes the place of its SPF record: %s", plan->domain, plan->published);
		buf_add_text(&name, plan->domain);
		records_add(r, RECORD_SPF, &name, &plan->merged, changes ? plan->published : NULL);
	}
}

bool senders_are_known(const struct settings *s, const struct text_list *addresses)
{
	size_t count = addresses->count + s->mx_source.count;

	for (size_t i = 0; i < s->smarthost_count; i++)
		count += s->smarthosts[i].spf.count;
	return count > 0;
}

int senders_add(const struct settings *s, const struct text_list *addresses, struct records *r)
{
	struct planning p = { .s = s };
	struct fault f = { 0 };
	struct dns *d = NULL;
	int status = find_senders(&p, addresses);

	find_domains(&p, r);
	if (status == EX_OK && p.address_count + p.mechanisms.count > 0 && p.count > 0) {
		d = dns_new(s, &f);
		status = d ? plan_all(&p, d, r) : complain(&f);
		if (d)
			add_records(&p, r);
		note_silent_smarthosts(s, r);
	}
	for (size_t i = 0; i < p.count; i++) {
		free(p.plans[i].domain);
		free(p.plans[i].published);
		buf_free(&p.plans[i].merged);
	}
	free(p.plans);
	free(p.addresses);
	text_list_free(&p.mechanisms);
	answers_free(&p.answers);
	if (d)
		dns_free(d);
	return status;
}
