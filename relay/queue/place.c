/* SPDX-License-Identifier: ISC */
#include "relay/queue/place.h"

#include "base/mail/address.h"
#include "relay/route/local_mail.h"

enum { BLOCKED_STAY_MS = 6 * 3600 * 1000 };   /* where fallback_for says nothing */

static void clear(struct place *p)
{
	buf_clear(&p->domain);
	via_free(&p->via);
	p->held = (struct fault){ 0 };
	p->by_route = false;
}

static bool has_hop(const struct text_list *via, const char *name)
{
	for (size_t i = 0; i < via->count; i++)
		if (strcmp(via->items[i], name) == 0)
			return true;
	return false;
}

static void set_domain(struct place *p, struct span domain)
{
	if (domain_normalise(domain, &p->domain) == 0)
		return;
	buf_clear(&p->domain);        /* an address literal */
	for (size_t i = 0; i < domain.len; i++)
		buf_add_byte(&p->domain, byte_lower(domain.at[i]));
}

/* Where the hops lead depends on the recipient's domain, or on the user whose mailbox it is; else all share one state. */
static void set_place(struct place *p, struct span address)
{
	if (has_hop(&p->via.names, LOCAL_HOP))
		local_mail_user(address, &p->domain);
	else if (has_hop(&p->via.names, "mx"))
		set_domain(p, address_domain(address));
}

static void hold(struct place *p, const char *format, struct span domain)
{
	clear(p);
	fault_set(&p->held, FAULT_TEMPORARY, "4.3.5", format, (int)domain.len, domain.at);
}

/* What rules call it: only a sender that one of them is for, so that others share a destination. */
static struct span sender_in_rules(const struct routes *r, struct span sender)
{
	if (sender.len == 0)
		sender = SPAN("<>");
	return route_minds_sender(r, sender) ? sender : SPAN("");
}

void place_of_report(const struct routes *r, const char *sender, struct place *out)
{
	place_find(r, span_of(routes_reader_of(r, sender)), SPAN(""), out);
}

bool place_encodes_report(const struct routes *r, const char *sender)
{
	struct route_question q = { .sender = SPAN("<>") };
	struct fault unknown = { 0 };
	struct span reader;

	if (routes_reader(r, span_of(routes_reader_of(r, sender)), &reader, &unknown) == 0)
		q.domain = address_domain(reader);
	return route_encodes_8bit(r, &q);
}

static void find_for_reader(const struct routes *r, struct span address, struct span sender, bool released, struct place *out)
{
	struct route_question q = { .sender = sender_in_rules(r, sender), .released = released };
	struct buf rule = { 0 };
	struct route route;
	struct span reader;

	clear(out);
	if (routes_reader(r, address, &reader, &out->held) < 0)
		return;
	q.domain = address_domain(reader);
	switch (routes_to_mailbox(r, reader, &route) ? ROUTE_FOUND : route_find(r, &q, &route)) {
	case ROUTE_NONE:
		hold(out, "no route to %.*s: set smarthost or routes in the configuration, then reload signetd", q.domain);
		break;
	case ROUTE_HOLDS:
		route_describe(routes_settings(r), &route, &rule);
		hold(out, "held by %.*s; signet queue release lets it go", buf_span(&rule));
		out->by_route = true;
		buf_free(&rule);
		break;
	case ROUTE_NEEDS_MX:
		set_domain(out, q.domain);
		out->via.kind = VIA_BY_MX;
		out->via.sender = mem_text_span(q.sender);
		break;
	case ROUTE_FOUND:
		out->via.kind = released ? VIA_CHOSEN : VIA_NAMES;
		text_list_copy(route.via, &out->via.names);
		set_place(out, reader);
		break;
	}
}

void place_find(const struct routes *r, struct span address, struct span sender, struct place *out)
{
	find_for_reader(r, address, sender, false, out);
}

void place_find_released(const struct routes *r, struct span address, struct span sender, struct place *out)
{
	find_for_reader(r, address, sender, true, out);
}

void place_free(struct place *p)
{
	buf_free(&p->domain);
	via_free(&p->via);
}

static bool names_are_known(const struct settings *s, const struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], "mx") != 0 && settings_smarthost(s, names->items[i]) == NULL)
			return false;
	return names->count > 0;
}

bool place_chosen(const struct settings *s, struct span address, struct span hops, struct place *out)
{
	clear(out);
	out->via.kind = VIA_CHOSEN;
	if (local_mail_program(address).len > 0)
		hops = SPAN(LOCAL_HOP);
	while (hops.at)
		text_list_add(&out->via.names, span_cut(&hops, ','));
	set_place(out, address);
	return names_are_known(s, &out->via.names);
}

/* Behind the hops of a route that goes straight: whither an order may take its mail. */
static void add_detour(const struct settings *s, struct text_list *hops, struct hop_rules *rules)
{
	if (!has_hop(hops, "mx"))
		return;
	rules->detour = s->on_address_change.count;
	for (size_t i = 0; i < rules->detour; i++)
		text_list_add(hops, span_of(s->on_address_change.items[i]));
}

bool place_hops(const struct routes *r, const char *domain, const struct via *via, const struct text_list *mx_hosts,
                struct text_list *hops, struct hop_rules *rules)
{
	/* What is held does not come here, but for what has been released. */
	struct route_question by_mx = { .domain = span_of(domain), .sender = span_of(via->sender), .mx_hosts = mx_hosts,
		.released = true };
	struct route route;
	bool found = false;

	switch (via->kind) {
	case VIA_HELD:
		break;
	case VIA_BY_MX:
		found = route_find(r, &by_mx, &route) == ROUTE_FOUND;
		break;
	case VIA_NAMES:
		found = route_by_via(r, span_of(domain), &via->names, &route);
		break;
	case VIA_CHOSEN:
		found = names_are_known(routes_settings(r), &via->names);
		text_list_free(hops);
		if (found)
			text_list_copy(&via->names, hops);
		*rules = (struct hop_rules){ .hops = hops->count, .on_unreachable = true };
		return found;
	}
	if (!found)
		return false;
	text_list_free(hops);
	text_list_copy(route.via, hops);
	*rules = (struct hop_rules){
		.hops = route.via->count,
		.on_unreachable = route.fallback_on & FALLBACK_UNREACHABLE,
		.stay_ms = route.fallback_for_ms,
		.on_temporary = route.fallback_on & FALLBACK_TEMPORARY,
		.temporary_after_ms = route.fallback_after_ms,
		.on_limit = route.via->count > 1 && (route.fallback_on & FALLBACK_LIMIT),
		.on_blocked = route_passes_blocked(&route, 0),
		.blocked_stay_ms = route.fallback_for_ms ? route.fallback_for_ms : BLOCKED_STAY_MS,
	};
	add_detour(routes_settings(r), hops, rules);
	return true;
}
