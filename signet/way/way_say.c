/* SPDX-License-Identifier: ISC */
/* The way for a person: a few lines, the hops numbered as they are tried. */
#include "signet/way/way.h"

#include "base/conf/key_choice.h"
#include "relay/route/local_mail.h"
#include "signet/talk/say.h"

#include <stdio.h>

static const char *const dane_words[] = {
	[DANE_NONE] = "", [DANE_USABLE] = ", DANE", [DANE_UNUSABLE] = ", no usable TLSA records: TLS, unverified",
	[DANE_FAILED] = ", not to be used: its TLSA records cannot be looked up",
};

/* Its members are what the DNS says. */
static bool is_pool_of_names(const struct way_hop *hop)
{
	return hop->kind == PLAN_SRV || hop->kind == PLAN_MX_POOL;
}

static void say_target(const struct way *w, const struct way_hop *hop, const struct target *t)
{
	struct buf line = { 0 };
	struct fault refused;
	const char *tls = way_tls(w, hop, t, &refused);

	if (hop->kind == PLAN_MX || is_pool_of_names(hop))
		buf_printf(&line, "%5u ", t->preference);
	buf_printf(&line, " %s", t->host);
	if (t->port)
		buf_printf(&line, " port %u%s", t->port, t->implicit_tls ? " TLS from the first byte" : "");
	if (t->weight)
		buf_printf(&line, " weight %u", t->weight);
	buf_add_text(&line, "  ");
	for (size_t i = 0; i < t->address_count; i++) {
		buf_add_text(&line, i > 0 ? ", " : "");
		ip_address_print(&t->addresses[i], &line);
	}
	/* A plan has no host without an address, unless the proxy looks addresses up. */
	if (t->address_count == 0)
		buf_add_text(&line, "(the proxy looks it up)");
	if (t->secure)
		buf_printf(&line, "  (DNSSEC%s)", dane_words[t->dane]);
	else if (dane_words[t->dane][0])
		buf_printf(&line, "  (%s)", dane_words[t->dane] + 2);
	if (is_pool_of_names(hop) && !t->host_is_known)
		buf_printf(&line, "  (its certificate has to name %s)", hop->smarthost->host);
	if (hop->kind == PLAN_MX && refused.kind == FAULT_NONE)
		buf_printf(&line, "  TLS: %s", tls);
	say("     %s", buf_text(&line));
	if (refused.kind != FAULT_NONE)
		say("            %s", refused.text);
	buf_free(&line);
}

static void say_plan(const struct way *w, const struct way_hop *hop)
{
	const struct fault *f = &hop->plan.fault;

	if (f->kind != FAULT_NONE)
		say("      %s: %s%s", f->status, f->text, f->kind == FAULT_TEMPORARY ? " (would be tried again)" : "");
	for (size_t i = 0; i < hop->plan.count; i++)
		say_target(w, hop, &hop->plan.targets[i]);
	const struct control_policy *p = &w->policy;
	struct sts_policy policy;
	if (hop->kind == PLAN_MX && p->policy && sts_policy_read(span_of(p->policy), &policy, NULL) == 0) {
		say("      MTA-STS: the domain's policy %s says %s%s", p->id, sts_mode_name(policy.mode),
		    hop->sts_id.len > 0 && !span_eq(buf_span(&hop->sts_id), span_of(p->id)) ? "; another is to be fetched" : "");
		sts_policy_free(&policy);
	} else if (hop->sts_id.len > 0) {
		say("      MTA-STS: the domain has a policy, id %.*s, %s", (int)hop->sts_id.len, hop->sts_id.at,
		    p->barred_id && p->barred_id[0] ? "which could not be fetched just now" : "which is fetched when mail goes there");
	}
}

static void say_mailbox(const struct way *w, size_t number)
{
	const struct settings *s = w->settings;
	struct span user = buf_span(&w->domain);
	bool is_maildir = settings_use_maildirs(s);
	struct span program = local_mail_program(user);

	if (program.len > 0) {
		say("   %zu. " LOCAL_HOP ": the program %.*s, as %s", number, (int)program.len, program.at, s->command_user);
		return;
	}
	if (s->local_command[0]) {
		say("   %zu. " LOCAL_HOP ": for the user %.*s, by %s", number, (int)user.len, user.at, s->local_command);
		return;
	}
	say("   %zu. " LOCAL_HOP ": the mailbox of the user %.*s: %s%s%.*s", number, (int)user.len, user.at,
	    is_maildir ? "home folder, " : s->mail_folder, is_maildir ? s->maildir : "/", is_maildir ? 0 : (int)user.len, user.at);
}

static void say_smarthost(size_t number, const struct way_hop *hop)
{
	static const char *const before[PLAN_KINDS] = {
		[PLAN_HOST] = "", [PLAN_SRV] = "the SRV hosts of ", [PLAN_MX_POOL] = "the MX of ", [PLAN_LIST] = "the pool ",
	};
	const struct smarthost *h = hop->smarthost;
	bool login = h->user[0] != '\0';
	char port[16] = "";

	if (hop->kind != PLAN_SRV)     /* whose records say it */
		snprintf(port, sizeof port, " port %u", h->port);
	say("   %zu. %s: %s%.*s%s, TLS: %s%s%s%s", number, h->name, before[hop->kind], (int)hop->asked.len,
	    hop->asked.at, port, tls_level_name(h->tls), h->implicit_tls ? " from the first byte" : "",
	    login ? ", AUTH as " : ", no AUTH", login ? h->user : "");
}

static void add_list(struct buf *out, const char *what, const struct text_list *list)
{
	if (list->count == 0)
		return;
	buf_printf(out, "%s%s", out->len > 0 ? "; " : "", what);
	for (size_t i = 0; i < list->count; i++)
		buf_printf(out, "%s %s", i > 0 ? "," : "", list->items[i]);
}

/* What is not as usual there. */
static void say_oddities(const struct way *w, const struct way_hop *hop)
{
	const struct smarthost *h = hop->smarthost;
	struct buf line = { 0 };

	if (hop_proxy(w->settings, h)[0])
		buf_printf(&line, "through %s", hop_proxy(w->settings, h));
	add_list(&line, "sent from", h ? &h->source : &w->settings->mx_source);
	add_list(&line, "families", h ? &h->families : &w->settings->mx_families);
	if (h && !h->sign)
		buf_printf(&line, "%swithout our signatures", line.len > 0 ? "; " : "");
	if (h && h->envelope_from[0])
		buf_printf(&line, "%sMAIL FROM:<%s>", line.len > 0 ? "; " : "", h->envelope_from);
	if (line.len > 0)
		say("      %s", buf_text(&line));
	buf_free(&line);
}

/* "5 messages a session (iCloud)": what is in brackets is why; nothing for the default. */
static void say_limits(const struct way_hop *hop)
{
	static const char *const units[HOP_LIMITS] = {
		[HOP_SESSIONS] = "sessions at once", [HOP_MESSAGES] = "messages a session",
		[HOP_RECIPIENTS] = "recipients a message", [HOP_RATE] = "messages",
	};
	struct buf line = { 0 };

	if (!hop->planned)
		return;
	for (size_t i = 0; i < HOP_LIMITS; i++) {
		const struct hop_limit *limit = &hop->limits.of[i];
		if (i == HOP_RATE && limit->most.count == 0)
			continue;
		buf_add_text(&line, line.len > 0 ? ", " : "limits: ");
		if (i == HOP_RATE)
			rate_print(&limit->most, &line);
		else
			buf_printf(&line, "%u", limit->most.count);
		buf_printf(&line, " %s", units[i]);
		if (limit->receiver || limit->setting)
			buf_printf(&line, " (%s)", limit->receiver ? limit->receiver->receiver : limit->setting);
	}
	say("      %s", buf_text(&line));
	/* Say of each receiver once where its numbers come from. */
	for (size_t i = 0; i < HOP_LIMITS; i++) {
		const struct receiver_limits *r = hop->limits.of[i].receiver;
		bool said = false;
		for (size_t k = 0; k < i; k++)
			said |= hop->limits.of[k].receiver == r;
		if (r && !said)
			say("        %s: %s", r->receiver, r->source);
	}
	buf_free(&line);
}

static void say_sticky(const struct way *w, size_t hop)
{
	const struct sticky_hop sticky = way_sticky(w, hop);
	const struct control_sticky *s = sticky.block;
	char until[SAY_TIME_BYTES];

	if (s == NULL)
		return;
	struct buf reply = { 0 };
	reply_print_words(&s->reply, &reply);
	say_time(s->until_ms / 1000, until);
	if (sticky.way == STICKY_PASSED_BY)
		say("      blocked until %s, since it distrusts this host: %s", until, buf_text(&reply));
	else if (sticky.way == STICKY_OTHER_ADDRESS)
		say("      until %s not from our address %s, which it distrusts: %s", until, s->address, buf_text(&reply));
	else
		say("      distrusts this host, and the route has no other way: mail waits there: %s", buf_text(&reply));
	buf_free(&reply);
	say("      (signet route --sticky says more)");
}

static void say_detour(const struct way *w, size_t hop)
{
	bool straight;
	const struct control_detour *d = way_detour(w, hop, &straight);

	if (d == NULL)
		return;
	if (straight)
		say("      not by IPv%u until signet check finds our new address trusted: it was %s and is %s", (unsigned)d->family, d->before, d->address);
	else
		say("      not now: such mail goes via %s until signet check finds our new address trusted: it was %s and is %s", d->via,
		    d->before, d->address);
	say("      against it: %s", d->why);
	say("      (signet route --sticky --clear " CONTROL_STRAIGHT " ends that by hand)");
}

static void say_route(const struct way *w)
{
	struct buf described = { 0 };

	route_describe(w->settings, &w->route, &described);
	say("route:  %s", buf_text(&described));
	buf_free(&described);
	if (w->route.rule != SIZE_MAX && w->settings->routes[w->route.rule].line > 0)
		say("        %s:%u", w->file, w->settings->routes[w->route.rule].line);
	for (size_t i = 0; i < w->hop_count; i++) {
		const struct way_hop *hop = &w->hops[i];
		if (smarthost_is_local(hop->smarthost)) {
			say_mailbox(w, i + 1);
			continue;
		}
		if (hop->smarthost)
			say_smarthost(i + 1, hop);
		else
			say("   %zu. mx: the MX of %.*s, port %u, TLS: %s", i + 1, (int)hop->asked.len, hop->asked.at, w->settings->mx_port,
			    tls_level_name(w->settings->mx_tls));
		say_oddities(w, hop);
		say_plan(w, hop);
		say_limits(hop);
		say_sticky(w, i);
		say_detour(w, i);
	}
	if (w->hop_count > 1 && !w->sticky.known && w->sticky.fault.kind != FAULT_NONE)
		say("      whether one of them is blocked at present is unknown: %s", w->sticky.fault.text);
}

static bool has_rule_for_senders(const struct settings *s)
{
	for (size_t i = 0; i < s->route_count; i++)
		if (s->routes[i].from.count > 0)
			return true;
	return false;
}

/* One that signetd cannot read stops it at its start; one that runs has read it. */
static void say_state(const struct way *w, const struct dkim_key *entry, enum sign_scheme scheme)
{
	for (size_t i = 0; i < w->read.count; i++) {
		const struct keyset_key *k = &w->read.items[i];
		if (k->entry != entry || k->scheme != scheme || k->state == KEYSET_USABLE)
			continue;
		say("        %s", k->fault.text);
		if (k->state == KEYSET_UNUSABLE)
			say("        signetd does not start or reload with it; while it runs it signs with the key that it has");
	}
}

static void say_keys(const struct way *w)
{
	struct span domain = buf_span(&w->from_domain);

	if (w->key_count == 0)
		say("signed: by no key, for mail from %.*s", (int)domain.len, domain.at);
	for (size_t i = 0; i < w->key_count; i++) {
		const struct dkim_key *k = w->keys[i];
		struct span signer = key_choice_domain(k, domain);
		bool both = k->domainkeys_selector[0];
		say("signed: %s._domainkey.%.*s (%s), for mail from %.*s", k->selector, (int)signer.len, signer.at, k->file,
		    (int)domain.len, domain.at);
		say_state(w, k, SIGN_DKIM);
		if (both)
			say("        and %s._domainkey.%.*s (%s), DomainKeys", k->domainkeys_selector, (int)signer.len, signer.at,
			    k->domainkeys_file[0] ? k->domainkeys_file : k->file);
		if (both)
			say_state(w, k, SIGN_DOMAINKEYS);
	}
}

void way_say(const struct way *w)
{
	if (w->alias.len > 0)
		say("alias:  %.*s names %.*s", (int)w->alias.len, w->alias.at, (int)w->address.len, w->address.at);
	if (w->reader.len > 0)
		say("local:  such mail stays on this host; root's reader gets it: %.*s", (int)w->reader.len, w->reader.at);
	switch (w->end) {
	case WAY_LOCAL:
	case WAY_REFUSED:
		say("route:  none: %s", w->trouble.text);
		break;
	case WAY_NONE:
		say("route:  none; such mail is held until routes, default_via, smarthost or hostname is set in %s", w->file);
		break;
	case WAY_NEEDS_MX:
		say("route:  depends on the MX of %.*s; ask without --offline", (int)w->domain.len, w->domain.at);
		break;
	case WAY_NO_MX:
		say("route:  depends on the MX of %.*s: %s: %s", (int)w->domain.len, w->domain.at, w->trouble.status, w->trouble.text);
		break;
	case WAY_ON_HOLD:
	case WAY_FOUND:
		say_route(w);
		break;
	}
	bool is_mailbox = w->end == WAY_FOUND && w->hop_count > 0 && smarthost_is_local(w->hops[0].smarthost);
	bool leaves = w->end != WAY_LOCAL && w->end != WAY_REFUSED && !is_mailbox;
	if (w->sender.len == 0 && leaves && has_rule_for_senders(w->settings))
		say("        some rules are for certain senders: --from ADDRESS asks those, too");
	if (leaves)
		say_keys(w);
	size_t hop;
	enum way_fate fate = way_fate(w, &hop);
	if (fate == WAY_SENT && is_mailbox && local_mail_program(buf_span(&w->domain)).len > 0)
		say("so:     the program gets the mail, and its exit status says what becomes of it");
	else if (fate == WAY_SENT && is_mailbox)
		say("so:     mail is delivered on this host, or goes back to its sender if there is no such user");
	else if (fate == WAY_SENT) {
		bool straight;
		const struct control_detour *d = way_detour(w, hop, &straight);
		say("so:     mail is sent over %s", d && !straight ? d->via : w->hops[hop].name);
	}
	if (fate == WAY_WAITS)
		say("so:     mail waits and is tried again, until it goes back to its sender after queue_life");
	if (fate == WAY_HELD && w->end == WAY_ON_HOLD)
		say("so:     mail is held in the queue until the owner releases it: signet queue release");
	else if (fate == WAY_HELD)
		say("so:     mail is held in the queue until the configuration is changed");
	if (fate == WAY_RETURNED)
		say("so:     mail goes back to its sender at once");
	if (fate == WAY_RETURNED_LATER)
		say("so:     mail goes back to its sender, once the DNS says so again a quarter of an hour later");
}
