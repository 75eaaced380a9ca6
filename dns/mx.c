/* SPDX-License-Identifier: ISC */
#include "dns/planning.h"

#include "dns/mail_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

void mx_plan_free(struct mx_plan *p)
{
	targets_free(p->targets, p->count);
	*p = (struct mx_plan){ 0 };
}

/* ---- a recipient domain ---- */

/* Where the DNS of a stranger leads. False: nowhere that mail could go, and that has been said. */
static bool leads_out(struct planning *p, struct mx_plan *plan)
{
	struct fault why = { 0 };

	if (mail_loop_remove(plan->targets, &plan->count, dns_mx_allow(p->dns), mail_loop_is_own, &why) == 0)
		return true;
	mx_plan_free(plan);
	p->mx_elsewhere = false;
	planning_fail(p, FAULT_PERMANENT, "5.4.6", !p->secure, "there is no way to deliver mail for %s: %s; to keep it here, "
	              "name the domain in local_domains; to allow that address, name its network in mx_allow", p->name, why.text);
	return false;
}

static void no_address(struct planning *p, bool secure)
{
	if (p->implicit)
		planning_fail(p, FAULT_PERMANENT, "5.1.2", !secure, "%s takes no mail: the domain has neither an MX nor an address",
		              p->name);
	else
		planning_fail(p, FAULT_PERMANENT, "5.4.4", !secure, "none of the MX hosts of %s has an address, for example %s",
		              p->name, p->exchanges.items[0].host);
}

static void mx_answered(void *context, struct dns_answer *a)
{
	struct planning *p = context;
	struct fault trouble = a->fault;
	bool nxdomain = a->nxdomain;

	p->secure = a->secure;
	p->implicit = a->count == 0;
	for (size_t i = 0; i < a->count; i++)
		exchange_list_add(&p->exchanges, a->records[i]);
	dns_answer_free(a);
	if (trouble.kind != FAULT_NONE) {
		planning_finish_with_fault(p, &trouble, false);
		return;
	}
	if (nxdomain) {
		planning_fail(p, FAULT_PERMANENT, "5.1.2", !p->secure, "the domain %s does not exist", p->name);
		return;
	}
	if (exchange_list_is_null(&p->exchanges)) {
		planning_fail(p, FAULT_PERMANENT, "5.1.10", false, "the domain %s takes no mail, as its null MX says (RFC 7505)",
		              p->name);
		return;
	}
	if (p->implicit)
		exchange_list_add_host(&p->exchanges, 0, p->name);
	exchange_list_order(&p->exchanges);
	if (exchange_list_cut_own(&p->exchanges, p->own_name) && p->exchanges.count == 0) {
		planning_fail(p, FAULT_PERMANENT, "5.4.6", false, "mail for %s leads back to this host, %s, which does not "
		              "take it; to keep it here, name the domain in local_domains", p->name, p->own_name);
		return;
	}
	if (p->exchanges.count == 0) {
		planning_fail(p, FAULT_PERMANENT, "5.4.4", !p->secure, "the MX records of %s name no host", p->name);
		return;
	}
	p->mx_elsewhere = !p->implicit;
	p->lead_out = leads_out;
	p->no_address = no_address;
	planning_look_up(p);
}

static void begin_mx(struct planning *p)
{
	struct fault f = { 0 };

	if (dns_start(p->dns, p->name, DNS_MX, mx_answered, p, &f) < 0)
		planning_finish_with_fault(p, &f, false);
}

/* ---- all kinds ---- */

/* "[192.0.2.1]", "[IPv6:2001:db8::1]"; for a smarthost also without brackets. 0 none, 1 yes, -1 malformed. */
static int read_literal(enum plan_kind kind, struct span name, struct ip_address *out)
{
	const struct span tag = SPAN("IPv6:");

	if (name.len == 0 || name.at[0] != '[')
		return kind == PLAN_HOST && ip_address_parse(name, out);
	if (name.len < 3 || name.at[name.len - 1] != ']')
		return -1;
	struct span inner = { name.at + 1, name.len - 2 };
	bool tagged = span_starts_nocase(inner, tag);
	if (tagged)
		inner = (struct span){ inner.at + tag.len, inner.len - tag.len };
	if (!ip_address_parse(inner, out))
		return -1;
	if (out->family == 4 ? tagged : !tagged && kind == PLAN_MX)
		return -1;
	return 1;
}

/* Whoever delivers knows whether there is such a user. */
static void begin_user(struct planning *p)
{
	planning_finish_with_addresses(p, NULL, 0);
}

int mx_plan_start(struct dns *d, enum plan_kind kind, const char *name, const char *own_name,
                  mx_done *done, void *context, struct fault *f)
{
	static void (*const begins[PLAN_KINDS])(struct planning *p) = {
		[PLAN_MX] = begin_mx, [PLAN_HOST] = smarthost_begin_host, [PLAN_SRV] = smarthost_begin_srv,
		[PLAN_MX_POOL] = smarthost_begin_mx, [PLAN_LIST] = smarthost_begin_list, [PLAN_USER] = begin_user,
	};
	struct planning *p = mem_alloc(sizeof *p);
	struct span plain = span_of(name);
	struct ip_address literal;

	(void)f;
	if (plain.len > 1 && plain.at[plain.len - 1] == '.')
		plain.len--;
	*p = (struct planning){ .dns = d, .kind = kind, .name = mem_text_span(plain), .own_name = mem_text(own_name),
	                        .done = done, .context = context };
	for (char *c = p->name; *c; c++)
		*c = byte_lower(*c);
	bool single = kind == PLAN_MX || kind == PLAN_HOST;
	int is_literal = !single ? 0 : read_literal(kind, span_of(p->name), &literal);
	if (is_literal > 0) {
		struct ip_address *addresses = mem_alloc(sizeof *addresses);
		*addresses = literal;
		/* One that a sender writes is a stranger's word as well, but needs no confirmation. */
		p->secure = kind == PLAN_MX;
		p->lead_out = kind == PLAN_MX ? leads_out : NULL;
		planning_finish_with_addresses(p, addresses, 1);
	} else if (is_literal < 0 && kind == PLAN_MX) {
		planning_fail(p, FAULT_PERMANENT, "5.1.3", false, "\"%s\" is not an address literal", p->name);
	} else if (is_literal < 0) {
		planning_fail(p, FAULT_TEMPORARY, "4.4.4", false, "the smarthost's \"%s\" is not an address", p->name);
	} else {
		begins[kind](p);
	}
	return 0;
}

struct waiting {
	struct mx_plan *plan;
	bool done;
};

static void stop_waiting(void *context, struct mx_plan *plan)
{
	struct waiting *w = context;

	*w->plan = *plan;
	w->done = true;
}

void mx_plan_now(struct dns *d, enum plan_kind kind, const char *name, const char *own_name, struct mx_plan *out)
{
	struct waiting w = { .plan = out };

	mx_plan_start(d, kind, name, own_name, stop_waiting, &w, NULL);
	while (!w.done) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		if (poll(&p, 1, DNS_PATIENCE_MS) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
}
