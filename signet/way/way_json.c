/* SPDX-License-Identifier: ISC */
/* The way for a program: one object. What does not apply is "", null, false or empty. */
#include "signet/way/way.h"

#include "base/conf/key_choice.h"
#include "base/json.h"

static const char *const ends[] = {
	[WAY_FOUND] = "found", [WAY_LOCAL] = "local", [WAY_REFUSED] = "refused", [WAY_NONE] = "none", [WAY_ON_HOLD] = "hold", [WAY_NEEDS_MX] = "needs-mx",
	[WAY_NO_MX] = "no-mx",
};
static const char *const fates[] = {
	[WAY_UNKNOWN] = "unknown", [WAY_SENT] = "sent", [WAY_WAITS] = "waits", [WAY_HELD] = "held", [WAY_RETURNED] = "returned",
	[WAY_RETURNED_LATER] = "returned-later",
};
static const char *const kinds[PLAN_KINDS] = {
	[PLAN_MX] = "mx", [PLAN_HOST] = "host", [PLAN_SRV] = "srv-pool", [PLAN_MX_POOL] = "mx-pool", [PLAN_LIST] = "list-pool",
	[PLAN_USER] = "mailbox",
};
static const char *const dane_names[] = {
	[DANE_NONE] = "none", [DANE_USABLE] = "usable", [DANE_UNUSABLE] = "unusable", [DANE_FAILED] = "failed",
};

static void add_texts(struct json *j, const char *name, const struct text_list *list)
{
	json_array(j, name);
	for (size_t i = 0; i < list->count; i++)
		json_text(j, NULL, list->items[i]);
	json_end(j);
}

static void add_target(struct json *j, const struct way *w, const struct way_hop *hop, const struct target *t)
{
	struct fault refused;
	const char *tls = way_tls(w, hop, t, &refused);

	json_object(j, NULL);
	json_text(j, "host", t->host);
	json_count(j, "preference", t->preference);
	json_count(j, "weight", t->weight);
	json_count(j, "port", t->port);
	json_flag(j, "implicit_tls", t->implicit_tls);
	json_flag(j, "dnssec", t->secure);
	json_flag(j, "host_is_known", t->host_is_known);
	json_text(j, "dane", dane_names[t->dane]);
	json_text(j, "tlsa_base", t->tlsa_base ? t->tlsa_base : "");
	json_text(j, "tls", tls);
	json_text(j, "not_used", refused.text);
	struct buf printed = { 0 };
	json_array(j, "addresses");
	for (size_t i = 0; i < t->address_count; i++) {
		buf_clear(&printed);
		ip_address_print(&t->addresses[i], &printed);
		json_text(j, NULL, buf_text(&printed));
	}
	json_end(j);
	buf_free(&printed);
	json_end(j);
}

static void add_limits(struct json *j, const struct way_hop *hop)
{
	static const char *const names[HOP_LIMITS] = {
		[HOP_SESSIONS] = "sessions", [HOP_MESSAGES] = "messages_per_session", [HOP_RECIPIENTS] = "recipients_per_message",
		[HOP_RATE] = "rate",
	};

	if (!hop->planned) {
		json_null(j, "limits");
		return;
	}
	json_object(j, "limits");
	for (size_t i = 0; i < HOP_LIMITS; i++) {
		const struct hop_limit *l = &hop->limits.of[i];
		json_object(j, names[i]);
		json_count(j, "most", l->most.count);
		json_number(j, "window_ms", l->most.window_ms);
		json_text(j, "setting", l->setting ? l->setting : "");
		json_text(j, "receiver", l->receiver ? l->receiver->receiver : "");
		json_text(j, "source", l->receiver ? l->receiver->source : "");
		json_end(j);
	}
	json_end(j);
}

/* What only signetd knows is null where it was not asked or did not say. */
static void add_known_flag(struct json *j, const char *name, bool known, bool value)
{
	if (known)
		json_flag(j, name, value);
	else
		json_null(j, name);
}

static void add_sticky(struct json *j, const struct way *w, size_t hop)
{
	const struct sticky_hop sticky = way_sticky(w, hop);
	const struct control_sticky *s = sticky.block;

	json_text(j, "not_from", sticky.way == STICKY_OTHER_ADDRESS ? s->address : "");
	add_known_flag(j, "distrusts", w->sticky.known, s != NULL);
	if (sticky.way != STICKY_PASSED_BY) {
		add_known_flag(j, "passed_by", w->sticky.known, false);
		return;
	}
	struct buf reply = { 0 };
	reply_print_words(&s->reply, &reply);
	json_object(j, "passed_by");
	json_number(j, "since", s->since_ms / 1000);
	json_number(j, "until", s->until_ms / 1000);
	json_span(j, "reply", buf_span(&reply));
	json_end(j);
	buf_free(&reply);
}

static void add_detour(struct json *j, const struct way *w, size_t hop)
{
	bool straight;
	const struct control_detour *d = way_detour(w, hop, &straight);

	if (d == NULL) {
		json_null(j, "detour");
		return;
	}
	json_object(j, "detour");
	json_text(j, "via", straight ? "" : d->via);
	json_count(j, "not_by_family", d->family);
	json_text(j, "address", d->address);
	json_text(j, "before", d->before);
	json_number(j, "since", d->since_ms / 1000);
	json_text(j, "why", d->why);
	json_end(j);
}

static void add_hop(struct json *j, const struct way *w, size_t index)
{
	const struct settings *s = w->settings;
	const struct way_hop *hop = &w->hops[index];
	const struct smarthost *h = hop->smarthost;

	json_object(j, NULL);
	json_text(j, "hop", hop->name);
	json_text(j, "kind", kinds[hop->kind]);
	json_span(j, "of", buf_span(&hop->asked));
	json_count(j, "port", h ? h->port : s->mx_port);
	json_flag(j, "implicit_tls", h && h->implicit_tls);
	json_text(j, "tls", tls_level_name(h ? h->tls : s->mx_tls));
	json_text(j, "user", h ? h->user : "");
	json_text(j, "proxy", hop_proxy(s, h));
	add_texts(j, "source", h ? &h->source : &s->mx_source);
	add_texts(j, "families", h ? &h->families : &s->mx_families);
	json_flag(j, "sign", hop_signs(h));
	json_text(j, "envelope_from", h ? h->envelope_from : "");
	json_flag(j, "planned", hop->planned);
	json_text(j, "status", hop->plan.fault.status);
	json_text(j, "reason", hop->plan.fault.text);
	json_span(j, "mta_sts_id", buf_span(&hop->sts_id));
	json_text(j, "mta_sts_known_id", hop->kind == PLAN_MX && w->policy.id ? w->policy.id : "");
	json_array(j, "targets");
	for (size_t i = 0; i < hop->plan.count; i++)
		add_target(j, w, hop, &hop->plan.targets[i]);
	json_end(j);
	add_limits(j, hop);
	add_sticky(j, w, index);
	add_detour(j, w, index);
	json_end(j);
}

static void add_rule(struct json *j, const struct way *w)
{
	if (w->end != WAY_FOUND || w->route.rule == SIZE_MAX) {
		json_null(j, "rule");
		return;
	}
	const struct route_rule *rule = &w->settings->routes[w->route.rule];
	json_object(j, "rule");
	json_count(j, "number", w->route.rule + 1);
	json_count(j, "line", rule->line);
	add_texts(j, "from", &rule->from);
	add_texts(j, "to", &rule->to);
	json_text(j, "table", rule->table);
	json_count(j, "table_line", w->route.line);
	json_end(j);
}

void way_print_json(const struct way *w, struct buf *out)
{
	struct json j = { .out = out };
	size_t hop;

	json_object(&j, NULL);
	json_span(&j, "address", buf_span(&w->address));
	json_span(&j, "alias", buf_span(&w->alias));
	json_span(&j, "domain", buf_span(&w->domain));
	json_span(&j, "sender", buf_span(&w->sender));
	json_span(&j, "reader", buf_span(&w->reader));
	json_text(&j, "route", ends[w->end]);
	json_text(&j, "outcome", fates[way_fate(w, &hop)]);
	json_text(&j, "trouble", w->trouble.text);
	add_rule(&j, w);
	json_array(&j, "hops");
	for (size_t i = 0; i < w->hop_count; i++)
		add_hop(&j, w, i);
	json_end(&j);
	json_array(&j, "keys");
	for (size_t i = 0; i < w->key_count; i++) {
		const struct dkim_key *k = w->keys[i];
		json_object(&j, NULL);
		json_span(&j, "domain", key_choice_domain(k, buf_span(&w->from_domain)));
		json_text(&j, "selector", k->selector);
		json_text(&j, "file", k->file);
		json_text(&j, "domainkeys_selector", k->domainkeys_selector);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	buf_add_byte(out, '\n');
}
