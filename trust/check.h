/* SPDX-License-Identifier: ISC */
/*
 * check - the checks themselves: pure functions from facts to findings, one of
 * each area, in trust/check_AREA.c.
 *
 * A check asks facts for what it needs. While some of that is not known yet it
 * adds what findings it can, and is run again from the start when it is: only
 * what the last run adds, with nothing wanted any more, is the result.
 */
#ifndef TRUST_CHECK_H
#define TRUST_CHECK_H

#include "trust/facts.h"
#include "trust/finding.h"

typedef void check_run(struct facts *f, const char *domain, struct findings *out);

struct check_area_row {
	const char *name;
	bool of_host;           /* run once, with domain ""; else for each domain */
	bool outside;           /* rests on how the outside sees this host: facts' egress */
	check_run *run;
};

extern const struct check_area_row check_areas[];
extern const size_t check_area_count;

/* What to look at: areas or ids. Empty only: all. */
struct check_choice {
	struct text_list only, skip;
};

/* -1: a fault 5.5.4 with the nearest: there is no such area or id. */
int check_choice_add(struct text_list *list, struct span words, struct fault *f);

bool check_chosen(const struct check_choice *choice, struct span area, const char *id /* NULL: any of the area */);

/* True when one of the chosen areas rests on how the outside sees this host. */
bool checks_need_outside(const struct check_choice *choice);

/* True when something of the area is chosen: what it rests on beside the DNS is to be observed. */
bool checks_need(const struct check_choice *choice, const char *area);

/* Runs all that is chosen, for each domain; findings are added unordered. Then f->wanted says whether to run again. */
void checks_run(struct facts *f, const struct text_list *domains, const struct check_choice *choice, struct findings *out);

/* What the blocklists that were asked in this run have said of the addresses and domains, with certainty. */
void check_blocklist_keep(struct facts *f, const struct text_list *domains, struct blocklist_kept *kept);

/* The same of one domain, among many others: it may not want more of the DNS than if it were alone. */
struct check_run_of {
	const char *domain;     /* "": this host */
	size_t asked;           /* 0 at first */
	bool done;              /* nothing that it rests on is wanted any more */
};

void checks_run_of(struct facts *f, struct check_run_of *one, const struct check_choice *choice, struct findings *out);

/* ---- what areas share ---- */

#define HISTORY_DAYS_MS (INT64_C(30) * 24 * HISTORY_HOUR_MS)

/* Mail of the history that left this host. */
bool history_has_left(const struct history_count *h);

/* False: there is no history, which one finding of that id says. */
bool history_is_known(const struct facts *facts, const char *id, const char *domain, struct findings *out);

/* Adds to the fix the SPF record of the domain that has our addresses too, in the place of those that are there. */
void spf_fix_egress(struct facts *facts, const char *domain, struct finding *f);

/* ---- the areas ---- */

check_run check_dns, check_dns_root, check_domain, check_egress, check_port25, check_helo, check_ptr, check_dkim, check_domainkeys, check_mx,
	check_blocklist, check_blocklist_domain, check_mtasts, check_tls, check_tlsrpt, check_clock,
	check_spf, check_spf_helo, check_smarthost, check_dmarc, check_senders, check_bulk, check_bulk_senders, check_queue;

#endif
