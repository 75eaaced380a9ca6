/* The way for a program: one object. What does not apply is "", null, false or empty. */
#include "signet/way.h"

#include "base/conf/key_choice.h"
#include "base/json.h"

#include <stdlib.h>

static const char *const ends[] = {
	[WAY_FOUND] = "found", [WAY_LOCAL] = "local", [WAY_NONE] = "none", [WAY_NEEDS_MX] = "needs-mx",
	[WAY_NO_MX] = "no-mx",
};
static const char *const fates[] = {
	[WAY_UNKNOWN] = "unknown", [WAY_SENT] = "sent", [WAY_WAITS] = "waits", [WAY_HELD] = "held", [WAY_RETURNED] = "returned",
	[WAY_RETURNED_LATER] = "returned-later",
};
static const char *const kinds[PLAN_KINDS] = {
	[PLAN_MX] = "mx", [PLAN_HOST] = "host", [PLAN_SRV] = "srv-pool", [PLAN_MX_POOL] = "mx-pool", [PLAN_LIST] = "list-pool",
};
static const char *const dane_names[] = {
	[DANE_NONE] = "none", [DANE_USABLE] = "usable", [DANE_UNUSABLE] = "unusable", [DANE_FAILED] = "failed",
};

static void next(struct buf *out)
{
	buf_add_text(out, ", ");
}

static void add_flag(struct buf *out, const char *name, bool value)
{
	buf_printf(out, "\"%s\": %s", name, value ? "true" : "false");
}

static void add_texts(struct buf *out, const char *name, const struct text_list *list)
{
	buf_printf(out, "\"%s\": [", name);
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			next(out);
		json_text(out, list->items[i]);
	}
	buf_add_byte(out, ']');
}

static void add_span(struct buf *out, const char *name, struct span value)
{
	char *z = mem_text_span(value);

	json_member(out, name, z);
	free(z);
}

static void add_addresses(struct buf *out, const struct target *t)
{
	struct text_list list = { 0 };
	struct buf printed = { 0 };

	for (size_t i = 0; i < t->address_count; i++) {
		buf_clear(&printed);
		ip_address_print(&t->addresses[i], &printed);
		text_list_add(&list, buf_span(&printed));
	}
	add_texts(out, "addresses", &list);
	text_list_free(&list);
	buf_free(&printed);
}

static void add_target(struct buf *out, const struct way *w, const struct way_hop *hop, const struct target *t)
{
	struct fault refused;
	const char *tls = way_tls(w, hop, t, &refused);

	buf_add_byte(out, '{');
	json_member(out, "host", t->host);
	buf_printf(out, ", \"preference\": %u, \"weight\": %u, \"port\": %u, ", t->preference, t->weight, t->port);
	add_flag(out, "implicit_tls", t->implicit_tls);
	next(out);
	add_flag(out, "dnssec", t->secure);
	next(out);
	add_flag(out, "host_is_known", t->host_is_known);
	next(out);
	json_member(out, "dane", dane_names[t->dane]);
	next(out);
	json_member(out, "tlsa_base", t->tlsa_base ? t->tlsa_base : "");
	next(out);
	json_member(out, "tls", tls);
	next(out);
	json_member(out, "not_used", refused.text);
	next(out);
	add_addresses(out, t);
	buf_add_byte(out, '}');
}

static void add_plan(struct buf *out, const struct way *w, const struct way_hop *hop)
{
	add_flag(out, "planned", hop->planned);
	next(out);
	json_member(out, "status", hop->plan.fault.status);
	next(out);
	json_member(out, "reason", hop->plan.fault.text);
	next(out);
	add_span(out, "mta_sts_id", buf_span(&hop->sts_id));
	next(out);
	json_member(out, "mta_sts_known_id", hop->kind == PLAN_MX && w->policy.id ? w->policy.id : "");
	buf_add_text(out, ", \"targets\": [");
	for (size_t i = 0; i < hop->plan.count; i++) {
		if (i > 0)
			next(out);
		add_target(out, w, hop, &hop->plan.targets[i]);
	}
	buf_add_byte(out, ']');
}

static void add_limits(struct buf *out, const struct way_hop *hop)
{
	static const char *const names[HOP_LIMITS] = {
		[HOP_SESSIONS] = "sessions", [HOP_MESSAGES] = "messages_per_session", [HOP_RECIPIENTS] = "recipients_per_message",
		[HOP_RATE] = "rate",
	};

	if (!hop->planned) {
		buf_add_text(out, "\"limits\": null");
		return;
	}
	buf_add_text(out, "\"limits\": {");
	for (size_t i = 0; i < HOP_LIMITS; i++) {
		const struct hop_limit *l = &hop->limits.of[i];
		buf_printf(out, "%s\"%s\": {\"most\": %u, \"window_ms\": %lld, ", i > 0 ? ", " : "", names[i], l->most.count,
		           (long long)l->most.window_ms);
		json_member(out, "setting", l->setting ? l->setting : "");
		next(out);
		json_member(out, "receiver", l->receiver ? l->receiver->receiver : "");
		next(out);
		json_member(out, "source", l->receiver ? l->receiver->source : "");
		buf_add_byte(out, '}');
	}
	buf_add_byte(out, '}');
}

static void add_sticky(struct buf *out, const struct way *w, size_t hop)
{
	const struct sticky_hop sticky = way_sticky(w, hop);
	const struct control_sticky *s = sticky.block;

	json_member(out, "not_from", sticky.way == STICKY_OTHER_ADDRESS ? s->address : "");
	buf_printf(out, ", \"distrusts\": %s, ", !w->sticky.known ? "null" : s ? "true" : "false");
	if (sticky.way != STICKY_PASSED_BY) {
		buf_printf(out, "\"passed_by\": %s", w->sticky.known ? "false" : "null");
		return;
	}
	buf_printf(out, "\"passed_by\": {\"since\": %lld, \"until\": %lld, ", (long long)(s->since_ms / 1000),
	           (long long)(s->until_ms / 1000));
	struct buf reply = { 0 };
	reply_print_words(&s->reply, &reply);
	add_span(out, "reply", buf_span(&reply));
	buf_free(&reply);
	buf_add_byte(out, '}');
}

static void add_hop(struct buf *out, const struct way *w, size_t index)
{
	const struct settings *s = w->settings;
	const struct way_hop *hop = &w->hops[index];
	const struct smarthost *h = hop->smarthost;

	buf_add_byte(out, '{');
	json_member(out, "hop", hop->name);
	next(out);
	json_member(out, "kind", kinds[hop->kind]);
	next(out);
	add_span(out, "of", buf_span(&hop->asked));
	buf_printf(out, ", \"port\": %u, ", h ? h->port : s->mx_port);
	add_flag(out, "implicit_tls", h && h->implicit_tls);
	next(out);
	json_member(out, "tls", tls_level_name(h ? h->tls : s->mx_tls));
	next(out);
	json_member(out, "user", h ? h->user : "");
	next(out);
	add_texts(out, "source", h ? &h->source : &s->mx_source);
	next(out);
	add_texts(out, "families", h ? &h->families : &s->mx_families);
	next(out);
	add_flag(out, "sign", hop_signs(h));
	next(out);
	json_member(out, "envelope_from", h ? h->envelope_from : "");
	next(out);
	add_plan(out, w, hop);
	next(out);
	add_limits(out, hop);
	next(out);
	add_sticky(out, w, index);
	buf_add_byte(out, '}');
}

static void add_rule(struct buf *out, const struct way *w)
{
	if (w->end != WAY_FOUND || w->route.rule == SIZE_MAX) {
		buf_add_text(out, "\"rule\": null");
		return;
	}
	const struct route_rule *rule = &w->settings->routes[w->route.rule];
	buf_printf(out, "\"rule\": {\"number\": %zu, \"line\": %u, ", w->route.rule + 1, rule->line);
	add_texts(out, "from", &rule->from);
	next(out);
	add_texts(out, "to", &rule->to);
	next(out);
	json_member(out, "table", rule->table);
	buf_printf(out, ", \"table_line\": %u}", w->route.line);
}

static void add_keys(struct buf *out, const struct way *w)
{
	buf_add_text(out, "\"keys\": [");
	for (size_t i = 0; i < w->key_count; i++) {
		const struct dkim_key *k = w->keys[i];
		buf_add_text(out, i > 0 ? ", {" : "{");
		add_span(out, "domain", key_choice_domain(k, buf_span(&w->from_domain)));
		next(out);
		json_member(out, "selector", k->selector);
		next(out);
		json_member(out, "file", k->file);
		next(out);
		json_member(out, "domainkeys_selector", k->domainkeys_selector);
		buf_add_byte(out, '}');
	}
	buf_add_byte(out, ']');
}

void way_print_json(const struct way *w, struct buf *out)
{
	size_t hop;

	buf_add_byte(out, '{');
	add_span(out, "domain", buf_span(&w->domain));
	next(out);
	add_span(out, "sender", buf_span(&w->sender));
	next(out);
	add_span(out, "reader", buf_span(&w->reader));
	next(out);
	json_member(out, "route", ends[w->end]);
	next(out);
	json_member(out, "outcome", fates[way_fate(w, &hop)]);
	next(out);
	json_member(out, "trouble", w->trouble.text);
	next(out);
	add_rule(out, w);
	next(out);
	buf_add_text(out, "\"hops\": [");
	for (size_t i = 0; i < w->hop_count; i++) {
		if (i > 0)
			next(out);
		add_hop(out, w, i);
	}
	buf_add_text(out, "], ");
	add_keys(out, w);
	buf_add_text(out, "}\n");
}
