/* SPDX-License-Identifier: ISC */
/*
 * Who really sends: every domain that mail left as in the last 30 days, in From
 * and in MAIL FROM. Whether it can be answered, whether our address passes its
 * SPF, whether it has a key, and whether DMARC finds one of the two aligned. What
 * is not sent any more because it is masqueraded now does not count.
 */
#include "base/conf/key_choice.h"
#include "base/mail/address.h"
#include "trust/check.h"
#include "trust/dmarc.h"
#include "trust/fact_answers.h"

#include <stdlib.h>
#include <time.h>

enum { LISTED_MAX = 8, SENDERS_MAX = 40 };

enum spf_state { SPF_NOT_YET, SPF_DOES_PASS, SPF_DOES_NOT, SPF_NOT_KNOWN };

struct sender {
	const char *name;
	uint64_t in_from, in_mail_from;     /* recipients of mail with it there */
	const struct history_count *newest;
	bool answers;                       /* it can be answered, as far as is known */
	enum spf_state spf;
};

struct senders {
	struct facts *facts;
	struct findings *out;
	struct sender *items;
	size_t count;
};

/* ---- collecting ---- */

static bool is_of_use(const struct facts *facts, const struct history_count *h, const char *name)
{
	return name[0] && history_has_left(h) && facts->now_ms - h->hour_ms < HISTORY_DAYS_MS &&
	       !settings_is_masqueraded(facts->settings, span_of(name));
}

static struct sender *find_sender(struct senders *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->items[i].name, name) == 0)
			return &all->items[i];
	return NULL;
}

static struct sender *note_sender(struct senders *all, const char *name, const struct history_count *h)
{
	struct sender *s = find_sender(all, name);

	if (s == NULL) {
		all->items = mem_resize(all->items, all->count + 1, sizeof *all->items);
		s = &all->items[all->count++];
		*s = (struct sender){ .name = name, .newest = h };
	}
	s->newest = h->last_ms > s->newest->last_ms ? h : s->newest;
	return s;
}

static int most_first(const void *left, const void *right)
{
	const struct sender *a = left, *b = right;
	uint64_t x = a->in_from + a->in_mail_from, y = b->in_from + b->in_mail_from;

	return x > y ? -1 : x < y ? 1 : strcmp(a->name, b->name);
}

static void collect(struct senders *all)
{
	const struct history *history = all->facts->history;

	for (size_t i = 0; i < history->count; i++) {
		const struct history_count *h = &history->items[i];
		if (is_of_use(all->facts, h, h->from_domain))
			note_sender(all, h->from_domain, h)->in_from += h->recipients;
		if (is_of_use(all->facts, h, h->sender_domain))
			note_sender(all, h->sender_domain, h)->in_mail_from += h->recipients;
	}
	if (all->count > 1)
		qsort(all->items, all->count, sizeof *all->items, most_first);
}

/* ---- words ---- */

static void add_evidence(struct finding *f, const struct sender *s)
{
	char when[32] = "";
	time_t last = (time_t)(s->newest->last_ms / 1000);
	struct tm tm;

	if (gmtime_r(&last, &tm))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &tm);
	finding_evidence(f, "to %llu recipients in From and %llu in MAIL FROM in 30 days, last to %s at %s", (unsigned long long)s->in_from,
	                 (unsigned long long)s->in_mail_from, s->newest->domain, when);
	if (s->newest->queue_id)
		finding_evidence(f, "who sent it: signet trace %s", s->newest->queue_id);
}

/* It becomes domain in mail that leaves. */
static void fix_by_masquerade(const struct facts *facts, const struct sender *s, struct finding *f)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < facts->settings->masquerade.count; i++)
		buf_printf(&list, "\"%s\", ", facts->settings->masquerade.items[i]);
	finding_fix(f, "let it leave as %s:", facts->settings->domain);
	finding_fix(f, "signet.conf: masquerade = [ %s\"%s\" ];", buf_text(&list), s->name);
	buf_free(&list);
}

/* ---- can it be answered? ---- */

static void judge_answers(const struct senders *all, struct sender *s)
{
	const struct fact_answer *mx = facts_system(all->facts, s->name, DNS_MX), *a = facts_system(all->facts, s->name, DNS_A),
	                         *aaaa = facts_system(all->facts, s->name, DNS_AAAA);
	struct finding *f;

	s->answers = true;
	if (mx == NULL || a == NULL || aaaa == NULL)
		return;
	bool null_mx = mx->values.count == 1 && strcmp(strchr(mx->values.items[0], ' ') ? strchr(mx->values.items[0], ' ') + 1 : "", "") == 0;
	bool unknown = mx->fault.kind == FAULT_TEMPORARY || (mx->values.count == 0 && (a->fault.kind == FAULT_TEMPORARY ||
	               aaaa->fault.kind == FAULT_TEMPORARY));
	s->answers = !unknown && !null_mx && mx->values.count + a->values.count + aaaa->values.count > 0;
	if (s->answers)
		return;
	if (unknown) {
		f = finding_add(all->out, "senders.bounces", FINDING_UNKNOWN, s->name, 0, "whether mail to %s can come back cannot be found out", s->name);
		finding_evidence(f, "%s", mx->fault.kind ? mx->fault.text : a->fault.kind ? a->fault.text : aaaa->fault.text);
	} else if (null_mx) {
		f = finding_add(all->out, "senders.bounces", FINDING_FAIL, s->name, 0, "mail was sent as %s, which says that it takes no mail (null "
		                "MX): receivers refuse it, and no bounce comes back", s->name);
	} else {
		f = finding_add(all->out, "senders.bounces", FINDING_FAIL, s->name, 0, "mail was sent as %s, which %s: receivers refuse it, and no "
		                "bounce comes back", s->name, mx->nxdomain || mx->fault.kind ? "the world's DNS does not have" : "has neither MX nor "
		                "address");
	}
	add_evidence(f, s);
	if (!unknown)
		fix_by_masquerade(all->facts, s, f);
}

/* ---- SPF ---- */

static void add_spf(const struct senders *all, const struct sender *s, const struct ip_address *client, const struct spf_verdict *v)
{
	bool signs = key_choice(all->facts->settings, span_of(s->name), NULL) > 0;
	struct buf address = { 0 };
	struct finding *f;

	ip_address_print(client, &address);
	if (v->result == SPF_TEMPERROR)
		f = finding_add(all->out, "senders.spf", FINDING_UNKNOWN, s->name, client->family, "whether %s may send as %s cannot be found out",
		                buf_text(&address), s->name);
	else
		f = finding_add(all->out, "senders.spf", v->result == SPF_NONE && signs ? FINDING_WARN : FINDING_FAIL, s->name, client->family,
		                "mail was sent as %s, whose SPF does not let %s pass (%s)", s->name, buf_text(&address), spf_result_name(v->result));
	finding_evidence(f, "%s", v->reason);
	add_evidence(f, s);
	if (v->result != SPF_TEMPERROR) {
		finding_fix(f, "whoever keeps %s lets this host send as it:", s->name);
		spf_fix_egress(all->facts, s->name, f);
		finding_fix(f, "or let the program give a sender (-f) of a domain of ours");
	}
	buf_free(&address);
}

static void judge_spf(const struct senders *all, struct sender *s)
{
	struct buf sender = { 0 };
	bool known = true;

	buf_printf(&sender, "probe@%s", s->name);
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &all->facts->egress[i];
		struct spf_question q = { .identity = SPF_MAIL_FROM, .client = e->address, .helo = all->facts->settings->hostname,
		                          .mail_from = buf_text(&sender), .now_s = all->facts->now_ms / 1000 };
		struct spf_verdict v = { 0 };
		if (!fact_egress_is_known(e))
			continue;
		if (!fact_spf_check(all->facts, s->name, &q, &v)) {
			known = false;
			continue;
		}
		s->spf = v.result == SPF_TEMPERROR ? SPF_NOT_KNOWN : v.result != SPF_PASS ? SPF_DOES_NOT : s->spf == SPF_NOT_YET ? SPF_DOES_PASS : s->spf;
		if (v.result != SPF_PASS && s->in_mail_from > 0)
			add_spf(all, s, &e->address, &v);
		spf_verdict_free(&v);
	}
	s->spf = known ? s->spf : SPF_NOT_YET;
	buf_free(&sender);
}

/* ---- alignment, of each From with each MAIL FROM ---- */

/* False: not known yet, or not at all. */
static bool dmarc_of(struct senders *all, const struct sender *from, const struct sender *mail_from, struct dmarc_verdict *out)
{
	const struct settings *s = all->facts->settings;
	const struct dkim_key **keys = mem_alloc((s->dkim_count + 1) * sizeof *keys);
	struct dmarc_identifier *dkim = mem_alloc((s->dkim_count + 1) * sizeof *dkim);
	size_t count = key_choice(s, span_of(from->name), keys);
	struct answers answers = { 0 };

	/* Either is a C string: the key's own domain, or what is asked. */
	for (size_t i = 0; i < count; i++)
		dkim[i] = (struct dmarc_identifier){ key_choice_domain(keys[i], span_of(from->name)).at, DMARC_EVIDENCE_PASS };
	struct dmarc_question q = { .author = from->name, .dkim = dkim, .dkim_count = count };
	if (mail_from)
		q.spf = (struct dmarc_identifier){ mail_from->name, mail_from->spf == SPF_DOES_PASS ? DMARC_EVIDENCE_PASS : DMARC_EVIDENCE_FAIL };
	bool done = dmarc_check(&q, &answers, out);
	while (!done && fact_answers(all->facts, from->name, &answers))
		done = dmarc_check(&q, &answers, out);
	answers_free(&answers);
	free(keys);
	free(dkim);
	return done;
}

/* Without a record there is no verdict; receivers that ask for alignment all the same take the relaxed one. */
static bool is_aligned(const struct senders *all, const struct sender *from, const struct sender *mail_from, const struct dmarc_verdict *v)
{
	if (v->result != DMARC_RESULT_NONE)
		return v->dkim_aligned || v->spf_aligned;
	return key_choice(all->facts->settings, span_of(from->name), NULL) > 0 ||
	       (mail_from && mail_from->spf == SPF_DOES_PASS && (domain_is_within(span_of(from->name), span_of(mail_from->name)) ||
	                                                         domain_is_within(span_of(mail_from->name), span_of(from->name))));
}

static void judge_pair(struct senders *all, const struct sender *from, const struct sender *mail_from, const struct history_count *h)
{
	struct dmarc_verdict v = { 0 };

	if (!dmarc_of(all, from, mail_from, &v))
		return;
	if (v.result != DMARC_RESULT_TEMPERROR && !is_aligned(all, from, mail_from, &v)) {
		bool refused = v.policy == DMARC_QUARANTINE || v.policy == DMARC_REJECT;
		struct finding *f = finding_add(all->out, "senders.aligned", refused ? FINDING_FAIL : FINDING_WARN, from->name, 0, "From is in %s, and "
		                                "neither our signature nor SPF is of that domain%s", from->name, refused ?
		                                ", which asks receivers not to take such mail (DMARC)" : "");
		finding_evidence(f, "MAIL FROM is in %s, whose SPF %s", mail_from ? mail_from->name : "no domain", mail_from &&
		                 mail_from->spf == SPF_DOES_PASS ? "passes" : "does not pass");
		finding_evidence(f, "%s is signed for it", key_choice(all->facts->settings, span_of(from->name), NULL) ? "another domain" : "nothing");
		if (h->queue_id)
			finding_evidence(f, "who sent it: signet trace %s", h->queue_id);
		finding_fix(f, "sign as %s, and have it publish what signet dns prints: signet key new --domain %s --configure", from->name, from->name);
	}
	dmarc_verdict_free(&v);
}

static void judge_alignment(struct senders *all)
{
	const struct history *history = all->facts->history;
	const struct sender *done[SENDERS_MAX][2];
	size_t count = 0;

	for (size_t i = 0; i < history->count; i++) {
		const struct history_count *h = &history->items[i];
		if (!is_of_use(all->facts, h, h->from_domain))
			continue;
		const struct sender *from = find_sender(all, h->from_domain), *mail_from = h->sender_domain[0] ? find_sender(all, h->sender_domain) : NULL;
		bool ready = from->answers && from - all->items < SENDERS_MAX && (mail_from == NULL || (mail_from->spf != SPF_NOT_YET && mail_from->spf !=
		             SPF_NOT_KNOWN) || !mail_from->answers);
		for (size_t k = 0; k < count; k++)
			ready &= done[k][0] != from || done[k][1] != mail_from;
		if (!ready || count == SENDERS_MAX)
			continue;
		done[count][0] = from;
		done[count++][1] = mail_from;
		judge_pair(all, from, mail_from, h);
	}
}

/* ---- keys ---- */

static void judge_keys(const struct senders *all)
{
	struct finding *f = NULL;
	size_t without = 0, of_from = 0, listed = 0;

	for (size_t i = 0; i < all->count; i++) {
		bool is_from = all->items[i].in_from > 0;
		of_from += is_from;
		without += is_from && key_choice(all->facts->settings, span_of(all->items[i].name), NULL) == 0;
	}
	if (without > 0)
		f = finding_add(all->out, "senders.signed", FINDING_WARN, "", 0, "mail from %zu domains leaves without a signature", without);
	else if (of_from > 0)
		finding_add(all->out, "senders.signed", FINDING_PASS, "", 0, "each of the %zu domains in From has a key", of_from);
	for (size_t i = 0; f && i < all->count; i++) {
		const struct sender *s = &all->items[i];
		if (s->in_from == 0 || key_choice(all->facts->settings, span_of(s->name), NULL) > 0 || listed++ >= LISTED_MAX)
			continue;
		finding_evidence(f, "%s: to %llu recipients", s->name, (unsigned long long)s->in_from);
		if (s->answers)      /* one that is nobody's is not to be signed for */
			finding_fix(f, "signet key new --domain %s --configure", s->name);
	}
	if (f)
		finding_fix(f, "or let those programs send as a domain that has a key (rewrite, masquerade or from in signet.conf)");
}

static void list_domains(const struct senders *all)
{
	struct finding *f = finding_add(all->out, "senders.domains", FINDING_INFO, "", 0, "mail was sent as %zu domains", all->count);

	for (size_t i = 0; i < all->count && i < LISTED_MAX; i++)
		finding_evidence(f, "%s: to %llu recipients", all->items[i].name, (unsigned long long)(all->items[i].in_from > all->items[i].in_mail_from ?
		                 all->items[i].in_from : all->items[i].in_mail_from));
	if (all->count > SENDERS_MAX)
		finding_evidence(f, "only the %d most used were looked at; with --file all that are named are", SENDERS_MAX);
}

void check_senders(struct facts *facts, const char *domain, struct findings *out)
{
	struct findings found = { 0 };
	struct senders all = { .facts = facts, .out = &found };

	if (!history_is_known(facts, "senders.signed", domain, out))
		return;
	collect(&all);
	for (size_t i = 0; i < all.count && i < SENDERS_MAX; i++) {
		judge_answers(&all, &all.items[i]);
		if (facts->direct && all.items[i].answers)
			judge_spf(&all, &all.items[i]);
	}
	if (facts->direct)
		judge_alignment(&all);
	if (all.count > 0 && found.count == 0)
		finding_add(&found, "senders.bounces", FINDING_PASS, "", 0, "mail as each of the %zu domains can be answered, and passes SPF or DKIM for "
		            "DMARC", all.count);
	if (all.count > 0) {
		judge_keys(&all);
		list_domains(&all);
	}
	findings_move(&found, NULL, NULL, out);
	findings_free(&found);
	free(all.items);
}
