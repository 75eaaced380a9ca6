/* SPDX-License-Identifier: ISC */
/*
 * world - a DNS for the tests of trust: rows answer what the checks want, until
 * nothing is wanted any more. Two servers, ns1 and ns2, say the same as the
 * system's resolver, unless a row says otherwise.
 *
 * A row's type is "TXT", "A", "AAAA", "MX", "NS", "PTR", "CNAME", "TLSA" or "SOA"; with
 * "@" before it only the resolver has it, with "1" or "2" only that server.
 * "SILENT" as the value: there is no answer. TXT's value may have "|" where one
 * string ends and the next begins.
 */
#ifndef TESTS_TRUST_WORLD_H
#define TESTS_TRUST_WORLD_H

#include "tests/tap.h"

#include "base/pack.h"
#include "trust/check.h"

#include <stdlib.h>

enum { WORLD_ROUNDS_MAX = 40, WORLD_TTL_S = 300 };

struct world_row {
	const char *name, *type, *value;
};

struct world {
	const struct world_row *rows;
	size_t count;
	struct facts facts;
	struct findings found;
};

static const struct { const char *name; unsigned type; } world_types[] = {
	{ "TXT", DNS_TXT }, { "A", DNS_A }, { "AAAA", DNS_AAAA }, { "MX", DNS_MX }, { "NS", DNS_NS }, { "PTR", DNS_PTR },
	{ "CNAME", DNS_CNAME }, { "TLSA", DNS_TLSA }, { "SOA", FACTS_SOA },
};

static unsigned world_type(const char *name)
{
	for (size_t i = 0; i < sizeof world_types / sizeof world_types[0]; i++)
		if (strcmp(world_types[i].name, name) == 0)
			return world_types[i].type;
	return 0;
}

/* Which of '@', '1' and '2' a row is for; who: one of them. */
static bool world_is_for(const char *type, char who)
{
	return strchr("@12", type[0]) == NULL || type[0] == who;
}

static void world_add_txt(struct fact_answer *a, struct span value)
{
	struct buf rdata = { 0 };

	do {
		struct span string = span_cut(&value, '|');
		do {
			size_t len = string.len < 255 ? string.len : 255;
			pack_u8(&rdata, (uint8_t)len);
			buf_add(&rdata, string.at, len);
			string = (struct span){ string.at + len, string.len - len };
		} while (string.len > 0);
	} while (value.at);
	fact_add_txt(a, buf_span(&rdata));
	buf_free(&rdata);
}

static void world_answer(const struct world *w, const struct fact *fact, struct fact_answer *a, char who)
{
	a->nxdomain = true;
	a->ttl_s = WORLD_TTL_S;
	for (size_t i = 0; i < w->count; i++) {
		const struct world_row *r = &w->rows[i];
		const char *type = r->type + (strchr("@12", r->type[0]) != NULL);
		if (strcmp(r->name, fact->name) != 0 || !world_is_for(r->type, who))
			continue;
		a->nxdomain = false;
		if (strcmp(type, "CNAME") == 0 && fact->type != DNS_CNAME)
			a->alias = mem_text(r->value);
		if (world_type(type) != fact->type)
			continue;
		if (strcmp(r->value, "SILENT") == 0)
			fault_set(&a->fault, FAULT_TEMPORARY, "4.4.3", "%s: no answer in time", a->server);
		else if (fact->type == DNS_TXT)
			world_add_txt(a, span_of(r->value));
		else
			text_list_add(&a->values, span_of(r->value));
	}
}

static void world_fill(struct world *w)
{
	for (size_t i = 0; i < w->facts.count; i++) {
		struct fact *fact = w->facts.items[i];
		if (fact->known)
			continue;
		fact->known = true;
		w->facts.wanted--;
		if (fact->view == FACT_SYSTEM) {
			world_answer(w, fact, fact_add(fact, ""), '@');
			continue;
		}
		world_answer(w, fact, fact_add(fact, "ns1.example[192.0.2.53]"), '1');
		world_answer(w, fact, fact_add(fact, "ns2.example[192.0.2.54]"), '2');
	}
}

/* Runs one area until it wants nothing more. */
__attribute__((unused))
static void world_check(struct world *w, const char *area, const char *domain)
{
	struct text_list domains = { 0 };
	struct check_choice choice = { 0 };

	text_list_add(&domains, span_of(domain));
	text_list_add(&choice.only, span_of(area));
	for (int round = 0; round < WORLD_ROUNDS_MAX && (round == 0 || w->facts.wanted > 0); round++) {
		world_fill(w);
		findings_free(&w->found);
		checks_run(&w->facts, &domains, &choice, &w->found);
	}
	findings_order(&w->found);
	text_list_free(&domains);
	text_list_free(&choice.only);
}

/* "dkim.record:fail dkim.key:warn": all that did not pass, what is to be done first in front. */
__attribute__((unused))
static void world_print(const struct world *w, struct buf *out)
{
	buf_clear(out);
	for (size_t i = w->found.count; i-- > 0;) {
		const struct finding *f = w->found.items[i];
		if (f->state == FINDING_PASS)
			continue;
		buf_printf(out, "%s%s:%s", out->len ? " " : "", f->check->id, finding_state_name(f->state));
		if (f->family)
			buf_printf(out, "/%u", f->family);
	}
}

/* All texts of the findings, for a look at the words. */
__attribute__((unused))
static void world_say(const struct world *w, struct buf *out)
{
	for (size_t i = w->found.count; i-- > 0;) {
		const struct finding *f = w->found.items[i];
		buf_printf(out, "%s: %s\n", f->check->id, f->what);
		for (size_t k = 0; k < f->evidence.count; k++)
			buf_printf(out, "%s\n", f->evidence.items[k]);
		buf_printf(out, "%s\n", f->fix);
	}
}

static void world_free(struct world *w)
{
	facts_free(&w->facts);
	findings_free(&w->found);
}

/* Two tests of an area: what it finds (as world_print), and that its words have a part (NULL: any do). Frees what w holds. */
__attribute__((unused))
static void world_finds(struct world *w, const char *area, const char *domain, const char *what, const char *finds, const char *says)
{
	struct buf got = { 0 };

	world_check(w, area, domain);
	world_print(w, &got);
	is_text(buf_text(&got), finds, "%s: %s", area, what);
	buf_clear(&got);
	world_say(w, &got);
	if (!ok(says == NULL || strstr(buf_text(&got), says), "%s: %s: says so", area, what))
		fprintf(stderr, "%s", buf_text(&got));
	buf_free(&got);
	world_free(w);
}

#endif
