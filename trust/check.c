/* SPDX-License-Identifier: ISC */
#include "trust/check.h"

#include "base/nearest.h"

#include <stdlib.h>

const struct check_area_row check_areas[] = {
	{ "dns", true, false, check_dns_root },
	{ "dns", false, false, check_dns },
	{ "domain", false, false, check_domain },
	{ "egress", true, true, check_egress },
	{ "port25", true, true, check_port25 },
	{ "helo", true, true, check_helo },
	{ "ptr", true, true, check_ptr },
	{ "spf", false, true, check_spf },
	{ "spf", true, true, check_spf_helo },
	{ "dkim", false, false, check_dkim },
	{ "domainkeys", false, false, check_domainkeys },
	{ "dmarc", false, false, check_dmarc },
	{ "mx", false, false, check_mx },
	{ "smarthost", false, false, check_smarthost },
	{ "blocklist", true, true, check_blocklist },
	{ "blocklist", false, false, check_blocklist_domain },
	{ "tls", false, false, check_tls },
	{ "mtasts", false, false, check_mtasts },
	{ "tlsrpt", false, false, check_tlsrpt },
	{ "senders", true, true, check_senders },
	{ "bulk", false, false, check_bulk },
	{ "bulk", true, false, check_bulk_senders },
	{ "queue", true, false, check_queue },
	{ "clock", true, true, check_clock },
};

const size_t check_area_count = sizeof check_areas / sizeof check_areas[0];

static bool is_area(struct span word)
{
	for (size_t i = 0; i < check_area_count; i++)
		if (span_eq(word, span_of(check_areas[i].name)))
			return true;
	return false;
}

int check_choice_add(struct text_list *list, struct span words, struct fault *f)
{
	while (words.at) {
		struct span word = span_trim(span_cut(&words, ','));
		char *text = mem_text_span(word);
		bool known = is_area(word) || check_named(text);
		if (known) {
			text_list_add(list, word);
		} else {
			struct nearest near = nearest_to(word);
			for (size_t i = 0; i < check_area_count; i++)
				nearest_try(&near, check_areas[i].name);
			for (size_t i = 0; i < check_count; i++)
				nearest_try(&near, check_table[i].id);
			fault_set(f, FAULT_PERMANENT, "5.5.4", "there is no check or area \"%.60s\"%s%s%s; signet check --explain all lists them", text,
			          near.word ? ", the nearest is \"" : "", near.word ? near.word : "", near.word ? "\"" : "");
		}
		free(text);
		if (!known)
			return -1;
	}
	return 0;
}

static bool list_has(const struct text_list *list, struct span area, const char *id)
{
	for (size_t i = 0; i < list->count; i++) {
		struct span word = span_of(list->items[i]), rest = word;
		if (span_eq(word, area) || (id && span_eq(word, span_of(id))) || (id == NULL && span_eq(span_cut(&rest, '.'), area)))
			return true;
	}
	return false;
}

bool check_chosen(const struct check_choice *choice, struct span area, const char *id)
{
	bool skipped = false;

	/* One id that is skipped leaves the others of its area. */
	for (size_t i = 0; i < choice->skip.count; i++)
		skipped |= span_eq(span_of(choice->skip.items[i]), area) || (id && strcmp(choice->skip.items[i], id) == 0);
	return !skipped && (choice->only.count == 0 || list_has(&choice->only, area, id));
}

bool checks_need(const struct check_choice *choice, const char *area)
{
	return check_chosen(choice, span_of(area), NULL);
}

bool checks_need_outside(const struct check_choice *choice)
{
	for (size_t i = 0; i < check_area_count; i++)
		if (check_areas[i].outside && check_chosen(choice, span_of(check_areas[i].name), NULL))
			return true;
	return false;
}

static bool is_chosen(const struct finding *f, const void *choice)
{
	return check_chosen(choice, check_area(f->check), f->check->id);
}

/* Of "" what is of the host. */
static void run_areas(struct facts *f, const char *domain, const struct check_choice *choice, struct findings *out)
{
	for (size_t i = 0; i < check_area_count; i++) {
		struct findings found = { 0 };
		const struct check_area_row *area = &check_areas[i];
		if (area->of_host != (domain[0] == '\0') || !check_chosen(choice, span_of(area->name), NULL))
			continue;
		area->run(f, domain, &found);
		findings_move(&found, is_chosen, choice, out);
		findings_free(&found);
	}
}

void checks_run(struct facts *f, const struct text_list *domains, const struct check_choice *choice, struct findings *out)
{
	run_areas(f, "", choice, out);
	for (size_t i = 0; i < domains->count; i++)
		run_areas(f, domains->items[i], choice, out);
}

void checks_run_of(struct facts *f, struct check_run_of *one, const struct check_choice *choice, struct findings *out)
{
	size_t missed = f->missed, count = f->count;

	f->most = count + FACTS_QUESTIONS_MAX - one->asked;
	run_areas(f, one->domain, choice, out);
	f->most = SIZE_MAX;      /* what others ask meanwhile is not of this domain */
	one->asked += f->count - count;
	one->done = f->missed == missed;
}
