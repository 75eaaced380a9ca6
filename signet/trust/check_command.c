/* SPDX-License-Identifier: ISC */
/*
 * signet check - what the world sees of this server, and what to do about it.
 *
 * Finds out what is not known yet and runs the checks again until they want
 * nothing more: for many domains side by side, and once what they share. --wait does all that again until nothing has failed; it keeps
 * nothing, so that a later call goes on where one was broken off. --mail tells
 * root's reader what has changed, and nobody where nothing has.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "base/conf/settings_idn.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"
#include "signet/talk/owner_mail.h"
#include "signet/trust/check_mail.h"
#include "signet/trust/domain_list.h"
#include "signet/trust/input.h"
#include "signet/trust/last_run.h"
#include "signet/trust/observe.h"
#include "signet/trust/standing_tell.h"
#include "signet/trust/trust_commands.h"
#include "trust/check.h"
#include "trust/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	ROUNDS_MAX = 60, LONG_MS = 1500,
	DEADLINE_MS = 12 * 1000, MORE_MS = 30,     /* for all of them, and for each domain more */
	AT_ONCE = 1000,                            /* domains: what is known of the DNS stays in memory meanwhile */
	WAIT_LEAST_MS = 15 * 1000, WAIT_MOST_MS = 5 * 60 * 1000, WAIT_WHOLE_MS = 7 * 24 * 3600 * 1000,
	EXIT_NAGIOS_UNKNOWN = 3,
};

struct arguments {
	struct check_choice choice;
	bool json, nagios, changed, mail, wait, all, fresh;
	const char *explain, *file;
	char **domains;         /* so many words of argv */
	int domain_count;
};

/* -1: f is NONE for a wrong command line. */
static int parse_arguments(int argc, char **argv, struct arguments *a, struct fault *f)
{
	const char *only = NULL, *skip = NULL;
	const struct option_row rows[] = {
		{ "only", &only, NULL },
		{ "skip", &skip, NULL },
		{ "json", NULL, &a->json },
		{ "nagios", NULL, &a->nagios },
		{ "changed", NULL, &a->changed },
		{ "mail", NULL, &a->mail },
		{ "wait", NULL, &a->wait },
		{ "all", NULL, &a->all },
		{ "fresh", NULL, &a->fresh },
		{ "file", &a->file, NULL },
		{ "explain", &a->explain, NULL },
	};
	int at = OPTIONS_TAKE(argc, argv, rows);

	if (at < 0 || (a->json && a->nagios) || (a->mail && (!a->changed || a->json || a->nagios || a->wait)))
		return -1;
	a->domains = argv + at;
	a->domain_count = argc - at;
	if (only && check_choice_add(&a->choice.only, span_of(only), f) < 0)
		return -1;
	return skip ? check_choice_add(&a->choice.skip, span_of(skip), f) : 0;
}

/* ---- --explain ---- */

static int explain(const char *id)
{
	struct buf out = { 0 };
	bool all = strcmp(id, "all") == 0;
	const struct check *c = check_named(id);
	struct fault f = { 0 };
	int status = EX_OK;

	for (size_t i = 0; i < check_count; i++)
		if (all)
			buf_printf(&out, "%-20s %s\n", check_table[i].id, check_table[i].looks_at);
	if (c) {
		check_explain(c, &out);
	} else if (!all) {
		struct text_list ignored = { 0 };
		if (check_choice_add(&ignored, span_of(id), &f) == 0)
			fault_set(&f, FAULT_PERMANENT, "5.5.4", "\"%s\" is an area; signet check --explain all lists its checks", id);
		text_list_free(&ignored);
		status = complain(&f);
	}
	fputs(buf_text(&out), stdout);
	buf_free(&out);
	return status;
}

/* ---- one run ---- */

/* A line that the next one, or the result, writes over. */
static void tell_progress(const char *what)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s", what);
}

static void tell_asking(const struct facts *facts, size_t left, int64_t began_ms)
{
	char text[120];

	if (clock_boot_ms() - began_ms < LONG_MS)
		return;
	snprintf(text, sizeof text, "asking the DNS: %zu answers, %zu questions open, %zu domains left", facts->count - facts->wanted,
	         facts->wanted, left);
	tell_progress(text);
}

/* What blocklists said to the runs of a day; --fresh has them asked again. */
static void read_lists(const struct settings *s, struct blocklist_kept *out)
{
	struct buf text = { 0 }, path = { 0 };

	last_run_read(s, LAST_RUN_BLOCKLISTS, &text);
	if (!blocklist_kept_read(buf_span(&text), out)) {
		last_run_path(s, LAST_RUN_BLOCKLISTS, &path);
		fprintf(stderr, "signet: %s is damaged, or another version's: what blocklists said is forgotten, and they are asked again\n", buf_text(&path));
	}
	buf_free(&text);
	buf_free(&path);
}

/* For the next run. Who may not write there keeps nothing. */
static void keep_lists(const struct settings *s, const struct blocklist_kept *heard, int64_t now_s, struct blocklist_kept *kept)
{
	struct buf text = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < heard->count; i++)
		blocklist_kept_put(kept, heard->items[i].name, heard->items[i].asked_s, &heard->items[i].codes, heard->items[i].reason);
	blocklist_kept_print(kept, now_s, &text);
	if (access(s->spool, W_OK) == 0 && last_run_write(s, LAST_RUN_BLOCKLISTS, buf_span(&text), &f) < 0)
		complain(&f);
	buf_free(&text);
}

/* The host and the domains, as far as they are not done; returns how many are left. What is not done by the last time stays as it is. */
static size_t run_round(const struct check_choice *choice, struct facts *facts, struct check_run_of *ones, size_t count, bool ready, bool last,
                        struct findings *found)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		struct findings of_one = { 0 };
		if (ones[i].done)
			continue;
		checks_run_of(facts, &ones[i], choice, &of_one);
		ones[i].done = last || (ones[i].done && ready);
		left += !ones[i].done;
		if (ones[i].done)
			findings_move(&of_one, NULL, NULL, found);
		findings_free(&of_one);
	}
	return left;
}

/* So many domains at once; before the first the host itself, which later ones rest on. */
static void run_together(struct dns *dns, const struct check_choice *choice, const struct text_list *domains, bool *seen, size_t before,
                         struct facts *facts, struct findings *found)
{
	int64_t began_ms = clock_boot_ms(), deadline_ms = began_ms + DEADLINE_MS + (int64_t)domains->count * MORE_MS;
	bool with_host = before == 0, mxs = !checks_need(choice, "tls"), policies = !checks_need(choice, "mtasts");
	struct check_run_of *ones = mem_alloc((domains->count + 1) * sizeof *ones);
	size_t count = 0, left = 1;

	if (with_host)
		ones[count++].domain = "";
	for (size_t i = 0; i < domains->count; i++)
		ones[count++].domain = domains->items[i];
	for (int round = 0; round < ROUNDS_MAX && left > 0; round++) {
		*seen = *seen || observe_outside(facts);
		mxs = mxs || observe_mxs(domains, facts, deadline_ms);
		policies = policies || observe_policies(domains, facts, deadline_ms);
		left = run_round(choice, facts, ones, count, *seen && mxs && policies, round + 1 == ROUNDS_MAX, found);
		tell_asking(facts, left, began_ms);
		gather(dns, facts, deadline_ms);
	}
	free(ones);
}

static int run(const struct settings *s, const struct arguments *a, const struct text_list *domains, struct span before,
               struct facts *facts, struct findings *found, struct fault *f)
{
	bool lists = checks_need(&a->choice, "blocklist");
	struct dns *dns = dns_new(s, f);
	struct blocklist_kept kept = { 0 }, heard = { 0 };
	struct observed observed;
	bool seen = !checks_need_outside(&a->choice);

	if (dns == NULL)
		return -1;
	findings_free(found);
	observe_host(s, domains, &observed, facts);
	if (check_chosen(&a->choice, SPAN("dns"), "dns.anchor"))
		observe_root(facts);
	if (lists)
		read_lists(s, &kept);
	facts->blocklists = a->fresh ? NULL : &kept;
	last_run_egress(before, facts);
	if (checks_need(&a->choice, "senders") || checks_need(&a->choice, "bulk") || checks_need(&a->choice, "queue"))
		observe_history(s, &observed, facts);
	for (size_t done = 0; done == 0 || done < domains->count; done += AT_ONCE) {
		size_t left = domains->count - done;
		struct text_list some = { .items = domains->items + done, .count = left < AT_ONCE ? left : AT_ONCE };
		run_together(dns, &a->choice, &some, &seen, done, facts, found);
		if (lists)
			check_blocklist_keep(facts, &some, &heard);
		if (left > AT_ONCE)
			facts_forget(facts, &some);
	}
	bool whole = a->choice.only.count + a->choice.skip.count == 0 && facts->wanted == 0;
	if (a->domain_count == 0 && a->file == NULL && standing_tell(found, whole, facts)) {
		findings_free(found);
		checks_run(facts, domains, &a->choice, found);
	}
	findings_order(found);
	tell_progress("");
	if (lists)
		keep_lists(s, &heard, facts->now_ms / 1000, &kept);
	facts->blocklists = NULL;
	blocklist_kept_free(&kept);
	blocklist_kept_free(&heard);
	observed_free(&observed);
	dns_free(dns);
	return 0;
}

static void print_found(const struct arguments *a, const struct facts *facts, const struct findings *found)
{
	const char *no_colour = getenv("NO_COLOR");
	struct finding_style style = { .colours = isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0'), .all = a->all || a->changed,
	                               .changes = a->changed };
	struct buf out = { 0 };

	if (a->json)
		findings_print_json(found, facts->now_ms, &out);
	else if (a->nagios)
		findings_print_nagios(found, &out);
	else if (!a->changed || found->count > 0) {
		findings_print_addresses(found, &out);
		findings_print_text(found, &style, &out);
	}
	if (out.len > 0)
		fwrite(out.at, 1, out.len, stdout);
	buf_free(&out);
}

/* ---- --wait ---- */

/* What to wait for; a warning may be meant to stay. */
static bool is_open(const struct finding *f)
{
	return f->state == FINDING_FAIL || f->state == FINDING_UNKNOWN;
}

static size_t count_open(const struct findings *found)
{
	size_t open = 0;

	for (size_t i = 0; i < found->count; i++)
		open += is_open(found->items[i]);
	return open;
}

/* The longest that caches may go on showing what is wrong now. */
static uint32_t longest_wait_s(const struct findings *found)
{
	uint32_t wait_s = 0;

	for (size_t i = 0; i < found->count; i++)
		if (is_open(found->items[i]) && found->items[i]->wait_s > wait_s)
			wait_s = found->items[i]->wait_s;
	return wait_s;
}

static void tell_waiting(const struct findings *found)
{
	const struct finding *first = findings_first(found);

	fprintf(stderr, "waiting: %zu not well yet, first %s%s%s", count_open(found), first->check->id, first->domain[0] ? " of " : "", first->domain);
	uint32_t wait_s = longest_wait_s(found);
	if (wait_s > 0)
		fprintf(stderr, "; once it is fixed, caches may show the old for up to %u s", wait_s);
	fprintf(stderr, "\n");
}

static void pause_between(const struct settings *s, int tries)
{
	int64_t pause_ms = WAIT_LEAST_MS;

	for (int i = 1; i < tries && pause_ms < WAIT_MOST_MS; i++)
		pause_ms += pause_ms / 4;
	pause_ms = clock_scaled_ms(s->time_scale, pause_ms < WAIT_MOST_MS ? pause_ms : WAIT_MOST_MS, 100);
	usleep((useconds_t)(pause_ms * 1000));
}

/* ---- --mail ---- */

/*
 * The exit status says whether all is told. What cannot go into the queue, whose fault may be what is to be told, is on
 * stderr; it counts as told only when it is kept.
 */
static int mail_changes(const struct settings *s, const struct findings *changed, const struct findings *rest, struct span after)
{
	struct buf message = { 0 };
	struct fault f = { 0 };
	bool dropped = false;
	int result = 0;

	if (changed->count > 0) {
		check_mail_print(s, changed, rest, &message);
		result = owner_mail_send(s, buf_span(&message), &dropped, &f);
	}
	int status = result < 0 ? complain(&f) : EX_OK;
	if (dropped) {
		fprintf(stderr, "signet: signetd does not answer at %s: what has changed waits in %s until it does; look at why with "
		        "\"systemctl status signetd\"\n", s->socket, s->drop);
		status = EX_TEMPFAIL;
	}
	if (status != EX_OK)
		fwrite(message.at, 1, message.len, stderr);
	if (result == 0 && last_run_write(s, LAST_RUN_TOLD, after, &f) < 0)
		status = complain(&f);
	buf_free(&message);
	return status;
}

/* ---- all of it ---- */

/* For the next run. Who may not write there keeps nothing. */
static void keep_seen(const struct settings *s, struct facts *facts, const struct findings *found)
{
	struct buf before = { 0 }, after = { 0 };
	struct fault f = { 0 };

	last_run_read(s, LAST_RUN_SEEN, &before);
	last_run_egress(buf_span(&before), facts);
	last_run_print(buf_span(&before), facts, found, &after);
	if (access(s->spool, W_OK) == 0 && last_run_write(s, LAST_RUN_SEEN, buf_span(&after), &f) < 0)
		complain(&f);
	buf_free(&before);
	buf_free(&after);
}

static int check(const struct settings *s, const struct arguments *a, const struct text_list *domains)
{
	struct facts facts = { 0 };
	struct findings found = { 0 }, changed = { 0 };
	struct buf before = { 0 }, after = { 0 };
	struct fault f = { 0 };
	struct arguments again = *a;
	int64_t until_ms = clock_boot_ms() + WAIT_WHOLE_MS;
	int status = -1;

	last_run_read(s, a->mail ? LAST_RUN_TOLD : LAST_RUN_SEEN, &before);
	for (int tries = 1;; tries++) {
		if (run(s, &again, domains, buf_span(&before), &facts, &found, &f) < 0)
			break;
		status = findings_exit(&found);
		if (!a->wait || count_open(&found) == 0 || clock_boot_ms() > until_ms)
			break;
		tell_waiting(&found);
		pause_between(s, tries);
		again.fresh = false;
		facts_free(&facts);
	}
	if (status < 0) {
		int failed = complain(&f);
		if (a->nagios)
			printf("SIGNET UNKNOWN - %s\n", f.text);
		status = a->mail ? failed : EXIT_NAGIOS_UNKNOWN;
	} else {
		last_run_print(buf_span(&before), &facts, &found, &after);
		keep_seen(s, &facts, &found);
		if (a->changed)
			last_run_take_changed(buf_span(&before), &found, &changed);
		if (a->mail)
			status = mail_changes(s, &changed, &found, buf_span(&after));
		else
			print_found(a, &facts, a->changed ? &changed : &found);
	}
	facts_free(&facts);
	findings_free(&found);
	findings_free(&changed);
	buf_free(&before);
	buf_free(&after);
	return status;
}

/* Without a queue mail goes through a smarthost, whose business the rest is; who asks for something all the same gets it. */
static bool is_off(const struct settings *s, const struct arguments *a)
{
	return settings_have_no_queue(s) && a->domain_count == 0 && a->file == NULL && a->choice.only.count == 0;
}

static int add_from_file(const char *name, struct text_list *domains)
{
	struct buf text = { 0 };
	struct fault f = { 0 };
	int result = input_read(name, &text, &f);

	if (result == 0)
		result = domain_list_read(strcmp(name, "-") == 0 ? "standard input" : name, buf_span(&text), domains, &f);
	buf_free(&text);
	return result < 0 ? complain(&f) : EX_OK;
}

static int check_with(const struct settings *s, const struct arguments *a)
{
	struct text_list domains = { 0 };

	if (is_off(s, a)) {
		struct facts facts = { .settings = s, .now_ms = clock_wall_ms() };
		struct findings none = { 0 };
		if (a->mail)
			return EX_OK;
		if (!a->json && !a->nagios)
			fprintf(stderr, "signet: with queue = \"none\" the smarthost is what the world sees; name a domain to have it checked all the same\n");
		print_found(a, &facts, &none);
		return EX_OK;
	}
	for (int i = 0; i < a->domain_count; i++) {
		struct fault f;
		if (domain_list_add(span_of(a->domains[i]), &domains, &f) == 0)
			continue;
		text_list_free(&domains);
		return complain(&f);
	}
	int status = a->file ? add_from_file(a->file, &domains) : EX_OK;
	if (status != EX_OK) {
		text_list_free(&domains);
		return status;
	}
	if (a->mail && access(s->spool, W_OK) < 0) {
		struct fault f;
		fault_set(&f, FAULT_POLICY, "5.7.0", "%s: %s: what was told is kept there: run this as root or as signet", s->spool, strerror(errno));
		return complain(&f);
	}
	if (a->domain_count == 0 && a->file == NULL)
		observe_domains(s, &domains);
	status = check(s, a, &domains);
	text_list_free(&domains);
	return status;
}

int command_check(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct settings settings;
	struct fault f = { 0 };
	int status;

	if (parse_arguments(argc, argv, &a, &f) < 0) {
		status = EX_USAGE;
		if (f.kind != FAULT_NONE)
			complain(&f);
		else
			fprintf(stderr, "usage: signet check [--only LIST] [--skip LIST] [--json | --nagios] [--changed [--mail]] [--wait] [--all] [--fresh] [--file FILE] "
			        "[DOMAIN...]\n       signet check --explain CHECK|all\n");
	} else if (a.explain) {
		status = explain(a.explain);
	} else if (config_load(config_file(NULL), &settings, &f) < 0) {
		int failed = complain(&f);
		status = a.mail ? failed : EXIT_NAGIOS_UNKNOWN;
		if (a.nagios)
			printf("SIGNET UNKNOWN - %s\n", f.text);
	} else {
		own_name_complete(&settings, &f);
		settings_to_ascii(&settings);
		status = check_with(&settings, &a);
		settings_free(&settings);
	}
	text_list_free(&a.choice.only);
	text_list_free(&a.choice.skip);
	return status;
}
