/* SPDX-License-Identifier: ISC */
/*
 * Blocklists: what they say of our addresses and domains, and whether they say
 * anything at all.
 */
#include "trust/blocklist.h"
#include "trust/check.h"
#include "trust/reverse.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct asked {                  /* one list, about one thing */
	const char *zone;
	const struct blocklist *list;        /* NULL: not known */
	enum blocklist_meaning meaning;
	const char *words;      /* unless it is clean */
	char *reason;           /* its TXT record; NULL: none */
	char *name;             /* that was asked; */
	struct text_list codes; /* and what was answered */
	int64_t asked_s;        /* when, where it is kept from another run; 0: in this one */
	bool dead;              /* by its test points */
};

/* ---- one list ---- */

/* The worst of several codes: what refuses counts before what lists, since it makes the rest worthless. */
static void judge_codes(const struct blocklist *list, const struct text_list *codes, struct asked *out)
{
	out->meaning = BLOCKLIST_CLEAN;
	for (size_t i = 0; i < codes->count; i++) {
		const char *words;
		enum blocklist_meaning meaning = blocklist_read(list, codes->items[i], &words);
		if (out->meaning == BLOCKLIST_CLEAN || meaning >= BLOCKLIST_REFUSED ||
		    (meaning == BLOCKLIST_LISTED && out->meaning != BLOCKLIST_REFUSED)) {
			out->meaning = meaning;
			out->words = words;
		}
	}
}

/* False: not known yet. */
static bool look_up(struct facts *facts, const char *name, const struct blocklist *list, struct asked *out)
{
	const struct fact_answer *a = facts_system(facts, name, DNS_A), *txt = facts_system(facts, name, DNS_TXT);

	if (a == NULL || txt == NULL)
		return false;
	judge_codes(list, &a->values, out);
	if (a->fault.kind != FAULT_NONE) {
		out->meaning = BLOCKLIST_REFUSED;
		out->words = "it does not answer";
	}
	for (size_t i = 0; i < a->values.count; i++)
		text_list_add(&out->codes, span_of(a->values.items[i]));
	if (out->meaning != BLOCKLIST_CLEAN && txt->values.count > 0 && out->reason == NULL)
		out->reason = mem_text(txt->values.items[0]);
	return true;
}

static void asked_free(struct asked *a)
{
	free(a->reason);
	free(a->name);
	text_list_free(&a->codes);
}

/* What a test point that does not hold says of the list. NULL: both hold. False: not known yet. */
static bool look_at_tests(struct facts *facts, const char *listed, const char *clean, const struct blocklist *list, struct asked *out)
{
	struct asked on = { 0 }, off = { 0 };
	bool known = look_up(facts, listed, list, &on);

	known &= look_up(facts, clean, list, &off);
	if (known && (on.meaning == BLOCKLIST_REFUSED || on.meaning == BLOCKLIST_STRANGE)) {
		out->meaning = BLOCKLIST_REFUSED;
		out->words = on.words;
	} else if (known && on.meaning == BLOCKLIST_CLEAN) {
		out->meaning = BLOCKLIST_REFUSED;
		out->dead = true;
		out->words = "it does not list its own test entry (RFC 5782): it is dead, or does not answer us";
	} else if (known && off.meaning != BLOCKLIST_CLEAN) {
		out->meaning = BLOCKLIST_REFUSED;
		out->dead = true;
		out->words = "it lists even what no list may list (RFC 5782): it is dead, and its zone answers to everything";
	}
	asked_free(&on);
	asked_free(&off);
	return known;
}

static void take_kept(const struct blocklist_answer *kept, struct asked *out)
{
	judge_codes(out->list, &kept->codes, out);
	for (size_t i = 0; i < kept->codes.count; i++)
		text_list_add(&out->codes, span_of(kept->codes.items[i]));
	out->reason = kept->reason[0] ? mem_text(kept->reason) : NULL;
	out->asked_s = kept->asked_s;
}

/* The name that is asked for, and the two that tell whether the list lives. Frees them. */
static bool ask(struct facts *facts, struct buf *name, struct buf *on, struct buf *off, struct asked *out)
{
	const struct blocklist_answer *kept = facts->blocklists
	        ? blocklist_kept_find(facts->blocklists, buf_text(name), facts->now_ms / 1000) : NULL;
	bool known = true;

	if (kept) {
		take_kept(kept, out);
	} else {
		known = look_up(facts, buf_text(name), out->list, out);
		known &= look_at_tests(facts, buf_text(on), buf_text(off), out->list, out);     /* both, whatever the first says */
	}
	out->name = mem_text(buf_text(name));
	buf_free(name);
	buf_free(on);
	buf_free(off);
	return known;
}

static bool ask_of_address(struct facts *facts, const struct ip_address *a, struct asked *out)
{
	struct ip_address listed, clean;
	struct buf name = { 0 }, on = { 0 }, off = { 0 };

	blocklist_test_points(a->family, &listed, &clean);
	blocklist_name(out->zone, a, &name);
	blocklist_name(out->zone, &listed, &on);
	blocklist_name(out->zone, &clean, &off);
	return ask(facts, &name, &on, &off, out);
}

static bool ask_of_domain(struct facts *facts, const char *domain, struct asked *out)
{
	struct buf name = { 0 }, on = { 0 }, off = { 0 };

	buf_printf(&name, "%s.%s", domain, out->zone);
	buf_printf(&on, "%s.%s", out->list->test ? out->list->test : "test", out->zone);
	buf_printf(&off, "%s.%s", out->list->clean ? out->list->clean : "invalid", out->zone);
	return ask(facts, &name, &on, &off, out);
}

/* ---- which lists ---- */

struct choice {
	struct asked *items;
	size_t count;
};

static void choose(const struct facts *facts, struct choice *out)
{
	const struct text_list *set = &facts->settings->blocklists;

	for (size_t i = 0; set->count == 0 ? blocklist_default(i) != NULL : i < set->count; i++) {
		const char *zone = set->count == 0 ? blocklist_default(i)->zone : set->items[i];
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = (struct asked){ .zone = zone, .list = blocklist_known(zone) };
	}
}

static void choice_free(struct choice *c)
{
	for (size_t i = 0; i < c->count; i++)
		asked_free(&c->items[i]);
	free(c->items);
}

/* ---- judging ---- */

#define AGAIN "; signet check --fresh asks again"

/* "; it was asked at …" for what is kept. */
static void add_when(int64_t asked_s, struct buf *out)
{
	time_t when = (time_t)asked_s;
	char text[40] = "";
	struct tm tm;

	if (asked_s && gmtime_r(&when, &tm))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm);
	if (asked_s)
		buf_printf(out, ", asked at %s" AGAIN, text);
}

static void add_evidence(struct finding *f, const struct asked *a)
{
	struct buf when = { 0 };

	add_when(a->asked_s, &when);
	finding_evidence(f, "%s: %s%s%s%s", a->list ? a->list->name : a->zone, a->words, a->reason ? "; it says: " : "", a->reason ? a->reason : "",
	                 buf_text(&when));
	buf_free(&when);
}

/* The first time that one of what is kept was asked; 0: all were asked now. */
static int64_t first_asked_s(const struct choice *c)
{
	int64_t first_s = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].asked_s && (first_s == 0 || c->items[i].asked_s < first_s))
			first_s = c->items[i].asked_s;
	return first_s;
}

static void add_clean(const struct choice *c, const char *id, const char *domain, unsigned family, const char *what, size_t well,
                      struct findings *out)
{
	struct buf when = { 0 };

	add_when(first_asked_s(c), &when);
	finding_add(out, id, FINDING_PASS, domain, family, "%s is on none of %zu blocklists%s", what, well, buf_text(&when));
	buf_free(&when);
}

static void add_removal(struct finding *f, const struct asked *a, const char *what)
{
	if (a->list == NULL || a->list->removal == NULL)
		finding_fix(f, "look for the reason at the site of %s, end it, and ask for removal there", a->zone);
	else if (strcmp(a->list->removal + strlen(a->list->removal) - 1, "/") == 0)
		finding_fix(f, "see %slisting/%s for the reason; end it, and ask for removal there", a->list->removal, what);
	else
		finding_fix(f, "see %s for the reason; end it, and ask for removal there", a->list->removal);
}

/* One finding for all the lists that say so of what. */
static struct finding *judge_meaning(const struct choice *c, enum blocklist_meaning meaning, const char *id, enum finding_state state,
                                     const char *domain, unsigned family, const char *format, const char *what, struct findings *out)
{
	struct finding *f = NULL;

	for (size_t i = 0; i < c->count; i++) {
		if (c->items[i].meaning != meaning)
			continue;
		if (f == NULL) {
			char text[400];
			snprintf(text, sizeof text, "%s %s", what, format);
			f = finding_add(out, id, state, domain, family, "%s", text);
			finding_subject(f, "%s", what);
		}
		add_evidence(f, &c->items[i]);
		if (meaning == BLOCKLIST_LISTED)
			add_removal(f, &c->items[i], what);
	}
	return f;
}

/* A setting without the lists that are dead; where none would be left, with those that are asked without it. */
static void fix_dead(const struct settings *s, const struct choice *c, struct finding *f)
{
	struct buf left = { 0 };
	bool any = false;

	for (size_t i = 0; i < s->blocklists.count; i++) {
		bool dead = false;
		for (size_t k = 0; k < c->count; k++)
			dead |= c->items[k].dead && strcmp(c->items[k].zone, s->blocklists.items[i]) == 0;
		any |= dead;
		if (!dead)
			buf_printf(&left, "%s\"%s\"", left.len ? ", " : "", s->blocklists.items[i]);
	}
	bool none = left.len == 0;
	for (size_t i = 0; none && blocklist_default(i); i++)
		buf_printf(&left, "%s\"%s\"", i ? ", " : "", blocklist_default(i)->zone);
	if (any)
		finding_fix(f, "signet.conf: blocklists = [ %s ];", buf_text(&left));
	buf_free(&left);
}

/* The lists that say nothing that could be believed. Returns how many are well. */
static size_t judge_lists(const struct settings *s, const struct choice *c, const char *id, const char *domain, unsigned family, struct findings *out)
{
	struct finding *f = NULL;
	size_t well = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct asked *a = &c->items[i];
		if (a->meaning < BLOCKLIST_REFUSED) {
			well++;
			continue;
		}
		if (f == NULL)
			f = finding_add(out, id, FINDING_UNKNOWN, domain, family, "%s says nothing that could be believed", a->zone);
		add_evidence(f, a);
	}
	if (f) {
		finding_fix(f, "if it is dead, take it out of blocklists in signet.conf; if it refuses to answer, ask through a resolver of this "
		            "host's own (a local unbound)");
		fix_dead(s, c, f);
	} else if (well > 0) {
		finding_add(out, id, FINDING_PASS, domain, family, "all %zu lists answer as lists do", well);
	}
	return well;
}

static void judge_ended(const struct choice *c, struct findings *out)
{
	struct buf left = { 0 };
	struct finding *f = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct asked *a = &c->items[i];
		if (a->list && a->list->ended) {
			if (f == NULL)
				f = finding_add(out, "blocklist.ended", FINDING_WARN, "", 0, "blocklists names a list that has ended: %s", a->zone);
			finding_evidence(f, "%s ended %s", a->list->name, a->list->ended);
		} else {
			buf_printf(&left, "%s\"%s\"", left.len ? ", " : "", a->zone);
		}
	}
	if (f && left.len > 0) {
		finding_fix(f, "take it out:");
		finding_fix(f, "signet.conf: blocklists = [ %s ];", buf_text(&left));
	} else if (f) {
		finding_fix(f, "take blocklists out of signet.conf: then those are asked that signet.conf(5) names");
	}
	buf_free(&left);
}

/* Those of the one kind that are alive, asked; false: some are not known yet. */
static bool ask_all(struct facts *facts, struct choice *c, const struct ip_address *address, const char *domain)
{
	size_t kept = 0;
	bool known = true;

	for (size_t i = 0; i < c->count; i++) {
		struct asked *a = &c->items[i];
		bool of_domains = a->list && a->list->of_domains;
		if (of_domains != (address == NULL) || (a->list && a->list->ended) || (address && address->family == 6 && a->list && a->list->ipv4_alone)) {
			asked_free(a);
			continue;
		}
		known &= address ? ask_of_address(facts, address, a) : ask_of_domain(facts, domain, a);
		struct asked one = *a;
		*a = (struct asked){ 0 };
		c->items[kept++] = one;
	}
	c->count = kept;
	return known;
}

static void judge_address(struct facts *facts, const struct ip_address *address, struct findings *out)
{
	struct choice c = { 0 };
	struct buf text = { 0 };
	struct finding *f;

	choose(facts, &c);
	ip_address_print(address, &text);
	const char *what = buf_text(&text);
	if (ask_all(facts, &c, address, NULL) && c.count > 0) {
		size_t well = judge_lists(facts->settings, &c, "blocklist.list", "", address->family, out);
		f = judge_meaning(&c, BLOCKLIST_POLICY, "blocklist.policy", FINDING_WARN, "", address->family,
		                  "is in a network that is not meant to send mail directly; this is no reproach of this host", what, out);
		if (f) {
			finding_fix(f, "send through a smarthost; or, if the address is static and yours, have it taken out at "
			            "https://check.spamhaus.org/listing/%s", what);
			if (address->family == 6 && facts->egress[0].wanted)
				finding_fix(f, "signet.conf: mx_families = [ \"ipv4\" ];");
		}
		f = judge_meaning(&c, BLOCKLIST_LISTED, "blocklist.address", FINDING_FAIL, "", address->family, "is on a blocklist", what, out);
		if (f == NULL && well > 0)
			add_clean(&c, "blocklist.address", "", address->family, what, well, out);
	}
	choice_free(&c);
	buf_free(&text);
}

void check_blocklist(struct facts *facts, const char *domain, struct findings *out)
{
	struct choice all = { 0 };

	(void)domain;
	choose(facts, &all);
	judge_ended(&all, out);
	choice_free(&all);
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &facts->egress[i];
		if (!e->wanted)
			continue;
		if (!fact_egress_is_known(e))
			finding_add(out, "blocklist.address", FINDING_UNKNOWN, "", i ? 6 : 4, "the address that the outside sees is not known");
		else
			judge_address(facts, &e->address, out);
	}
}

void check_blocklist_domain(struct facts *facts, const char *domain, struct findings *out)
{
	struct choice c = { 0 };

	choose(facts, &c);
	if (ask_all(facts, &c, NULL, domain) && c.count > 0) {
		size_t well = judge_lists(facts->settings, &c, "blocklist.domain-list", domain, 0, out);
		struct finding *f = judge_meaning(&c, BLOCKLIST_ABUSED, "blocklist.domain", FINDING_WARN, domain, 0,
		                                  "is listed as a legitimate domain that is abused", domain, out);
		if (f)
			finding_fix(f, "look for pages, redirects or accounts that are not yours on the hosts of %s, remove them, and ask for removal", domain);
		if (f == NULL)
			f = judge_meaning(&c, BLOCKLIST_LISTED, "blocklist.domain", FINDING_FAIL, domain, 0, "is on a blocklist of domains", domain, out);
		if (f == NULL && well > 0)
			add_clean(&c, "blocklist.domain", domain, 0, domain, well, out);
	}
	choice_free(&c);
}

/* ---- for the next run ---- */

static void keep_certain(struct facts *facts, const struct ip_address *address, const char *domain, struct blocklist_kept *kept)
{
	struct choice c = { 0 };

	choose(facts, &c);
	if (ask_all(facts, &c, address, domain))
		for (size_t i = 0; i < c.count; i++)
			if (c.items[i].meaning < BLOCKLIST_REFUSED && c.items[i].asked_s == 0)
				blocklist_kept_put(kept, c.items[i].name, facts->now_ms / 1000, &c.items[i].codes, c.items[i].reason ? c.items[i].reason : "");
	choice_free(&c);
}

void check_blocklist_keep(struct facts *facts, const struct text_list *domains, struct blocklist_kept *kept)
{
	for (unsigned i = 0; i < 2; i++)
		if (fact_egress_is_known(&facts->egress[i]))
			keep_certain(facts, &facts->egress[i].address, NULL, kept);
	for (size_t i = 0; i < domains->count; i++)
		keep_certain(facts, NULL, domains->items[i], kept);
}
