/* SPDX-License-Identifier: ISC */
/*
 * DMARC (RFC 9989): the record that applies to mail from the domain, what is
 * wrong in it, whether our own signatures and MAIL FROM are aligned, and whether
 * its reports may go where they are to.
 */
#include "base/mail/address.h"
#include "trust/check.h"
#include "trust/dmarc.h"
#include "trust/fact_answers.h"
#include "trust/fix.h"
#include "trust/txt_damage.h"
#include "trust/views.h"

#include <stdlib.h>

#define START "v=DMARC1; p=none; rua=mailto:postmaster@%s"

struct looked {
	struct facts *facts;
	struct findings *out;
	const char *domain;
	char *name;             /* _dmarc.DOMAIN */
	const struct fact_answer *txt;       /* there, fresh */
};

static struct finding *add(const struct looked *l, const char *id, enum finding_state state, const char *what)
{
	struct finding *f = finding_add(l->out, id, state, l->domain, 0, "%s", what);

	finding_subject(f, "%s", l->name);
	return f;
}

/* All that is at the name goes, for one record in its place. */
static void fix_record(const struct looked *l, struct finding *f, const char *value)
{
	finding_fix(f, l->txt->values.count ? "replace what is at %s:" : "publish at %s:", l->name);
	fix_delete_txt(f, l->name, &l->txt->quoted);
	fix_add_txt(f, l->name, value);
	f->wait_s = l->txt->ttl_s;
}

static void fix_start(const struct looked *l, struct finding *f)
{
	struct buf value = { 0 };

	buf_printf(&value, START, l->domain);
	fix_record(l, f, buf_text(&value));
	buf_free(&value);
}

/* The tags that are sound, in the order that old readers want. */
static void print_sound(const struct dmarc_record *r, struct buf *out)
{
	buf_printf(out, "v=DMARC1; p=%s", r->p == DMARC_ABSENT ? "none" : dmarc_policy_name(r->p));
	if (r->sp != DMARC_ABSENT)
		buf_printf(out, "; sp=%s", dmarc_policy_name(r->sp));
	if (r->np != DMARC_ABSENT)
		buf_printf(out, "; np=%s", dmarc_policy_name(r->np));
	buf_add_text(out, r->strict_dkim ? "; adkim=s" : "");
	buf_add_text(out, r->strict_spf ? "; aspf=s" : "");
	for (size_t i = 0; i < r->rua.count; i++)
		buf_printf(out, "%s%s", i ? "," : "; rua=", r->rua.items[i]);
	for (size_t i = 0; i < r->ruf.count; i++)
		buf_printf(out, "%s%s", i ? "," : "; ruf=", r->ruf.items[i]);
	buf_add_text(out, r->test ? "; t=y" : "");
}

static void judge_notes(const struct looked *l, const struct dmarc_record *r)
{
	static const struct { enum dmarc_note_kind kind; const char *id; enum finding_state state; const char *what; } kinds[] = {
		{ DMARC_WRONG, "dmarc.syntax", FINDING_WARN, "the DMARC record has an error; the tag counts as if it were not there" },
		{ DMARC_ORDER, "dmarc.order", FINDING_WARN, "p is not the second tag: RFC 9989 allows it, and readers of RFC 7489 ignore the record" },
		{ DMARC_OBSOLETE, "dmarc.obsolete", FINDING_INFO, "the DMARC record has tags that RFC 9989 no longer has" },
		{ DMARC_UNKNOWN, "dmarc.unknown", FINDING_INFO, "the DMARC record has tags that nobody knows" },
	};

	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		struct finding *f = NULL;
		struct buf sound = { 0 };
		for (size_t i = 0; i < r->note_count; i++) {
			if (r->notes[i].kind != kinds[k].kind)
				continue;
			f = f ? f : add(l, kinds[k].id, kinds[k].state, kinds[k].what);
			finding_evidence(f, "column %zu: %s", r->notes[i].column, r->notes[i].text);
		}
		print_sound(r, &sound);
		if (f && kinds[k].state == FINDING_WARN)
			fix_record(l, f, buf_text(&sound));
		buf_free(&sound);
	}
}

static void judge_policy(const struct looked *l, const struct dmarc_walk *w)
{
	struct buf what = { 0 };
	bool own = strcmp(w->policy->domain, l->domain) == 0;
	enum dmarc_policy p = w->policy->record.p;

	if (!own && w->policy->record.sp != DMARC_ABSENT)
		p = w->policy->record.sp;
	if (p == DMARC_ABSENT || p == DMARC_NONE || w->policy->record.test) {
		buf_printf(&what, "DMARC asks receivers to do nothing with forgeries (%s)", w->policy->record.test ? "t=y" : "p=none");
		struct finding *f = add(l, "dmarc.policy", FINDING_INFO, buf_text(&what));
		finding_evidence(f, "that is right to begin with: when the reports show that all your mail passes, p=quarantine protects the name");
	} else {
		buf_printf(&what, "DMARC asks receivers to %s forgeries", p == DMARC_REJECT ? "reject" : "quarantine");
		add(l, "dmarc.policy", FINDING_PASS, buf_text(&what));
	}
	buf_free(&what);
}

/* The record at the domain's own name is where a form would have put it twice. */
static void find_astray(const struct looked *l, struct finding *f)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s.%s", l->name, l->domain);
	const struct fact *fact = facts_fresh(l->facts, buf_text(&name), DNS_TXT);
	const struct fact_answer *a = fact ? fact_one(fact) : NULL;
	for (size_t i = 0; a && i < a->values.count; i++)
		if (strcasestr(a->values.items[i], "DMARC1")) {
			finding_evidence(f, "a record is at %s: the form adds the domain by itself, so that it is there twice", buf_text(&name));
			finding_fix(f, "update delete %s. TXT %s", buf_text(&name), a->quoted.items[i]);
		}
	buf_free(&name);
}

static void judge_missing(const struct looked *l)
{
	const char *meant = NULL;       /* to be a record: damaged, or not as it must begin */
	struct buf where = { 0 };
	struct finding *f;

	for (size_t i = 0; i < l->txt->values.count && meant == NULL; i++)
		if (!dmarc_is_record(span_of(l->txt->values.items[i])) && strcasestr(l->txt->values.items[i], "DMARC1"))
			meant = l->txt->values.items[i];
	if (meant) {
		f = add(l, "dmarc.record", FINDING_FAIL, "the DMARC record is damaged, so that nobody sees one");
		if (txt_damage_foreign(span_of(meant), &where))
			finding_evidence(f, "%s", buf_text(&where));
		else
			finding_evidence(f, "a record begins with \"v=DMARC1;\", in capitals");
		for (size_t i = 0; i < l->txt->quoted.count; i++)
			finding_evidence(f, "published: %s", l->txt->quoted.items[i]);
	} else {
		f = add(l, "dmarc.record", FINDING_FAIL, "there is no DMARC record");
		for (size_t i = 0; i < l->txt->quoted.count; i++)
			finding_evidence(f, "at %s is only %s", l->name, l->txt->quoted.items[i]);
	}
	fix_start(l, f);
	if (!meant)
		find_astray(l, f);
	buf_free(&where);
}

/* True where there is a record that applies. */
static bool judge_walk(const struct looked *l, const struct dmarc_walk *w)
{
	struct buf what = { 0 };
	struct finding *f;
	bool applies = false;

	if (w->trouble) {
		buf_printf(&what, "which DMARC record applies cannot be found out: %s", w->trouble);
		add(l, "dmarc.record", FINDING_UNKNOWN, buf_text(&what));
	} else if (w->several && strcasecmp(w->several, l->name) == 0) {
		f = add(l, "dmarc.record", FINDING_FAIL, "there are several DMARC records at one name, and all count for nothing");
		for (size_t i = 0; i < l->txt->quoted.count; i++)
			finding_evidence(f, "%s", l->txt->quoted.items[i]);
		fix_start(l, f);
	} else if (w->policy == NULL) {
		judge_missing(l);
	} else if (!w->policy->record.usable) {
		f = add(l, "dmarc.record", FINDING_FAIL, "the policy of the DMARC record is not one, so that it is not applied");
		for (size_t i = 0; i < w->policy->record.note_count; i++)
			finding_evidence(f, "column %zu: %s", w->policy->record.notes[i].column, w->policy->record.notes[i].text);
		fix_start(l, f);
	} else {
		buf_printf(&what, "the DMARC record of %s applies", w->policy->domain);
		add(l, "dmarc.record", FINDING_PASS, buf_text(&what));
		applies = true;
	}
	buf_free(&what);
	return applies;
}

/* ---- alignment of what we send ---- */

static void judge_alignment(const struct looked *l, struct answers *answers)
{
	struct dmarc_identifier *dkim = mem_alloc((l->facts->key_count + 1) * sizeof *dkim);
	struct dmarc_verdict v = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < l->facts->key_count; i++)
		if (l->facts->keys[i].scheme == SIGN_DKIM && strcmp(l->facts->keys[i].from, l->domain) == 0)
			dkim[count++] = (struct dmarc_identifier){ l->facts->keys[i].domain, DMARC_EVIDENCE_PASS };
	struct dmarc_question q = { .author = l->domain, .spf = { l->domain, DMARC_EVIDENCE_PASS }, .dkim = dkim, .dkim_count = count };
	if (dmarc_check(&q, answers, &v)) {
		if (v.dkim_aligned) {
			add(l, "dmarc.alignment", FINDING_PASS, "our signature is of the domain in From, as DMARC asks for");
		} else if (count == 0) {
			struct finding *f = add(l, "dmarc.alignment", FINDING_WARN, "mail is not signed, so that DMARC rests on SPF alone, which forwarding "
			                        "breaks");
			finding_fix(f, "signet key new --domain %s --configure", l->domain);
		} else {
			struct finding *f = add(l, "dmarc.alignment", FINDING_FAIL, "our signature is not of the domain in From, as strict alignment (adkim=s) "
			                        "asks for");
			finding_evidence(f, "From is in %s, and d= is %s", l->domain, dkim[0].domain);
			finding_fix(f, "sign as %s: signet key new --domain %s --configure", l->domain, l->domain);
		}
		dmarc_verdict_free(&v);
	}
	free(dkim);
}

/* ---- where reports go ---- */

static void judge_reports(const struct looked *l, const struct dmarc_walk *w, struct answers *answers)
{
	const struct text_list *rua = &w->policy->record.rua;
	bool all = true;

	if (rua->count == 0) {
		struct finding *f = add(l, "dmarc.reports", FINDING_INFO, "nobody gets DMARC reports: there is no rua");
		finding_evidence(f, "reports say who sends as %s, and what fails", l->domain);
		return;
	}
	for (size_t i = 0; i < rua->count; i++) {
		enum dmarc_consent consent;
		struct buf name = { 0 }, what = { 0 };
		if (!dmarc_consent(answers, w->policy->domain, rua->items[i], &consent, &name)) {
			all = false;
		} else if (consent == DMARC_CONSENT_MISSING) {
			buf_printf(&what, "reports for %.200s are not sent: its domain does not say that it takes them", rua->items[i]);
			struct finding *f = add(l, "dmarc.reports", FINDING_WARN, buf_text(&what));
			finding_subject(f, "%s", buf_text(&name));
			finding_fix(f, "whoever keeps that domain publishes:");
			fix_add_txt(f, buf_text(&name), "v=DMARC1");
			all = false;
		} else if (consent == DMARC_CONSENT_UNKNOWN) {
			buf_printf(&what, "whether reports for %.200s are sent cannot be found out", rua->items[i]);
			add(l, "dmarc.reports", FINDING_UNKNOWN, buf_text(&what));
			all = false;
		}
		buf_free(&name);
		buf_free(&what);
	}
	if (all)
		add(l, "dmarc.reports", FINDING_PASS, "DMARC reports go where they are to");
}

/* ---- all of it: each step is done again when its questions are answered ---- */

static bool look(const struct looked *l, struct answers *answers)
{
	struct dmarc_walk w;

	if (!dmarc_walk(answers, l->domain, &w))
		return false;
	if (judge_walk(l, &w)) {
		if (strcmp(w.policy->domain, l->domain) == 0)
			judge_notes(l, &w.policy->record);
		judge_policy(l, &w);
		judge_alignment(l, answers);
		judge_reports(l, &w, answers);
	}
	dmarc_walk_free(&w);
	return answers->open == 0;
}

void check_dmarc(struct facts *facts, const char *domain, struct findings *out)
{
	struct buf name = { 0 };
	struct answers answers = { 0 };

	buf_printf(&name, "_dmarc.%s", domain);
	const struct fact *fact = facts_fresh(facts, buf_text(&name), DNS_TXT);
	struct looked l = { .facts = facts, .out = out, .domain = domain, .name = buf_take(&name), .txt = fact ? fact_one(fact) : NULL };
	if (fact && l.txt == NULL) {
		finding_add(out, "dmarc.record", fact->fault.kind == FAULT_PERMANENT ? FINDING_FAIL : FINDING_UNKNOWN, domain, 0,
		            "the DMARC record cannot be found out: %s", fact_why(fact));
	} else if (l.txt) {
		bool known = true;
		views_compare(facts, "dmarc.cached", domain, l.name, fact, out);
		for (bool done = false; !done && known;) {
			struct findings found = { 0 };
			l.out = &found;
			done = look(&l, &answers);
			known = done || fact_answers(facts, domain, &answers);
			if (done)
				findings_move(&found, NULL, NULL, out);
			findings_free(&found);
		}
	}
	answers_free(&answers);
	free(l.name);
}
