#include "relay/queue/site.h"

#include "base/clock.h"
#include "base/log.h"
#include "relay/hop.h"
#include "relay/queue/destination.h"
#include "relay/queue/mail.h"
#include "relay/queue/outcome.h"
#include "relay/queue/session.h"
#include "relay/queue/sticky.h"
#include "relay/tls_demand.h"

#include <stdlib.h>

enum { AHEAD_FIRST = 2, AHEAD_PER_SESSION = 4, AHEAD_MAX = 64, JOBS_MAX = 400 };

/* ---- jobs ---- */

void job_list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*(list->last ? &list->last->next : &list->first) = job;
	list->last = job;
	list->count++;
}

static struct job *take_after(struct job_list *list, struct job *before)
{
	struct job *job = before ? before->next : list->first;

	*(before ? &before->next : &list->first) = job->next;
	if (list->last == job)
		list->last = before;
	list->count--;
	job->next = NULL;
	return job;
}

struct job *job_list_take(struct job_list *list, uint64_t ticket)
{
	struct job *before = NULL;

	for (struct job *at = list->first; at; before = at, at = at->next)
		if (ticket == 0 || at->ticket == ticket)
			return take_after(list, before);
	return NULL;
}

void job_free(struct queue *q, struct job *job)
{
	for (size_t i = 0; i < job->recipient_count; i++)
		store_recipient_free(&job->recipients[i]);
	free(job->recipients);
	destination_job_done(q, job->destination);
	mail_release(q, job->mail);
	q->job_count--;
	free(job);
}

static void log_deferred(const struct job *job, const struct fault *why)
{
	for (size_t i = 0; i < job->recipient_count; i++)
		log_line(LOG_LEVEL_INFO, "%s: to=<%s>, relay=none, delay=%.2g, dsn=%s, status=deferred (%s)",
		         job->mail->queue_id, job->recipients[i].address,
		         (double)(clock_wall_ms() - job->mail->row.arrival_ms) / 1000.0, why->status, why->text);
}

/* ---- coming and going ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_dane_ta(const struct target *t)
{
	for (size_t i = 0; i < t->tlsa_count; i++)
		if (t->tlsa[i].usage == TLSA_DANE_TA)
			return true;
	return false;
}

/* The host, and what its TLS must prove: where a certificate may name the domain, to that domain alone. */
static char *name_with_demand(enum tls_level setting, const struct target *t, const char *domain)
{
	struct tls_demand demand;
	struct buf name = { 0 };

	tls_demand_find(setting, t, &demand);
	buf_printf(&name, "%s (%s", t->host, demand.refused.kind ? "not used" : tls_demand_name(&demand));
	if ((demand.level == TLS_DANE && has_dane_ta(t)) || (demand.level == TLS_VERIFY && demand.source == TLS_BY_SETTING))
		buf_printf(&name, " for %s", domain);
	buf_add_byte(&name, ')');
	return buf_take(&name);
}

/* The same set of MX hosts with the same demands is the same site, whatever order this answer had. */
static char *key_of(const struct queue *q, const struct destination *d, const struct target *targets, size_t count)
{
	struct buf key = { 0 };
	const char *hop = destination_hop_name(d);

	if (strcmp(hop, "mx") != 0) {
		buf_printf(&key, "via %s", hop);
		return buf_take(&key);
	}
	char **names = mem_alloc(count * sizeof *names);
	for (size_t i = 0; i < count; i++)
		names[i] = name_with_demand(q->settings->mx_tls, &targets[i], d->row.domain);
	qsort(names, count, sizeof *names, by_name);
	buf_add_text(&key, "mx");
	for (size_t i = 0; i < count; i++) {
		buf_printf(&key, " %s", names[i]);
		free(names[i]);
	}
	free(names);
	return buf_take(&key);
}

static struct site *find_site(struct queue *q, struct destination *d, const struct target *targets, size_t count)
{
	char *key = key_of(q, d, targets, count);

	for (struct site *s = q->sites; s; s = s->next)
		if (strcmp(s->key, key) == 0) {
			free(key);
			return s;
		}
	struct site *s = mem_alloc(sizeof *s);
	s->key = key;
	s->hosts = sticky_key(d, targets, count);
	s->smarthost = settings_smarthost(q->settings, destination_hop_name(d));
	s->domain = mem_text(s->smarthost ? s->smarthost->host : d->row.domain);
	s->next = q->sites;
	q->sites = s;
	return s;
}

static unsigned open_sessions(const struct queue *q, const struct site *s)
{
	unsigned n = 0;

	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		n += x->site == s && x->state == SMTP_OPEN;
	return n;
}

void site_add(struct queue *q, struct destination *d, struct target *targets, size_t count)
{
	struct site *s = find_site(q, d, targets, count);
	struct sticky *k = sticky_find(q, s->hosts);

	if (sticky_way(q, k, d) == WAY_PASS_BY) {
		targets_free(targets, count);
		destination_pass_by(q, d, k);
		return;
	}
	targets_free(s->targets, s->target_count);
	s->targets = targets;
	s->target_count = count;
	d->site = s;
	s->destinations = mem_resize(s->destinations, s->destination_count + 1, sizeof *s->destinations);
	s->destinations[s->destination_count++] = d;
	if (s->bad_until_boot_ms > q->boot_ms) {
		struct fault f = s->fault;
		destination_failed(q, d, &f, s->how);
	} else if (open_sessions(q, s) > 0) {
		destination_reached(q, d);
	}
}

static void drop_ahead(struct queue *q, struct site *s, const struct destination *d, const struct fault *why)
{
	struct job_list all = s->ahead;
	struct job *job;

	s->ahead = (struct job_list){ 0 };
	while ((job = job_list_take(&all, 0)) != NULL) {
		if (job->destination != d) {
			job_list_add(&s->ahead, job);
			continue;
		}
		if (why && why->text[0])
			log_deferred(job, why);
		job_free(q, job);
	}
}

void site_leave(struct queue *q, struct destination *d, const struct fault *why)
{
	struct site *s = d->site;

	sticky_trial_over(q, d->row.id);
	if (s == NULL)
		return;
	d->site = NULL;
	drop_ahead(q, s, d, why);
	for (size_t i = 0; i < s->destination_count; i++)
		if (s->destinations[i] == d) {
			s->destinations[i] = s->destinations[--s->destination_count];
			return;
		}
}

void site_take_back(struct queue *q, struct site *s, struct job_list *jobs)
{
	struct job_list before = s->ahead;
	struct job *job;

	s->ahead = (struct job_list){ 0 };
	while ((job = job_list_take(jobs, 0)) != NULL) {
		job->session = NULL;
		if (job->destination->site == s)
			job_list_add(&s->ahead, job);
		else
			job_free(q, job);
	}
	while ((job = job_list_take(&before, 0)) != NULL)
		job_list_add(&s->ahead, job);
}

static bool leave_out(struct job *job, uint64_t recipient)
{
	for (size_t i = 0; i < job->recipient_count; i++) {
		if (job->recipients[i].id != recipient)
			continue;
		store_recipient_free(&job->recipients[i]);
		job->recipient_count--;
		memmove(&job->recipients[i], &job->recipients[i + 1], (job->recipient_count - i) * sizeof *job->recipients);
		return true;
	}
	return false;
}

bool site_take_out(struct queue *q, uint64_t recipient)
{
	for (struct site *s = q->sites; s; s = s->next) {
		struct job *before = NULL;
		for (struct job *job = s->ahead.first; job; before = job, job = job->next) {
			if (!leave_out(job, recipient))
				continue;
			job->destination->touched = true;
			if (job->recipient_count == 0)
				job_free(q, take_after(&s->ahead, before));
			return true;
		}
	}
	return false;
}

/* Those that may go round the site do; the others stay. */
static void lead_round(struct queue *q, struct site *s, const struct fault *f)
{
	for (size_t i = 0; i < s->destination_count;) {
		struct destination *d = s->destinations[i];
		if (sticky_may_pass(d) && d->row.hops.hop_until_ms <= q->wall_ms)
			destination_failed(q, d, f, HOP_BLOCKED);    /* and is no longer among them */
		else
			i++;
	}
}

void site_blocked(struct queue *q, struct site *s, const struct fault *f)
{
	for (size_t i = 0; i < s->destination_count; i++) {
		const struct destination *d = s->destinations[i];
		if (!sticky_may_pass(d))
			continue;
		sticky_block(q, s->hosts, d->hop_rules.blocked_stay_ms, d->hops.items[d->row.hops.hop + 1], f);
		lead_round(q, s, f);
		return;
	}
}

void site_took(struct queue *q, struct site *s)
{
	struct sticky *k = q->stickies ? sticky_find(q, s->hosts) : NULL;

	if (k && fallback_is_over(&k->row.block, q->wall_ms))
		sticky_end(q, k, "it takes mail from this host again");
}

/* Before the destinations are told: distrust of this host moves mail, and so does a trial that cannot be held. */
static void learn_of_failure(struct queue *q, struct site *s, const struct fault *f)
{
	if (fallback_is_block(f)) {
		site_blocked(q, s, f);
	} else if (sticky_is_on_trial(q, s->hosts)) {
		sticky_put_off(q, sticky_find(q, s->hosts), f);
		lead_round(q, s, f);
	}
}

void site_failed(struct queue *q, struct site *s, const struct fault *f, bool unreachable)
{
	unsigned open = open_sessions(q, s);

	if (open > 0) {
		s->limit = open;
		return;
	}
	s->fault = *f;
	if (s->fault.kind == FAULT_NONE)
		fault_set(&s->fault, FAULT_TEMPORARY, "4.4.2", "the session ended without a reason");
	s->fault.kind = FAULT_TEMPORARY;    /* it says something of this host or that one, not of a recipient */
	s->fault.status[0] = '4';
	s->how = unreachable ? HOP_UNREACHABLE : HOP_TEMPORARY;
	s->bad_until_boot_ms = q->boot_ms + q->rules.retry_min_ms / 2;
	s->limit = 0;
	s->fruitless = 0;
	learn_of_failure(q, s, &s->fault);
	while (s->destination_count > 0)
		destination_failed(q, s->destinations[0], &s->fault, s->how);
}

void site_forgive(struct queue *q)
{
	for (struct site *s = q->sites; s; s = s->next)
		s->bad_until_boot_ms = 0;
}

void site_reached(struct queue *q, struct site *s)
{
	s->bad_until_boot_ms = 0;
	for (size_t i = 0; i < s->destination_count; i++)
		destination_reached(q, s->destinations[i]);
}

static bool is_needed(const struct queue *q, const struct site *s)
{
	return s->destination_count > 0 || s->sessions > 0 || s->ahead.count > 0 || s->bad_until_boot_ms > q->boot_ms;
}

static void free_unneeded(struct queue *q)
{
	for (struct site **at = &q->sites; *at;) {
		struct site *s = *at;
		if (is_needed(q, s)) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		targets_free(s->targets, s->target_count);
		free(s->destinations);
		free(s->domain);
		free(s->hosts);
		free(s->key);
		free(s);
	}
}

/* ---- work ---- */

static struct job *next_job(struct queue *q, struct site *s)
{
	for (size_t i = 0; i < s->destination_count; i++) {
		s->turn = (s->turn + 1) % s->destination_count;
		struct destination *d = s->destinations[s->turn];
		struct job *job = d->more && d->state == DESTINATION_OPEN ? destination_pick(q, d) : NULL;
		if (job)
			return job;
	}
	return NULL;
}

static void fill(struct queue *q, struct site *s)
{
	unsigned open = 0;
	size_t want = AHEAD_FIRST, sent = 0;
	struct job *job;

	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		if (x->site == s && x->state == SMTP_OPEN) {
			want += x->credits;
			sent += x->sent.count;
			open++;
		}
	want += AHEAD_PER_SESSION * (size_t)open;
	if (want > AHEAD_MAX)
		want = AHEAD_MAX;
	if (sticky_is_on_trial(q, s->hosts))
		want = sent == 0;
	/* A few of its own are every site's right, however much others have in memory. */
	while (s->ahead.count < want && (q->job_count < JOBS_MAX || s->ahead.count < AHEAD_FIRST) &&
	       (job = next_job(q, s)) != NULL) {
		if (hop_signs(s->smarthost))
			mail_sign(q, job->mail);
		job_list_add(&s->ahead, job);
	}
}

/* The first that is signed, or needs not be; those that cannot be are put back with their reason. */
static struct job *take_signed(struct queue *q, struct site *s)
{
	struct job *before = NULL;

	if (!hop_signs(s->smarthost))
		return job_list_take(&s->ahead, 0);
	for (struct job *job = s->ahead.first; job;) {
		struct mail *m = job->mail;
		struct job *next = job->next;
		struct fault lost;
		if (m->signing == MAIL_UNSIGNED)
			mail_sign(q, m);
		if (m->signing == MAIL_SIGNED && m->missing) {
			fault_set(&lost, FAULT_TEMPORARY, "4.3.0", "the text of this message cannot be read from the spool");
			outcome_of_whole_job(q, take_after(&s->ahead, before), &lost, false);
		} else if (m->signing == MAIL_SIGNED && m->sign_fault.kind == FAULT_TEMPORARY) {
			outcome_of_whole_job(q, take_after(&s->ahead, before), &m->sign_fault, false);
		} else if (m->signing == MAIL_SIGNED) {
			return take_after(&s->ahead, before);
		} else {
			before = job;
		}
		job = next;
	}
	return NULL;
}

static void hand_out(struct queue *q, struct site *s)
{
	struct job *job;

	for (struct smtp_session *x = q->sessions; x; x = x->next) {
		if (x->site != s || x->state != SMTP_OPEN)
			continue;
		while (x->credits > 0 && (job = take_signed(q, s)) != NULL) {
			if (session_deliver(q, x, job))
				continue;
			struct fault lost;
			fault_set(&lost, FAULT_TEMPORARY, "4.3.0", "the text of this message cannot be read from the spool");
			outcome_of_whole_job(q, job, &lost, false);
		}
	}
}

static bool has_more(const struct site *s)
{
	for (size_t i = 0; i < s->destination_count; i++)
		if (s->destinations[i]->more)
			return true;
	return false;
}

static unsigned limit_of(const struct queue *q, const struct site *s)
{
	unsigned set = s->smarthost && s->smarthost->sessions ? s->smarthost->sessions : q->settings->sessions_per_site;

	if (sticky_is_on_trial(q, s->hosts))
		return 1;
	return s->limit && s->limit < set ? s->limit : set;
}

static void grow(struct queue *q, struct site *s)
{
	struct session_need need = {
		.open = s->sessions, .limit = limit_of(q, s),
		.total = q->session_count, .total_limit = q->settings->sessions,
		.work = s->ahead.count, .more_work = has_more(s) && s->ahead.count > AHEAD_FIRST,
	};

	for (const struct smtp_session *x = q->sessions; x; x = x->next) {
		need.dialling += x->site == s && (x->state == SMTP_SPAWNED || x->state == SMTP_DIALLING);
		need.usable += x->site == s && x->state <= SMTP_OPEN;
	}
	if (schedule_wants_session(&need))
		session_spawn(q, s);
}

/* Of the sites that have work and no session, the one that has waited longest; NULL: none. */
static struct site *longest_waiting(struct queue *q)
{
	struct site *first = NULL;

	for (struct site *s = q->sites; s; s = s->next) {
		if (s->sessions > 0 || s->ahead.count == 0) {
			s->waits_since_ms = 0;
			continue;
		}
		if (s->waits_since_ms == 0)
			s->waits_since_ms = q->boot_ms;
		if (first == NULL || s->waits_since_ms <= first->waits_since_ms)
			first = s;
	}
	return first;
}

/* Places go to who has none before anyone gets a second. */
static void spawn(struct queue *q)
{
	struct site *s;

	while (q->session_count < q->settings->sessions && (s = longest_waiting(q)) != NULL)
		session_spawn(q, s);
	for (s = q->sites; s; s = s->next)
		if (s->sessions > 0)
			grow(q, s);
}

/* A place is wanted by a site that has none. */
static bool places_are_short(struct queue *q)
{
	return q->session_count >= q->settings->sessions && longest_waiting(q) != NULL;
}

static void quit_idle(struct queue *q, bool at_once)
{
	if (q->store_bad)
		return;                  /* their outcomes are not committed */
	for (struct smtp_session *x = q->sessions; x; x = x->next) {
		bool idle = x->state == SMTP_OPEN && x->sent.count == 0 && x->uncommitted == 0 &&
		            (q->draining || x->site->ahead.count == 0);
		if (!idle)
			x->idle_boot_ms = 0;
		else if (x->idle_boot_ms == 0)
			x->idle_boot_ms = q->boot_ms;
		if (idle && (at_once || q->boot_ms - x->idle_boot_ms >= LINGER_MS))
			session_quit(q, x);
	}
}

void site_dispatch(struct queue *q)
{
	bool works = !q->store_bad && !q->draining;

	for (struct site *s = q->sites; s && works; s = s->next) {
		fill(q, s);
		hand_out(q, s);
		fill(q, s);
	}
	if (works)
		spawn(q);
	quit_idle(q, q->draining || places_are_short(q));
	free_unneeded(q);
}
