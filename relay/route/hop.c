/* SPDX-License-Identifier: ISC */
#include "relay/route/hop.h"

#include <stdlib.h>

enum plan_kind hop_plan(const struct smarthost *hop, const char *domain, struct buf *name)
{
	if (hop && hop->hosts.count > 0) {
		for (size_t i = 0; i < hop->hosts.count; i++)
			buf_printf(name, "%s%s", i > 0 ? "," : "", hop->hosts.items[i]);
		return PLAN_LIST;
	}
	buf_add_text(name, hop && !smarthost_is_local(hop) ? hop->host : domain);
	if (hop == NULL)
		return PLAN_MX;
	if (smarthost_is_local(hop))
		return PLAN_USER;
	if (strcmp(hop->pool, "srv") == 0)
		return PLAN_SRV;
	return strcmp(hop->pool, "mx") == 0 ? PLAN_MX_POOL : PLAN_HOST;
}

const char *hop_proxy(const struct settings *s, const struct smarthost *hop)
{
	const char *proxy = hop == NULL ? s->mx_proxy : hop->proxy;

	return proxy ? proxy : "";
}

/* ---- families ---- */

static void keep_families(const struct text_list *families, struct target *t)
{
	struct ip_address *kept = mem_alloc((t->address_count + 1) * sizeof *kept);
	size_t count = 0;

	for (size_t i = 0; i < families->count; i++) {
		int family = strcmp(families->items[i], "ipv4") == 0 ? 4 : strcmp(families->items[i], "ipv6") == 0 ? 6 : 0;
		for (size_t k = 0; k < t->address_count && count < t->address_count; k++)
			if (t->addresses[k].family == family)
				kept[count++] = t->addresses[k];
	}
	free(t->addresses);
	t->addresses = kept;
	t->address_count = count;
}

int hop_keep_families(const struct settings *s, const struct smarthost *hop, struct target *targets, size_t *count,
                      struct fault *f)
{
	const struct text_list *families = hop ? &hop->families : &s->mx_families;
	size_t kept = 0, given = *count;

	if (families->count == 0 || strcmp(families->items[0], "any") == 0)
		return 0;
	for (size_t i = 0; i < given; i++) {
		bool by_name = targets[i].address_count == 0;
		keep_families(families, &targets[i]);
		if (targets[i].address_count > 0 || by_name)
			targets[kept++] = targets[i];
		else if (kept == 0 && i + 1 == given)
			fault_set(f, FAULT_TEMPORARY, "4.4.4", "%s has no address of the families that %s allows (%s%s%s)",
			          targets[i].host, hop ? "its smarthost's setting families" : "the setting mx_families",
			          families->items[0], families->count > 1 ? ", " : "", families->count > 1 ? families->items[1] : "");
		if (targets[i].address_count == 0 && !by_name)
			target_free(&targets[i]);
	}
	*count = kept;
	return kept == 0 && given > 0 ? -1 : 0;
}

void hop_drop_families(unsigned families, struct target *targets, size_t *count)
{
	size_t kept = 0, given = *count;

	for (size_t i = 0; i < given; i++) {
		struct target *t = &targets[i];
		size_t had = t->address_count, left = 0;
		for (size_t k = 0; k < had; k++)
			if (!(families & (t->addresses[k].family == 6 ? FAMILY_IPV6 : FAMILY_IPV4)))
				t->addresses[left++] = t->addresses[k];
		t->address_count = left;
		if (left > 0 || had == 0)
			targets[kept++] = *t;
		else
			target_free(t);
	}
	*count = kept;
}

/* ---- source ---- */

enum hop_trouble hop_plan_trouble(bool is_mx, size_t hop, const struct fault *f, bool unconfirmed)
{
	if (f->kind == FAULT_TEMPORARY)
		return HOP_PLAN_RETRY;
	if (!is_mx || hop > 0)
		return HOP_PLAN_USELESS;
	return unconfirmed ? HOP_PLAN_UNCONFIRMED : HOP_PLAN_FINAL;
}

void hop_source(const struct settings *s, const struct smarthost *hop, struct ip_address source[2])
{
	const struct text_list *given = hop ? &hop->source : &s->mx_source;
	struct ip_address a;

	source[0] = source[1] = (struct ip_address){ 0 };
	for (size_t i = 0; i < given->count; i++)
		if (ip_address_parse(span_of(given->items[i]), &a))
			source[a.family == 6] = a;
}

/* ---- limits ---- */

static struct rate rate_of(uint32_t count)
{
	return (struct rate){ .count = count };
}

static bool is_less(const struct rate *a, const struct rate *b)
{
	if (a->window_ms == 0 || b->window_ms == 0)
		return a->count < b->count;
	return (double)a->count / (double)a->window_ms < (double)b->count / (double)b->window_ms;
}

static void lower_limit(struct hop_limit *limit, const struct receiver_limits *receiver, struct rate most)
{
	if (most.count == 0 || limit->setting || (limit->receiver && !is_less(&most, &limit->most)))
		return;
	limit->most = most;
	limit->receiver = receiver;
}

void hop_limits(const struct settings *s, const struct smarthost *hop, const struct target *targets, size_t count,
                struct hop_limits *out)
{
	if (hop) {
		*out = (struct hop_limits){ {
			[HOP_SESSIONS] = { rate_of(hop->sessions), "sessions", NULL },
			[HOP_MESSAGES] = { rate_of(hop->messages_per_session), "messages_per_session", NULL },
			[HOP_RECIPIENTS] = { rate_of(hop->recipients_per_message), "recipients_per_message", NULL },
			[HOP_RATE] = { hop->rate, "rate", NULL },
		} };
		return;
	}
	*out = (struct hop_limits){ {
		[HOP_SESSIONS] = { rate_of(s->sessions_per_site), s->said.sessions_per_site ? "sessions_per_site" : NULL, NULL },
		[HOP_MESSAGES] = { rate_of(s->messages_per_session), s->said.messages_per_session ? "messages_per_session" : NULL,
		                   NULL },
		[HOP_RECIPIENTS] = { rate_of(s->recipients_per_message),
		                     s->said.recipients_per_message ? "recipients_per_message" : NULL, NULL },
		[HOP_RATE] = { s->mx_rate, s->said.mx_rate ? "mx_rate" : NULL, NULL },
	} };
	for (size_t i = 0; i < count; i++) {
		const struct receiver_limits *r = receiver_limits_of(span_of(targets[i].host));
		if (r == NULL)
			continue;
		lower_limit(&out->of[HOP_SESSIONS], r, rate_of(r->sessions));
		lower_limit(&out->of[HOP_MESSAGES], r, rate_of(r->messages));
		lower_limit(&out->of[HOP_RECIPIENTS], r, rate_of(r->recipients));
		lower_limit(&out->of[HOP_RATE], r, r->rate);
	}
}
