/* SPDX-License-Identifier: ISC */
#include "signet/way/way.h"

#include "base/conf/key_choice.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "dns/dane.h"
#include "relay/route/local_mail.h"
#include "relay/route/sender.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* ---- addresses ---- */

/* A bare address gets the configured domain, as pickup would give it. */
static int find_domain(const struct settings *s, struct span address, struct buf *out, struct fault *f)
{
	struct span domain = address_domain(address);
	struct buf ascii = { 0 };
	int result = idn_domain(domain.len > 0 ? domain : span_of(s->domain), &ascii, f);

	if (result == 0 && domain_normalise(buf_span(&ascii), out) < 0) {
		buf_clear(out);
		buf_add_span(out, buf_span(&ascii));     /* an address literal */
	}
	buf_free(&ascii);
	return result;
}

static int find_sender(const char *from, struct way *w, struct fault *f)
{
	const struct settings *s = w->settings;

	bool is_null = from && (from[0] == '\0' || strcmp(from, "<>") == 0);
	if (is_null || (from == NULL && s->from[0] == '\0')) {
		buf_add_text(&w->sender, from ? "<>" : "");
		buf_add_text(&w->from_domain, s->domain);
		return 0;
	}
	struct buf ascii = { 0 };
	int result = from == NULL ? 0 : address_check(span_of(from), f) < 0 ? -1 : idn_address(span_of(from), &ascii, f);
	if (from == NULL)
		buf_add_text(&w->sender, s->from);
	else if (result == 0)
		sender_rewrite(s, buf_span(&ascii), &w->sender);
	buf_free(&ascii);
	return result < 0 ? -1 : find_domain(s, buf_span(&w->sender), &w->from_domain, f);
}

/* ---- planning ---- */

static void note_done(void *context)
{
	*(bool *)context = true;
}

static void find_dane(struct dns *dns, struct mx_plan *plan, uint16_t port)
{
	bool done = false;

	dane_find(dns, plan->targets, plan->count, port, note_done, &done);
	while (!done) {
		struct pollfd p = { .fd = dns_fd(dns), .events = POLLIN };
		if (poll(&p, 1, DNS_PATIENCE_MS) < 0 && errno != EINTR)
			abort();
		dns_process(dns);
	}
}

static void find_sts(struct dns *dns, const char *domain, struct buf *id)
{
	struct buf name = { 0 };
	struct dns_answer a;

	buf_printf(&name, "_mta-sts.%s", domain);
	if (dns_name_is_valid(buf_text(&name))) {
		dns_ask(dns, buf_text(&name), DNS_TXT, &a);
		if (a.fault.kind == FAULT_NONE && !sts_record_read(a.records, a.count, id))
			buf_clear(id);
		dns_answer_free(&a);
	}
	buf_free(&name);
}

static void add_hop(struct way *w, struct dns *dns, const char *name)
{
	w->hops = mem_resize(w->hops, w->hop_count + 1, sizeof *w->hops);
	struct way_hop *hop = &w->hops[w->hop_count++];

	*hop = (struct way_hop){ .name = name, .smarthost = settings_smarthost(w->settings, name) };
	hop->kind = hop_plan(hop->smarthost, buf_text(&w->domain), &hop->asked);
	if (dns) {
		const struct settings *s = w->settings;
		struct mx_plan *plan = &hop->plan;
		if (hop_proxy(s, hop->smarthost)[0] == '\0' || !mx_plan_by_name(hop->kind, buf_text(&hop->asked), plan))
			mx_plan_now(dns, hop->kind, buf_text(&hop->asked), s->hostname, plan);
		hop->planned = true;
		if (hop->kind == PLAN_MX) {
			find_dane(dns, plan, s->mx_port);
			find_sts(dns, buf_text(&hop->asked), &hop->sts_id);
		}
		if (plan->fault.kind == FAULT_NONE)
			hop_keep_families(s, hop->smarthost, plan->targets, &plan->count, &plan->fault);
		hop_limits(s, hop->smarthost, plan->targets, plan->count, &hop->limits);
	}
}

/* ---- the way ---- */

/* True: mail for reader stays here, in a mailbox or nowhere. False: the routes say where it goes. */
static bool stays_here(struct way *w, const struct routes *r, struct span reader)
{
	struct span final;

	if (routes_reader(r, reader, &final, &w->trouble) < 0) {
		buf_clear(&w->reader);
		w->end = WAY_LOCAL;
		return true;
	}
	if (!routes_to_mailbox(r, reader, &w->route))
		return false;
	buf_clear(&w->domain);
	local_mail_user(reader, &w->domain);
	add_hop(w, NULL, LOCAL_HOP);
	w->hops[0].planned = true;
	w->end = WAY_FOUND;
	return true;
}

static void use_route(struct way *w, struct dns *dns, enum route_answer answer)
{
	w->end = answer == ROUTE_FOUND ? WAY_FOUND : answer == ROUTE_HOLDS ? WAY_ON_HOLD : answer == ROUTE_NONE ? WAY_NONE : WAY_NEEDS_MX;
	for (size_t i = 0; w->end == WAY_FOUND && i < w->route.via->count; i++)
		add_hop(w, dns, w->route.via->items[i]);
}

/* Asks again with the MX when a rule before any other match needs them, or our own name does. */
static int find_route(struct way *w, struct routes *r, struct dns *dns, const char *address, struct fault *f)
{
	const char *reader = routes_settled_of(r, address);

	buf_clear(&w->reader);
	buf_clear(&w->domain);
	if (reader != address)
		buf_add_text(&w->reader, reader);
	if (find_domain(w->settings, span_of(reader), &w->domain, f) < 0)
		return -1;
	if (stays_here(w, r, span_of(reader)))
		return 0;
	struct route_question q = { .domain = buf_span(&w->domain), .sender = buf_span(&w->sender) };
	enum route_answer answer = route_find(r, &q, &w->route);
	if (answer != ROUTE_NEEDS_MX || dns == NULL) {
		use_route(w, dns, answer);
		return 0;
	}
	/* As the queue does with the answer (relay/queue/planned.h): trouble first, then what it says of our own name. */
	struct text_list hosts = { 0 };
	struct mx_plan plan = { 0 };
	int result = 0;
	mx_plan_now(dns, PLAN_MX, buf_text(&w->domain), w->settings->hostname, &plan);
	routes_learn_hostname_mx(r, buf_span(&w->domain), plan.fault.kind, plan.mx_elsewhere);
	for (size_t i = 0; i < plan.count; i++)
		text_list_add(&hosts, span_of(plan.targets[i].host));
	w->trouble = plan.fault;
	w->unconfirmed = plan.unconfirmed;
	mx_plan_free(&plan);
	q.mx_hosts = &hosts;
	if (routes_is_local(r, span_of(reader)))
		result = find_route(w, r, dns, address, f);
	else if (w->trouble.kind == FAULT_NONE)
		use_route(w, dns, route_find(r, &q, &w->route));
	else
		w->end = WAY_NO_MX;
	text_list_free(&hosts);
	return result;
}

static int find_way(struct routes *r, struct dns *dns, const char *address, const char *from, struct way *out, struct fault *f)
{
	const struct settings *s = routes_settings(r);
	struct buf ascii = { 0 };

	*out = (struct way){ .settings = s };
	buf_add_text(&out->address, address);
	int result = address_check(span_of(address), f) < 0 || idn_address(span_of(address), &ascii, f) < 0 ||
	             find_sender(from, out, f) < 0 || find_route(out, r, dns, buf_text(&ascii), f) < 0 ? -1 : 0;
	buf_free(&ascii);
	if (result < 0) {
		way_free(out);
		return -1;
	}
	out->keys = mem_alloc((s->dkim_count + 1) * sizeof *out->keys);
	out->key_count = key_choice(s, buf_span(&out->from_domain), out->keys);
	keyset_read(s, &out->read);
	return 0;
}

int way_find_recipient(struct routes *r, struct dns *dns, const struct alias_recipient *recipient, const char *asked,
                       const char *from, struct way *out, struct fault *f)
{
	const struct settings *s = routes_settings(r);
	bool goes_on = recipient->verdict == ALIAS_LEAVES || (recipient->verdict == ALIAS_STAYS && settings_deliver_locally(s));
	/* If no alias applied, root's reader is shown as such, unless the mail is held. */
	bool by_root = recipient->place.alias == NULL && recipient->why[0] == '\0' && routes_is_local(r, span_of(asked)) &&
	               !local_mail_maps(s, span_of(asked)) && strcmp(recipient->address, asked) != 0;

	if (local_mail_program(span_of(recipient->address)).len > 0) {
		*out = (struct way){ .settings = s };
		buf_add_text(&out->address, recipient->address);
		stays_here(out, r, span_of(recipient->address));
	} else if (goes_on || recipient->place.alias == NULL) {
		if (find_way(r, dns, recipient->address, from, out, f) < 0)
			return -1;
		if (by_root) {
			buf_clear(&out->reader);
			buf_add_text(&out->reader, recipient->address);
		}
	} else {
		*out = (struct way){ .settings = s };
		buf_add_text(&out->address, recipient->address);
		out->end = recipient->verdict == ALIAS_STAYS ? WAY_LOCAL : WAY_REFUSED;
		fault_set(&out->trouble, FAULT_PERMANENT, recipient->status, "%s", recipient->why);
	}
	if (recipient->place.alias)
		buf_printf(&out->alias, "%s (%s:%u)", recipient->place.alias->name, recipient->file, recipient->line);
	return 0;
}

/* ---- what becomes of it ---- */

static enum way_fate fate_of_trouble(enum hop_trouble trouble)
{
	return trouble == HOP_PLAN_FINAL ? WAY_RETURNED : trouble == HOP_PLAN_UNCONFIRMED ? WAY_RETURNED_LATER : WAY_WAITS;
}

enum way_fate way_fate(const struct way *w, size_t *hop)
{
	*hop = 0;
	if (w->end == WAY_LOCAL || w->end == WAY_NONE || w->end == WAY_ON_HOLD)
		return WAY_HELD;
	if (w->end == WAY_REFUSED)
		return WAY_RETURNED;
	if (w->end == WAY_NO_MX)
		return fate_of_trouble(hop_plan_trouble(true, 0, &w->trouble, w->unconfirmed));
	for (size_t i = 0; w->end == WAY_FOUND && i < w->hop_count && w->hops[i].planned; i++) {
		const struct mx_plan *plan = &w->hops[i].plan;
		bool is_mx = w->hops[i].smarthost == NULL;
		*hop = i;
		if (plan->fault.kind == FAULT_NONE && way_sticky(w, i).way != STICKY_PASSED_BY)
			return WAY_SENT;
		enum hop_trouble trouble = hop_plan_trouble(is_mx, i, &plan->fault, plan->unconfirmed);
		if (plan->fault.kind != FAULT_NONE &&
		    (trouble != HOP_PLAN_USELESS || i + 1 == w->hop_count || !(w->route.fallback_on & FALLBACK_UNREACHABLE)))
			return fate_of_trouble(trouble);
	}
	return w->end == WAY_FOUND && w->hop_count > 0 && w->hops[0].planned ? WAY_WAITS : WAY_UNKNOWN;
}

struct sticky_hop way_sticky(const struct way *w, size_t hop)
{
	const struct way_hop *h = &w->hops[hop];

	return sticky_of_hop(&w->sticky, h->smarthost ? h->name : NULL, h->plan.targets, h->plan.count,
	                     buf_span(&w->domain), route_passes_blocked(&w->route, hop));
}

const struct control_detour *way_detour(const struct way *w, size_t hop, bool *straight)
{
	const struct way_hop *h = &w->hops[hop];

	return h->smarthost == NULL && h->planned ? sticky_detour(&w->sticky, h->plan.targets, h->plan.count, straight) : NULL;
}

/* ---- TLS ---- */

static int take_policy(void *context, struct span row)
{
	struct way *w = context;

	control_policy_free(&w->policy);
	control_policy_decode(row, &w->policy);
	return 0;
}

void way_ask_policy(struct way *w)
{
	struct submit_query query = { (enum submit_operation)CONTROL_POLICY, buf_span(&w->domain) };
	struct sts_policy policy;
	struct fault f;

	control_ask(w->settings->control, query, take_policy, w, NULL, &f);
	if (w->policy.policy == NULL || sts_policy_read(span_of(w->policy.policy), &policy, &f) < 0)
		return;
	for (size_t i = 0; i < w->hop_count; i++) {
		struct mx_plan *plan = &w->hops[i].plan;
		for (size_t k = 0; w->hops[i].kind == PLAN_MX && k < plan->count; k++) {
			plan->targets[k].sts = policy.mode;
			plan->targets[k].sts_listed = sts_policy_lists(&policy, plan->targets[k].host);
		}
	}
	sts_policy_free(&policy);
}

const char *way_tls(const struct way *w, const struct way_hop *hop, const struct target *t, struct fault *refused)
{
	enum tls_level setting = hop->smarthost ? hop->smarthost->tls : w->settings->mx_tls;
	struct tls_demand demand;

	tls_demand_find(setting, t, &demand);
	*refused = demand.refused;
	bool plain = demand.source == TLS_BY_SETTING && !demand.sts_testing;
	return plain ? tls_level_name(demand.level) : tls_demand_name(&demand);
}

void way_free(struct way *w)
{
	for (size_t i = 0; i < w->hop_count; i++) {
		mx_plan_free(&w->hops[i].plan);
		buf_free(&w->hops[i].asked);
		buf_free(&w->hops[i].sts_id);
	}
	free(w->hops);
	free(w->keys);
	sticky_list_free(&w->sticky);
	control_policy_free(&w->policy);
	keyset_free(&w->read);
	buf_free(&w->address);
	buf_free(&w->alias);
	buf_free(&w->reader);
	buf_free(&w->domain);
	buf_free(&w->sender);
	buf_free(&w->from_domain);
	*w = (struct way){ 0 };
}
