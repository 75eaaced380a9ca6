/* SPDX-License-Identifier: ISC */
/*
 * SPF (RFC 7208): one record, sound, within its limits, and under which the
 * addresses that mail really leaves from pass: ours, and those of smarthosts.
 */
#include "base/mail/address.h"
#include "trust/check.h"
#include "trust/fact_answers.h"
#include "trust/fix.h"
#include "trust/reverse.h"
#include "trust/smarthost_provider.h"
#include "trust/spf.h"
#include "trust/spf_edit.h"
#include "trust/txt_damage.h"
#include "trust/views.h"

#include <stdlib.h>

enum { LOOKUPS_NEAR = 9 };

struct looked {
	struct facts *facts;
	struct findings *out;
	const char *domain;
	const struct fact_answer *txt;       /* of the domain, fresh */
	struct text_list records, quoted;    /* its SPF records */
	struct text_list wanted;             /* terms for our addresses */
};

/* ---- what belongs into the record ---- */

static void add_address(const struct ip_address *a, struct text_list *out)
{
	struct buf term = { 0 };

	buf_printf(&term, "ip%u:", a->family);
	ip_address_print(a, &term);
	text_list_add(out, buf_span(&term));
	buf_free(&term);
}

static void want_addresses(struct looked *l)
{
	for (int i = 0; i < 2; i++)
		if (fact_egress_is_known(&l->facts->egress[i]))
			add_address(&l->facts->egress[i].address, &l->wanted);
}

/* How many of the host's addresses pass; *known false: not known yet, or not at all. */
static size_t count_passing(struct looked *l, const struct fact_hop *hop, size_t *addresses, bool *known)
{
	struct buf sender = { 0 };
	size_t passing = 0;

	buf_printf(&sender, "probe@%s", l->domain);
	for (int i = 0; i < 2; i++) {
		const struct fact_answer *a = facts_system(l->facts, hop->host, i ? DNS_AAAA : DNS_A);
		*known &= a && a->fault.kind != FAULT_TEMPORARY;
		for (size_t k = 0; a && k < a->values.count; k++) {
			struct spf_verdict v = { 0 };
			struct spf_question q = { .identity = SPF_MAIL_FROM, .helo = hop->host, .mail_from = buf_text(&sender),
			                          .now_s = l->facts->now_ms / 1000 };
			if (!ip_address_parse(span_of(a->values.items[k]), &q.client))
				continue;
			++*addresses;
			if (!fact_spf_check(l->facts, l->domain, &q, &v)) {
				*known = false;
				continue;
			}
			passing += v.result == SPF_PASS;
			*known &= v.result != SPF_TEMPERROR;
			spf_verdict_free(&v);
		}
	}
	buf_free(&sender);
	return passing;
}

/* Some of the host's addresses do not pass; or, where all mail goes through smarthosts, it is not known whether they do. */
static bool may_fail(struct looked *l, const struct fact_hop *hop)
{
	size_t addresses = 0;
	bool known = true;
	size_t passing = count_passing(l, hop, &addresses, &known);

	return passing < addresses || (!known && !l->facts->direct);
}

/* What its provider names, to us or to everybody; else the host itself, unless all its addresses pass already. */
static void want_hop(struct looked *l, const struct fact_hop *hop)
{
	const struct smarthost_provider *provider = smarthost_provider_of(span_of(hop->host));
	struct buf term = { 0 };

	buf_printf(&term, "a:%s", hop->host);
	if (hop->spf->count > 0)
		text_list_copy(hop->spf, &l->wanted);
	else if (provider)
		text_list_add(&l->wanted, span_of(provider->spf));
	else if (dns_name_is_valid(hop->host) && may_fail(l, hop))
		text_list_add(&l->wanted, buf_span(&term));
	buf_free(&term);
}

/* Every fix of a domain adds the same terms: whichever of them is done, the record is the same. */
static void want_terms(struct looked *l)
{
	want_addresses(l);
	for (size_t i = 0; i < l->facts->hop_count; i++)
		want_hop(l, &l->facts->hops[i]);
}

/* It can only do harm: it includes a record that is not there, or itself, or names what has no address. */
static bool is_dead(struct facts *facts, const char *domain, const struct spf_term *t)
{
	bool asks = t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT, found = false, known = true;

	if (t->domain.len == 0 || memchr(t->domain.at, '%', t->domain.len) || (!asks && t->kind != SPF_A && t->kind != SPF_MX))
		return false;
	if (asks && span_eq_nocase(domain_without_dot(t->domain), span_of(domain)))
		return true;
	char *name = mem_text_span(t->domain);
	const unsigned types[] = { asks ? DNS_TXT : t->kind == SPF_MX ? DNS_MX : DNS_A, DNS_AAAA };
	for (size_t i = 0; i < (t->kind == SPF_A ? 2u : 1u); i++) {
		const struct fact_answer *a = facts_system(facts, name, types[i]);
		known &= a && a->fault.kind != FAULT_TEMPORARY;
		for (size_t k = 0; a && k < a->values.count; k++)
			found |= !asks || spf_is_record(span_of(a->values.items[k]));
	}
	free(name);
	return known && !found;
}

/* The record without them. */
static void add_alive(struct facts *facts, const char *domain, const char *record, struct text_list *out)
{
	struct spf_record r = { 0 };
	struct buf alive = { 0 };

	spf_record_parse(span_of(record), &r);
	buf_add_text(&alive, "v=spf1");
	for (size_t i = 0; i < r.count; i++)
		if (!is_dead(facts, domain, &r.terms[i]))
			buf_printf(&alive, " %.*s", (int)r.terms[i].text.len, r.terms[i].text.at);
	text_list_add(out, buf_span(&alive));
	buf_free(&alive);
	spf_record_free(&r);
}

/* One record in the place of those that are there, with these terms more. */
static void fix_record(const struct looked *l, struct finding *f, const struct text_list *add)
{
	struct text_list alive = { 0 };
	struct buf record = { 0 };

	for (size_t i = 0; i < l->records.count; i++)
		add_alive(l->facts, l->domain, l->records.items[i], &alive);
	spf_edit(&alive, add, &record);
	text_list_free(&alive);
	finding_fix(f, l->records.count ? "replace it by:" : "publish:");
	fix_delete_txt(f, l->domain, &l->quoted);
	fix_add_txt(f, l->domain, buf_text(&record));
	buf_free(&record);
}

/* ---- the record ---- */

/* Records, and what was meant to be one. */
static size_t find_records(struct looked *l, const char **damaged, const char **damaged_quoted)
{
	for (size_t i = 0; i < l->txt->values.count; i++) {
		const char *value = l->txt->values.items[i];
		if (spf_is_record(span_of(value))) {
			text_list_add(&l->records, span_of(value));
			text_list_add(&l->quoted, span_of(l->txt->quoted.items[i]));
		} else if (strcasestr(value, "v=spf1")) {
			*damaged = value;
			*damaged_quoted = l->txt->quoted.items[i];
		}
	}
	return l->records.count;
}

/* The record inside, as far as it can be read: without what does not belong there. */
static void fix_damaged(struct looked *l, struct finding *f, const char *value, const char *quoted)
{
	struct buf clean = { 0 };

	for (const char *at = strcasestr(value, "v=spf1"); *at; at++)
		buf_add_byte(&clean, *at > ' ' && *at <= '~' && !strchr("\"\\'`", *at) ? *at : ' ');
	text_list_add(&l->records, buf_span(&clean));
	text_list_add(&l->quoted, span_of(quoted));
	fix_record(l, f, &l->wanted);
	text_list_free(&l->records);
	text_list_free(&l->quoted);
	buf_free(&clean);
}

/* True where there is one, which can be evaluated. */
static bool judge_record(struct looked *l)
{
	const char *damaged = NULL, *damaged_quoted = NULL;
	size_t count = find_records(l, &damaged, &damaged_quoted);
	struct buf where = { 0 };
	struct finding *f;

	if (count == 1 && damaged == NULL) {
		f = finding_add(l->out, "spf.record", FINDING_PASS, l->domain, 0, "there is one SPF record");
		finding_evidence(f, "%s", l->quoted.items[0]);
	} else if (count == 0 && damaged) {
		f = finding_add(l->out, "spf.record", FINDING_FAIL, l->domain, 0, "the SPF record is damaged, so that nobody sees one");
		if (txt_damage_foreign(span_of(damaged), &where))
			finding_evidence(f, "%s", buf_text(&where));
		finding_evidence(f, "published: %s", damaged_quoted);
		fix_damaged(l, f, damaged, damaged_quoted);
	} else if (count == 0) {
		f = finding_add(l->out, "spf.record", FINDING_FAIL, l->domain, 0, "there is no SPF record");
		fix_record(l, f, &l->wanted);
	} else {
		f = finding_add(l->out, "spf.record", count > 1 ? FINDING_FAIL : FINDING_WARN, l->domain, 0, count > 1 ?
		                "there are %zu SPF records, which is an error, and all count for nothing" : "beside the SPF record (%zu) there is a damaged "
		                "one", count);
		for (size_t i = 0; i < count; i++)
			finding_evidence(f, "%s", l->quoted.items[i]);
		if (damaged)
			text_list_add(&l->quoted, span_of(damaged_quoted));
		fix_record(l, f, &l->wanted);
	}
	f->wait_s = l->txt->ttl_s;
	buf_free(&where);
	return count == 1;
}

static void judge_terms(struct looked *l)
{
	struct text_list none = { 0 };
	struct spf_record r = { 0 };
	struct finding *f = NULL;

	spf_record_parse(span_of(l->records.items[0]), &r);
	for (size_t i = 0; i < r.error_count; i++) {
		if (f == NULL)
			f = finding_add(l->out, "spf.syntax", FINDING_FAIL, l->domain, 0, "the SPF record has an error, and counts for nothing (permerror)");
		finding_evidence(f, "column %zu, \"%.*s\": %s", r.errors[i].column, (int)r.errors[i].term.len, r.errors[i].term.at, r.errors[i].text);
	}
	if (f)
		fix_record(l, f, &l->wanted);
	else
		finding_add(l->out, "spf.syntax", FINDING_PASS, l->domain, 0, "the SPF record is sound");
	for (size_t i = 0; i < r.count; i++)
		if (r.terms[i].kind == SPF_PTR) {
			f = finding_add(l->out, "spf.ptr", FINDING_WARN, l->domain, 0, "the SPF record has ptr, which RFC 7208 tells not to use, and many "
			                "receivers ignore");
			fix_record(l, f, &l->wanted);
			break;
		}
	if (r.all && r.all->qualifier == SPF_PASS) {
		f = finding_add(l->out, "spf.all", FINDING_FAIL, l->domain, 0, "the SPF record ends with +all: everybody may send as %s", l->domain);
		fix_record(l, f, &l->wanted);
	} else if ((r.all && r.all->qualifier == SPF_NEUTRAL) || (r.all == NULL && r.redirect == NULL)) {
		f = finding_add(l->out, "spf.all", FINDING_WARN, l->domain, 0, r.all ? "the SPF record ends with ?all, which says nothing of others" :
		                "the SPF record has no end (~all or -all), and says nothing of others");
		fix_record(l, f, &none);
	} else {
		finding_add(l->out, "spf.all", FINDING_PASS, l->domain, 0, "the SPF record says that others are not meant to send as %s", l->domain);
	}
	spf_record_free(&r);
}

/* ---- evaluating it ---- */

static void add_steps(struct finding *f, const struct spf_verdict *v)
{
	for (size_t i = 0; i < v->step_count; i++)
		finding_evidence(f, "%s: %s%s", v->steps[i].domain, v->steps[i].term, i + 1 < v->step_count ? ", which leads to" : "");
	finding_evidence(f, "%s", v->reason);
}

static void judge_limits(struct looked *l)
{
	struct buf sender = { 0 };
	struct spf_verdict v = { 0 };
	struct text_list none = { 0 };
	struct ip_address nobody = { 4, { 203, 0, 113, 1 } };

	buf_printf(&sender, "probe@%s", l->domain);
	struct spf_question q = { .identity = SPF_MAIL_FROM, .client = nobody, .helo = l->facts->settings->hostname, .mail_from = buf_text(&sender),
	                          .now_s = l->facts->now_ms / 1000, .count_all = true };
	if (fact_spf_check(l->facts, l->domain, &q, &v)) {
		if (v.lookups > SPF_LOOKUPS_MAX || v.voids > SPF_VOIDS_MAX) {
			struct finding *f = finding_add(l->out, "spf.lookups", FINDING_FAIL, l->domain, 0, v.lookups > SPF_LOOKUPS_MAX ?
			                                "evaluating the SPF record takes %u look-ups, and more than 10 are an error (permerror)" :
			                                "%u look-ups of the SPF record find nothing, and more than 2 are an error (permerror)",
			                                v.lookups > SPF_LOOKUPS_MAX ? v.lookups : v.voids);
			finding_fix(f, "take out include:, a, mx and exists terms that are not needed any more, or put the networks that they stand for in "
			            "their place (ip4:, ip6:)%s", v.lookups > SPF_LOOKUPS_MAX ? "" : "; without those that find nothing:");
			if (v.lookups <= SPF_LOOKUPS_MAX)
				fix_record(l, f, &none);
		} else {
			finding_add(l->out, "spf.lookups", v.lookups > LOOKUPS_NEAR ? FINDING_INFO : FINDING_PASS, l->domain, 0,
			            "evaluating the SPF record takes %u look-ups of at most 10", v.lookups);
		}
		spf_verdict_free(&v);
	}
	buf_free(&sender);
}

static void judge_verdict(struct looked *l, const struct spf_verdict *v, const struct ip_address *client)
{
	struct buf address = { 0 };
	struct finding *f;

	ip_address_print(client, &address);
	if (v->result == SPF_PASS) {
		f = finding_add(l->out, "spf.egress-pass", FINDING_PASS, l->domain, client->family, "mail from %s passes SPF", buf_text(&address));
		add_steps(f, v);
	} else if (v->result == SPF_TEMPERROR) {
		f = finding_add(l->out, "spf.egress-pass", FINDING_UNKNOWN, l->domain, client->family, "whether %s passes SPF cannot be found out",
		                buf_text(&address));
		add_steps(f, v);
	} else {
		f = finding_add(l->out, "spf.egress-pass", FINDING_FAIL, l->domain, client->family, "mail from %s, where ours leaves, does not pass SPF "
		                "(%s)", buf_text(&address), spf_result_name(v->result));
		add_steps(f, v);
		fix_record(l, f, &l->wanted);
		if (client->family == 6 && l->facts->egress[0].wanted) {
			finding_fix(f, "or send by IPv4 alone:");
			finding_fix(f, "signet.conf: mx_families = [ \"ipv4\" ];");
		}
	}
	buf_free(&address);
}

static void judge_egress(struct looked *l)
{
	struct buf sender = { 0 };

	buf_printf(&sender, "probe@%s", l->domain);
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &l->facts->egress[i];
		struct spf_verdict v = { 0 };
		if (!e->wanted)
			continue;
		if (!fact_egress_is_known(e)) {
			finding_add(l->out, "spf.egress-pass", FINDING_UNKNOWN, l->domain, i ? 6 : 4, "the address that the outside sees is not known");
			continue;
		}
		struct spf_question q = { .identity = SPF_MAIL_FROM, .client = e->address, .helo = l->facts->settings->hostname,
		                          .mail_from = buf_text(&sender), .now_s = l->facts->now_ms / 1000 };
		if (fact_spf_check(l->facts, l->domain, &q, &v)) {
			judge_verdict(l, &v, &e->address);
			spf_verdict_free(&v);
		}
	}
	buf_free(&sender);
}

static void looked_free(struct looked *l)
{
	text_list_free(&l->records);
	text_list_free(&l->quoted);
	text_list_free(&l->wanted);
}

void spf_fix_egress(struct facts *facts, const char *domain, struct finding *f)
{
	struct looked l = { .facts = facts, .domain = domain };
	const struct fact *fact = facts_fresh(facts, domain, DNS_TXT);
	const char *ignored;

	l.txt = fact ? fact_one(fact) : NULL;
	if (l.txt) {
		find_records(&l, &ignored, &ignored);
		want_terms(&l);
		fix_record(&l, f, &l.wanted);
	}
	looked_free(&l);
}

void check_spf(struct facts *facts, const char *domain, struct findings *out)
{
	struct looked l = { .facts = facts, .out = out, .domain = domain };
	const struct fact *fact = facts_fresh(facts, domain, DNS_TXT);

	l.txt = fact ? fact_one(fact) : NULL;
	if (fact && l.txt == NULL) {
		finding_add(out, "spf.record", fact->fault.kind == FAULT_PERMANENT ? FINDING_FAIL : FINDING_UNKNOWN, domain, 0,
		            "the SPF record cannot be found out: %s", fact_why(fact));
	} else if (l.txt) {
		want_terms(&l);
		views_compare(facts, "spf.cached", domain, domain, fact, out);
		if (judge_record(&l)) {
			judge_terms(&l);
			judge_limits(&l);
			judge_egress(&l);
		}
	}
	looked_free(&l);
}

/* ---- HELO, by which bounces are judged ---- */

/* Its record with our addresses; where it is a domain that we send as, too, the same that is told of that. */
static void fix_helo(struct facts *facts, const char *name, struct findings *out, struct finding *f)
{
	struct looked l = { .facts = facts, .out = out, .domain = name };
	const struct fact *fact = facts_fresh(facts, name, DNS_TXT);
	const char *ignored;

	l.txt = fact ? fact_one(fact) : NULL;
	if (l.txt) {
		find_records(&l, &ignored, &ignored);
		if (strcmp(name, facts->settings->domain) == 0)
			want_terms(&l);
		else
			want_addresses(&l);
		fix_record(&l, f, &l.wanted);
	} else {
		finding_fix(f, "add our address to the SPF record of %s: signet check --only spf %s", name, name);
	}
	looked_free(&l);
}

void check_spf_helo(struct facts *facts, const char *domain, struct findings *out)
{
	const char *name = facts->settings->hostname;

	(void)domain;
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &facts->egress[i];
		struct spf_verdict v = { 0 };
		struct spf_question q = { .identity = SPF_HELO, .client = e->address, .helo = name, .now_s = facts->now_ms / 1000 };
		if (!fact_egress_is_known(e) || !dns_name_is_valid(name) || !fact_spf_check(facts, name, &q, &v))
			continue;
		struct finding *f;
		if (v.result == SPF_PASS) {
			finding_add(out, "spf.helo-pass", FINDING_PASS, "", i ? 6 : 4, "our name in HELO, %s, passes SPF", name);
		} else if (v.result == SPF_TEMPERROR) {
			f = finding_add(out, "spf.helo-pass", FINDING_UNKNOWN, "", i ? 6 : 4, "whether %s passes SPF cannot be found out", name);
			add_steps(f, &v);
		} else {
			f = finding_add(out, "spf.helo-pass", v.result == SPF_NONE ? FINDING_WARN : FINDING_FAIL, "", i ? 6 : 4, v.result == SPF_NONE ?
			                "our name in HELO, %s, has no SPF record, by which bounces are judged (%s)" :
			                "our name in HELO, %s, does not pass SPF (%s)", name, spf_result_name(v.result));
			finding_subject(f, "%s", name);
			add_steps(f, &v);
			fix_helo(facts, name, out, f);
		}
		spf_verdict_free(&v);
	}
}

/* ---- smarthosts ---- */

/* Every term that its provider names is in the record. */
static bool has_terms(const struct looked *l, const struct text_list *terms)
{
	struct spf_record r = { 0 };
	size_t found = 0;

	spf_record_parse(span_of(l->records.items[0]), &r);
	for (size_t i = 0; i < terms->count; i++)
		for (size_t k = 0; k < r.count; k++)
			if (r.terms[k].kind < SPF_REDIRECT && span_eq_nocase(r.terms[k].text, span_of(terms->items[i]))) {
				found++;
				break;
			}
	spf_record_free(&r);
	return found == terms->count;
}

static void judge_hop(struct looked *l, const struct fact_hop *hop)
{
	size_t addresses = 0;
	bool known = true, named = hop->spf->count > 0, has = named && has_terms(l, hop->spf);
	size_t passing = named ? 0 : count_passing(l, hop, &addresses, &known);
	const struct smarthost_provider *provider = smarthost_provider_of(span_of(hop->host));
	struct finding *f;

	if (has) {
		finding_add(l->out, "smarthost.spf", FINDING_PASS, l->domain, 0, "the SPF record has what the provider of the smarthost %s names",
		            hop->name);
	} else if (named) {
		f = finding_add(l->out, "smarthost.spf", FINDING_FAIL, l->domain, 0, "the SPF record does not have what the provider of the smarthost %s "
		                "names", hop->name);
		fix_record(l, f, &l->wanted);
	} else if (!known) {
		finding_add(l->out, "smarthost.spf", FINDING_UNKNOWN, l->domain, 0, "whether the smarthost %s passes SPF cannot be found out", hop->name);
	} else if (addresses == 0) {
		f = finding_add(l->out, "smarthost.spf", FINDING_WARN, l->domain, 0, "the smarthost %s (%s) has no address in the DNS", hop->name, hop->host);
		finding_fix(f, "correct its host in signet.conf, unless /etc/hosts has it");
	} else if (passing == addresses) {
		finding_add(l->out, "smarthost.spf", FINDING_PASS, l->domain, 0, "mail from the smarthost %s passes SPF, if it leaves where it came in",
		            hop->name);
	} else {
		f = finding_add(l->out, "smarthost.spf", FINDING_WARN, l->domain, 0, "%zu of the %zu addresses of the smarthost %s do not pass SPF",
		                addresses - passing, addresses, hop->name);
		finding_evidence(f, "mail may leave it by other addresses, which its provider knows");
		if (provider)
			finding_fix(f, "set spf = [ \"%s\" ]; for the smarthost in signet.conf, as %s wants it, and put that into the SPF record:", provider->spf,
			            provider->title);
		else
			finding_fix(f, "set spf of the smarthost in signet.conf to what its provider names (mostly include:..., on its page about SPF for a domain "
			            "of your own), and put that into the SPF record; else the host itself:");
		fix_record(l, f, &l->wanted);
	}
	if (!hop->sign)
		finding_add(l->out, "smarthost.dkim", FINDING_INFO, l->domain, 0, "what goes through the smarthost %s is not signed by us (sign = false): "
		            "it must sign with d=%s for DMARC", hop->name, l->domain);
}

void check_smarthost(struct facts *facts, const char *domain, struct findings *out)
{
	struct looked l = { .facts = facts, .out = out, .domain = domain };
	const struct fact *fact = facts_fresh(facts, domain, DNS_TXT);
	const char *ignored;

	l.txt = fact ? fact_one(fact) : NULL;
	if (l.txt)
		want_terms(&l);
	if (l.txt && find_records(&l, &ignored, &ignored) == 1)     /* else the area spf says what is wrong */
		for (size_t i = 0; i < facts->hop_count; i++)
			judge_hop(&l, &facts->hops[i]);
	looked_free(&l);
}
