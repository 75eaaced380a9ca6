/* SPDX-License-Identifier: ISC */
#include "relay/resolver/planner.h"

#include "relay/protocol.h"
#include "relay/resolver/policy_find.h"

#include <stdlib.h>
#include <sys/queue.h>

enum { TICKETS_STEP = 4 };

/* One look-up and all who asked for it. */
struct work {
	LIST_ENTRY(work) entry;
	struct planner *planner;
	enum plan_kind kind;
	char *name;
	char *proxy;                 /* its host; "" for none */
	struct sts_known sts;
	struct plan plan;
	uint64_t *tickets;
	size_t ticket_count;
};

struct planner {
	struct dns *dns;
	const struct settings *settings;
	struct channel *channel;
	LIST_HEAD(, work) works;
	size_t jobs;
};

struct planner *planner_new(struct dns *dns, const struct settings *settings, struct channel *channel)
{
	struct planner *p = mem_alloc(sizeof *p);

	*p = (struct planner){ .dns = dns, .settings = settings, .channel = channel };
	LIST_INIT(&p->works);
	return p;
}

void planner_free(struct planner *p)
{
	free(p);
}

bool planner_has_room(const struct planner *p)
{
	return p->jobs < PLANNER_JOBS_MAX && channel_unsent_bytes(p->channel) < PLANNER_UNSENT_MAX;
}

bool planner_is_idle(const struct planner *p)
{
	return p->jobs == 0;
}

static void finish_job(void *context)
{
	struct work *w = context;
	struct planner *p = w->planner;

	LIST_REMOVE(w, entry);
	for (size_t i = 0; i < w->ticket_count; i++) {
		w->plan.ticket = w->tickets[i];
		struct buf payload = { 0 };
		plan_encode(&w->plan, &payload);
		channel_put(p->channel, FRAME_PLANNED, buf_span(&payload), -1);
		buf_free(&payload);
	}
	p->jobs -= w->ticket_count;
	struct plan_job job = { .name = w->name, .proxy = w->proxy, .sts = w->sts };
	plan_job_free(&job);
	plan_free(&w->plan);
	free(w->tickets);
	free(w);
}

/* Each target gets the addresses of the proxy; without any there is no way to it. */
static void take_proxy(void *context, struct mx_plan *found)
{
	struct work *w = context;
	const struct target *proxy = found->count > 0 ? &found->targets[0] : NULL;

	for (size_t i = 0; proxy && i < w->plan.target_count; i++) {
		struct target *t = &w->plan.targets[i];
		t->proxies = mem_alloc(proxy->address_count * sizeof *t->proxies);
		memcpy(t->proxies, proxy->addresses, proxy->address_count * sizeof *t->proxies);
		t->proxy_count = proxy->address_count;
	}
	if (proxy == NULL) {
		targets_free(w->plan.targets, w->plan.target_count);
		w->plan.targets = NULL;
		w->plan.target_count = 0;
		fault_set(&w->plan.fault, FAULT_TEMPORARY, "4.4.4", "the proxy %s has no address, neither in /etc/hosts nor in the DNS; is its "
		          "name right in the configuration?", w->proxy);
	}
	mx_plan_free(found);
	finish_job(w);
}

static void find_proxy(void *context)
{
	struct work *w = context;

	if (w->proxy[0] && w->plan.target_count > 0)
		mx_plan_start(w->planner->dns, PLAN_HOST, w->proxy, w->planner->settings->hostname, take_proxy, w, NULL);
	else
		finish_job(w);
}

static void take_plan(void *context, struct mx_plan *found)
{
	struct work *w = context;
	struct planner *p = w->planner;

	w->plan = (struct plan){ .fault = found->fault, .mx_elsewhere = found->mx_elsewhere,
	                         .unconfirmed = found->unconfirmed, .targets = found->targets,
	                         .target_count = found->count };
	*found = (struct mx_plan){ 0 };
	if (w->kind == PLAN_MX && w->plan.target_count > 0)
		policy_find(p->dns, p->settings, w->name, &w->sts, &w->plan, find_proxy, w);
	else
		find_proxy(w);
}

static void add_ticket(struct work *w, uint64_t ticket)
{
	if (w->ticket_count % TICKETS_STEP == 0)
		w->tickets = mem_resize(w->tickets, w->ticket_count + TICKETS_STEP, sizeof *w->tickets);
	w->tickets[w->ticket_count++] = ticket;
	w->planner->jobs++;
}

/* One look-up serves all who ask the same with the same policy in mind. */
static struct work *find_work(const struct planner *p, const struct plan_job *job)
{
	struct work *w;

	LIST_FOREACH(w, &p->works, entry)
		if (w->kind == job->kind && span_eq_nocase(span_of(w->name), span_of(job->name)) && strcmp(w->proxy, job->proxy) == 0 &&
		    w->sts.wanted == job->sts.wanted && w->sts.fresh == job->sts.fresh &&
		    strcmp(w->sts.id, job->sts.id) == 0 && strcmp(w->sts.policy, job->sts.policy) == 0 &&
		    strcmp(w->sts.barred_id, job->sts.barred_id) == 0)
			return w;
	return NULL;
}

int planner_take(struct planner *p)
{
	struct frame frame;

	while (planner_has_room(p) && channel_next(p->channel, &frame)) {
		struct plan_job job;
		if (frame.type != FRAME_PLAN || frame.fd >= 0 || plan_job_decode(frame.payload, &job) < 0)
			return -1;
		struct work *w = find_work(p, &job);
		if (w) {
			add_ticket(w, job.ticket);
			plan_job_free(&job);
			continue;
		}
		w = mem_alloc(sizeof *w);
		/* What the job holds is the work's from now on. */
		*w = (struct work){ .planner = p, .kind = job.kind, .name = job.name, .proxy = job.proxy, .sts = job.sts };
		LIST_INSERT_HEAD(&p->works, w, entry);
		add_ticket(w, job.ticket);
		struct mx_plan plan;
		if (w->proxy[0] && mx_plan_by_name(w->kind, w->name, &plan))
			take_plan(w, &plan);
		else
			mx_plan_start(p->dns, w->kind, w->name, p->settings->hostname, take_plan, w, NULL);
	}
	return 0;
}
