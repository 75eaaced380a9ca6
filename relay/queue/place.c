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

static void hold_by_route(const struct routes *r, const struct route *route, struct place *out)
{
	struct buf rule = { 0 };

	route_describe(routes_settings(r), route, &rule);
	hold(out, "held by %.*s; signet queue release lets it go", buf_span(&rule));
	out->by_route = true;
	buf_free(&rule);
}

static void find_route(const struct routes *r, struct span address, struct span sender, bool released, struct place *out)
{
	struct span domain = address_domain(address);
	struct route_question q = { .domain = domain, .sender = sender_in_rules(r, sender), .released = released };
	struct route route;

	switch (routes_to_mailbox(r, address, &route) ? ROUTE_FOUND : route_find(r, &q, &route)) {
	case ROUTE_NONE:
		hold(out, "no route to %.*s: set smarthost or routes in the configuration, then reload signetd", domain);
		break;
	case ROUTE_HOLDS:
		hold_by_route(r, &route, out);
		break;
	case ROUTE_NEEDS_MX:
		set_domain(out, domain);
		out->via.kind = VIA_BY_MX;
		out->via.sender = mem_text_span(q.sender);
		break;
	case ROUTE_FOUND:
		out->via.kind = released ? VIA_CHOSEN : VIA_NAMES;
		text_list_copy(route.via, &out->via.names);
		set_place(out, address);
		break;
	}
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
	struct span reader;

	clear(out);
	if (routes_reader(r, address, &reader, &out->held) == 0)
		find_route(r, reader, sender, released, out);
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

static void set_hops(const struct route *r, struct text_list *hops, struct hop_rules *rules)
{
	text_list_free(hops);
	text_list_copy(r->via, hops);
	*rules = (struct hop_rules){
		.hops = r->via->count,
		.on_unreachable = r->fallback_on & FALLBACK_UNREACHABLE,
		.stay_ms = r->fallback_for_ms,
		.on_temporary = r->fallback_on & FALLBACK_TEMPORARY,
		.temporary_after_ms = r->fallback_after_ms,
		.on_limit = r->via->count > 1 && (r->fallback_on & FALLBACK_LIMIT),
		.on_blocked = route_passes_blocked(r, 0),
		.blocked_stay_ms = r->fallback_for_ms ? r->fallback_for_ms : BLOCKED_STAY_MS,
	};
}

static bool hops_by_mx(const struct routes *r, const char *domain, const char *sender, const struct text_list *mx_hosts,
                       struct text_list *hops, struct hop_rules *rules)
{
	/* What is held does not come here, but for what has been released. */
	struct route_question q = { .domain = span_of(domain), .sender = span_of(sender), .mx_hosts = mx_hosts, .released = true };
	struct route route;

	if (route_find(r, &q, &route) != ROUTE_FOUND)
		return false;
	set_hops(&route, hops, rules);
	return true;
}

static bool names_are_known(const struct settings *s, const struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], "mx") != 0 && settings_smarthost(s, names->items[i]) == NULL)
			return false;
	return names->count > 0;
}

static bool chosen_hops(const struct settings *s, const struct text_list *names, struct text_list *hops,
                        struct hop_rules *rules)
{
	bool found = names_are_known(s, names);

	text_list_free(hops);
	if (found)
		text_list_copy(names, hops);
	*rules = (struct hop_rules){ .hops = hops->count, .on_unreachable = true };
	return found;
}

bool place_chosen(const struct settings *s, struct span address, struct span hops, struct place *out)
{
	clear(out);
	out->via.kind = VIA_CHOSEN;
	while (hops.at)
		text_list_add(&out->via.names, span_cut(&hops, ','));
	set_place(out, address);
	return names_are_known(s, &out->via.names);
}

static bool hops_by_names(const struct routes *r, const char *domain, const struct text_list *names,
                          struct text_list *hops, struct hop_rules *rules)
{
	struct route route;
	bool found = route_by_via(r, span_of(domain), names, &route);

	if (found)
		set_hops(&route, hops, rules);
	return found;
}

bool place_hops(const struct routes *r, const char *domain, const struct via *via, const struct text_list *mx_hosts,
                struct text_list *hops, struct hop_rules *rules)
{
	switch (via->kind) {
	case VIA_HELD: break;
	case VIA_BY_MX: return hops_by_mx(r, domain, via->sender, mx_hosts, hops, rules);
	case VIA_NAMES: return hops_by_names(r, domain, &via->names, hops, rules);
	case VIA_CHOSEN: return chosen_hops(routes_settings(r), &via->names, hops, rules);
	}
	return false;
}
