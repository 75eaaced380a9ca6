/* SPDX-License-Identifier: ISC */
/*
 * The egress truth: the address that the outside sees, for each family, and
 * what the world knows of it: port 25, HELO, PTR; and the clock.
 */
#include "trust/check.h"
#include "trust/reverse.h"

#include <stdlib.h>

enum { CLOCK_WARN_S = 60, CLOCK_FAIL_S = 900 };

/* The one-line way out where IPv6 alone is in trouble. */
static void fix_by_ipv4(const struct facts *facts, struct finding *f, unsigned family)
{
	if (family != 6 || !facts->egress[0].wanted)
		return;
	finding_fix(f, "or send by IPv4 alone, as long as that is not fixed:");
	finding_fix(f, "signet.conf: mx_families = [ \"ipv4\" ];");
}

static const char *print(const struct ip_address *a, struct buf *out)
{
	buf_clear(out);
	ip_address_print(a, out);
	return buf_text(out);
}

/* ---- egress ---- */

static bool same(const struct ip_address *a, const struct ip_address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

static void judge_egress(const struct fact_egress *e, unsigned family, struct findings *out)
{
	struct buf seen = { 0 }, other = { 0 };
	struct finding *f;

	if (!e->heard) {
		f = finding_add(out, "egress.address", FINDING_UNKNOWN, "", family, "no server outside has told which address it sees");
		if (e->address.family)
			finding_evidence(f, "mail would leave from %s; whether that is translated on the way is not known", print(&e->source, &seen));
		if (e->fault.kind != FAULT_NONE)
			finding_evidence(f, "%s: %s", e->by ? e->by : "?", e->fault.text);
		finding_fix(f, "set echo_domains to a domain whose MX says it in its answer to EHLO, such as gmail.com");
	} else {
		finding_add(out, "egress.address", FINDING_PASS, "", family, "the outside sees %s", print(&e->address, &seen));
		if (!same(&e->address, &e->source)) {
			f = finding_add(out, "egress.nat", FINDING_INFO, "", family, "%s is translated to %s on the way out", print(&e->source, &other),
			                buf_text(&seen));
			finding_evidence(f, "%s says so in its answer to EHLO", e->by);
		}
	}
	if (e->heard && e->before.family && !same(&e->address, &e->before)) {
		struct buf fix = { 0 }, moved = { 0 };
		print(&e->before, &other);
		buf_printf(&fix, "put %s into SPF and PTR in the place of %s, as spf and ptr say below", buf_text(&seen), buf_text(&other));
		if (e->detour.family)
			buf_printf(&moved, "; mail that would go straight goes by %s until that address is trusted. Fix: %s", e->detour.via, buf_text(&fix));
		f = finding_add(out, "egress.changed", FINDING_WARN, "", family, "the outside now sees %s; it was %s at the last check%s",
		                buf_text(&seen), buf_text(&other), buf_text(&moved));
		finding_fix(f, "if that is to stay, %s", buf_text(&fix));
		buf_free(&fix);
		buf_free(&moved);
	} else if (e->heard && e->before.family) {
		finding_add(out, "egress.changed", FINDING_PASS, "", family, "the address is the one of the last check");
	}
	buf_free(&seen);
	buf_free(&other);
}

static void judge_detour(const struct fact_egress *e, unsigned family, struct findings *out)
{
	const struct control_detour *d = &e->detour;
	struct finding *f;

	if (!e->detour_known) {
		f = finding_add(out, "egress.detour", FINDING_UNKNOWN, "", family, "whether mail goes straight cannot be found out");
		finding_evidence(f, "%s", e->detour_fault.text);
	} else if (d->family == 0) {
		finding_add(out, "egress.detour", FINDING_PASS, "", family, "mail goes straight, as the routes say");
	} else {
		f = finding_add(out, "egress.detour", FINDING_WARN, "", family, "mail that would go straight goes by %s: our address was %s and is %s",
		                d->via, d->before, d->address);
		finding_evidence(f, "%s", d->why);
		finding_fix(f, "fix that, as it is said there; mail goes straight again once signet check, without --only and --skip, finds nothing of the kind");
		finding_fix(f, "or, to send straight all the same:");
		finding_fix(f, "signet route --sticky --clear " CONTROL_STRAIGHT);
	}
}

void check_egress(struct facts *facts, const char *domain, struct findings *out)
{
	(void)domain;
	if (!facts->direct) {
		finding_add(out, "egress.address", FINDING_SKIPPED, "", 0, "all mail goes through smarthosts, whose addresses count and not ours");
		return;
	}
	if (facts->settings->mx_proxy && facts->settings->mx_proxy[0]) {
		struct finding *f = finding_add(out, "egress.address", FINDING_INFO, "", 0, "mail goes to MX hosts through the proxy %s: they see an address of "
		                                "its network and none of this host", facts->settings->mx_proxy);
		finding_evidence(f, "port 25, PTR, blocklists and whether SPF passes are judged by that address, which is not known here; nothing is asked past "
		                 "the proxy");
		finding_fix(f, "ask whoever runs the proxy which address that is; its PTR, and its place in the SPF record, are as they are for an address of "
		            "this host");
		return;
	}
	for (unsigned i = 0; i < 2; i++)
		if (facts->egress[i].wanted) {
			judge_egress(&facts->egress[i], i ? 6 : 4, out);
			if (facts->egress[i].detour_asked)
				judge_detour(&facts->egress[i], i ? 6 : 4, out);
		}
	if (!facts->egress[0].wanted && !facts->egress[1].wanted) {
		struct finding *f = finding_add(out, "egress.address", FINDING_FAIL, "", 0, "this host has no way to the outside, by neither IPv4 "
		                                "nor IPv6");
		finding_fix(f, "look at its addresses and routes (ip address, ip route), and at mx_families");
	}
}

void check_port25(struct facts *facts, const char *domain, struct findings *out)
{
	(void)domain;
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &facts->egress[i];
		unsigned family = i ? 6 : 4;
		if (!e->wanted)
			continue;
		if (e->open) {
			finding_add(out, "port25.open", FINDING_PASS, "", family, "%s answers on port 25", e->by);
		} else if (!e->asked) {
			struct finding *f = finding_add(out, "port25.open", FINDING_UNKNOWN, "", family, "no server outside was tried");
			finding_fix(f, "set echo_domains to domains with MX hosts of that family");
		} else {
			struct finding *f = finding_add(out, "port25.open", FINDING_FAIL, "", family, "port 25 outside cannot be reached");
			finding_subject(f, "%s", e->by);
			finding_evidence(f, "%s: %s", e->by, e->fault.text);
			finding_fix(f, "many providers block port 25 until they are asked to open it, in their web panel or by a ticket; or send through a "
			            "smarthost: a smarthost and default_via in signet.conf");
			fix_by_ipv4(facts, f, family);
		}
	}
}

void check_clock(struct facts *facts, const char *domain, struct findings *out)
{
	(void)domain;
	const struct fact_egress *e = facts->egress[0].clock_known ? &facts->egress[0] : &facts->egress[1];
	int64_t off_s = e->clock_s < 0 ? -e->clock_s : e->clock_s;

	if (!e->clock_known) {
		finding_add(out, "clock.skew", FINDING_SKIPPED, "", 0, "no server that was greeted tells the time");
		return;
	}
	enum finding_state state = off_s > CLOCK_FAIL_S ? FINDING_FAIL : off_s > CLOCK_WARN_S ? FINDING_WARN : FINDING_PASS;
	struct finding *f = finding_add(out, "clock.skew", state, "", 0, "this host's clock is %lld s %s that of %s", (long long)off_s,
	                                e->clock_s > 0 ? "behind" : "ahead of", e->by ? e->by : "a server outside");
	if (state != FINDING_PASS) {
		finding_fix(f, "keep the clock by NTP; in a container, that of its host:");
		finding_fix(f, "apt install systemd-timesyncd");
		finding_fix(f, "timedatectl set-ntp true");
	}
}

/* ---- HELO ---- */

static const char *not_for_helo(const char *name)
{
	static const char *const ends[] = { ".local", ".lan", ".internal", ".localdomain", ".home", ".home.arpa", ".intranet", ".corp",
	                                    ".test", ".invalid", ".localhost" };
	struct ip_address a;

	if (ip_address_parse(span_of(name), &a))
		return "is an address and not a name";
	if (strchr(name, '.') == NULL)
		return "has no dot in it: it is a name of this network alone";
	if (!dns_name_is_valid(name) || strchr(name, '_'))
		return "is not the name of a host";
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (span_ends_nocase(span_of(name), span_of(ends[i])))
			return "is in a domain that the world's DNS does not have";
	return NULL;
}

static void judge_helo_address(struct facts *facts, const struct fact_egress *e, unsigned family, struct findings *out)
{
	const char *name = facts->settings->hostname;
	unsigned type = family == 4 ? DNS_A : DNS_AAAA;
	const struct fact_answer *a = facts_system(facts, name, type), *fellow = facts_system(facts, name, family == 4 ? DNS_AAAA : DNS_A);
	struct buf address = { 0 };
	struct finding *f;

	if (a == NULL || fellow == NULL || e->address.family == 0)
		return;
	print(&e->address, &address);
	if (a->fault.kind != FAULT_NONE) {
		f = finding_add(out, "helo.resolves", FINDING_UNKNOWN, "", family, "whether %s has an address cannot be found out", name);
		finding_evidence(f, "%s", a->fault.text);
	} else if (text_list_has_nocase(&a->values, buf_span(&address))) {
		finding_add(out, "helo.resolves", FINDING_PASS, "", family, "%s, our name in HELO, has the address %s", name, buf_text(&address));
	} else {
		bool none = a->values.count == 0 && fellow->values.count == 0;
		f = finding_add(out, "helo.resolves", none ? FINDING_FAIL : FINDING_WARN, "", family, none ?
		                "%s, our name in HELO, has no address" : "%s, our name in HELO, does not have the address that we come from, %s", name,
		                buf_text(&address));
		for (size_t i = 0; i < a->values.count; i++)
			finding_evidence(f, "%s has %s", name, a->values.items[i]);
		finding_fix(f, "publish it:");
		finding_fix(f, "update add %s. 3600 %s %s", name, family == 4 ? "A" : "AAAA", buf_text(&address));
	}
	buf_free(&address);
}

void check_helo(struct facts *facts, const char *domain, struct findings *out)
{
	(void)domain;
	const char *name = facts->settings->hostname, *why = not_for_helo(name);

	if (why) {
		struct finding *f = finding_add(out, "helo.name", FINDING_FAIL, "", 0, "our name in HELO is \"%s\", which %s", name, why);
		if (not_for_helo(facts->settings->domain) == NULL)
			finding_fix(f, "signet.conf: hostname = \"mail.%s\";", facts->settings->domain);
		else
			finding_fix(f, "set hostname in signet.conf to the name that the PTR of this host's address has");
		return;
	}
	finding_add(out, "helo.name", FINDING_PASS, "", 0, "our name in HELO is %s", name);
	for (unsigned i = 0; i < 2; i++)
		if (facts->egress[i].wanted)
			judge_helo_address(facts, &facts->egress[i], i ? 6 : 4, out);
}

/* ---- PTR ---- */

struct looked {
	struct facts *facts;
	struct findings *out;
	const struct ip_address *address;
	char *text, *name;      /* the address, and the name of its PTR */
	unsigned family;
};

static struct finding *add(const struct looked *l, const char *id, enum finding_state state, const char *what)
{
	struct finding *f = finding_add(l->out, id, state, "", l->family, "%s", what);

	finding_subject(f, "%s", l->text);
	return f;
}

/* Whoever has the network publishes it: mostly the provider. */
static void fix_ptr(const struct looked *l, struct finding *f, const struct text_list *instead)
{
	finding_fix(f, "in the panel of the provider of %s, or by a ticket, have its PTR set to %s; whoever keeps the reverse zone:", l->text,
	            l->facts->settings->hostname);
	for (size_t i = 0; instead && i < instead->count; i++)
		finding_fix(f, "update delete %s. PTR %s.", l->name, instead->items[i]);
	finding_fix(f, "update add %s. 3600 PTR %s.", l->name, l->facts->settings->hostname);
	fix_by_ipv4(l->facts, f, l->family);
}

/* 1: this name has the address; 0: not; -1: not known yet, or not at all. */
static int confirms(const struct looked *l, const char *name)
{
	const struct fact_answer *a = facts_system(l->facts, name, l->family == 4 ? DNS_A : DNS_AAAA);

	if (a == NULL || a->fault.kind == FAULT_TEMPORARY)
		return -1;
	return text_list_has_nocase(&a->values, span_of(l->text));
}

static void judge_forward(const struct looked *l, const struct fact_answer *ptr)
{
	const char *confirmed = NULL;
	bool unknown = false;
	struct buf what = { 0 };
	struct finding *f;

	for (size_t i = 0; i < ptr->values.count; i++) {
		int does = confirms(l, ptr->values.items[i]);
		confirmed = does > 0 && confirmed == NULL ? ptr->values.items[i] : confirmed;
		unknown |= does < 0;
	}
	if (confirmed) {
		buf_printf(&what, "%s has the address %s, as its PTR promises", confirmed, l->text);
		add(l, "ptr.forward", FINDING_PASS, buf_text(&what));
	} else {
		buf_printf(&what, "the name in the PTR of %s, %s, %s", l->text, ptr->values.items[0], unknown ?
		           "cannot be looked up" : "does not have that address");
		f = add(l, "ptr.forward", unknown ? FINDING_UNKNOWN : FINDING_FAIL, buf_text(&what));
		if (!unknown) {
			finding_fix(f, "publish the address of that name:");
			finding_fix(f, "update add %s. 3600 %s %s", ptr->values.items[0], l->family == 4 ? "A" : "AAAA", l->text);
			finding_fix(f, "or have the PTR changed to a name that has it");
		}
	}
	buf_clear(&what);
	if (text_list_has_nocase(&ptr->values, span_of(l->facts->settings->hostname))) {
		buf_printf(&what, "the PTR of %s is our name in HELO", l->text);
		add(l, "ptr.helo", FINDING_PASS, buf_text(&what));
	} else {
		buf_printf(&what, "the PTR of %s is %s, and our name in HELO is %s", l->text, ptr->values.items[0], l->facts->settings->hostname);
		f = add(l, "ptr.helo", FINDING_WARN, buf_text(&what));
		/* Two families may have one name each; HELO has one. */
		if (confirmed && !name_looks_generic(confirmed, l->address)) {
			finding_fix(f, "use one name for both:");
			finding_fix(f, "signet.conf: hostname = \"%s\";", confirmed);
		} else {
			fix_ptr(l, f, &ptr->values);
		}
	}
	buf_free(&what);
}

static void judge_generic(const struct looked *l, const struct fact_answer *ptr)
{
	struct buf what = { 0 };

	for (size_t i = 0; i < ptr->values.count; i++)
		if (name_looks_generic(ptr->values.items[i], l->address)) {
			buf_printf(&what, "the PTR of %s, %s, looks like that of a customer's line", l->text, ptr->values.items[i]);
			fix_ptr(l, add(l, "ptr.generic", FINDING_WARN, buf_text(&what)), &ptr->values);
			break;
		}
	if (what.len == 0)
		add(l, "ptr.generic", FINDING_PASS, "the PTR does not look like that of a customer's line");
	buf_free(&what);
}

static void judge_ptr(const struct looked *l)
{
	const struct fact_answer *ptr = facts_system(l->facts, l->name, DNS_PTR);
	struct buf what = { 0 };
	struct finding *f;

	if (ptr == NULL)
		return;
	if (ptr->fault.kind != FAULT_NONE) {
		buf_printf(&what, "the PTR of %s cannot be looked up", l->text);
		f = add(l, "ptr.exists", FINDING_UNKNOWN, buf_text(&what));
		finding_evidence(f, "%s", ptr->fault.text);
	} else if (ptr->values.count == 0) {
		buf_printf(&what, "%s has no PTR", l->text);
		f = add(l, "ptr.exists", FINDING_FAIL, buf_text(&what));
		finding_evidence(f, "%s: %s", l->name, ptr->nxdomain ? "the name does not exist (NXDOMAIN)" : "no PTR record");
		fix_ptr(l, f, NULL);
	} else {
		buf_printf(&what, "the PTR of %s is %s", l->text, ptr->values.items[0]);
		f = add(l, "ptr.exists", FINDING_PASS, buf_text(&what));
		for (size_t i = 1; i < ptr->values.count; i++)
			finding_evidence(f, "and %s", ptr->values.items[i]);
		judge_forward(l, ptr);
		judge_generic(l, ptr);
	}
	buf_free(&what);
}

void check_ptr(struct facts *facts, const char *domain, struct findings *out)
{
	(void)domain;
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &facts->egress[i];
		struct buf text = { 0 }, name = { 0 };
		if (!e->wanted || e->address.family == 0)
			continue;
		if (!e->heard && address_is_private(&e->address)) {
			finding_add(out, "ptr.exists", FINDING_UNKNOWN, "", i ? 6 : 4, "the address that the outside sees is not known, so that its PTR "
			            "cannot be looked up");
			continue;
		}
		ip_address_print(&e->address, &text);
		reverse_name(&e->address, &name);
		struct looked l = { .facts = facts, .out = out, .address = &e->address, .text = buf_take(&text), .name = buf_take(&name),
		                    .family = i ? 6 : 4 };
		judge_ptr(&l);
		free(l.text);
		free(l.name);
	}
}
