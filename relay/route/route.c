/* SPDX-License-Identifier: ISC */
#include "relay/route/route.h"

#include "base/io.h"
#include "base/mail/address.h"
#include "relay/route/local_mail.h"
#include "relay/route/route_image.h"

#include <stdlib.h>

/* ---- the rules and their tables ---- */

struct routes {
	const struct settings *settings;
	int fd;                        /* our own; -1: the caller's, or none */
	struct route_image *image;     /* NULL where no rule has a table */
	enum hostname_mx hostname_mx;
};

static bool has_table(const struct route_rule *rule)
{
	return rule->table[0] != '\0';
}

static bool has_tables(const struct settings *s)
{
	for (size_t i = 0; i < s->route_count; i++)
		if (has_table(&s->routes[i]))
			return true;
	return false;
}

struct routes *routes_open(const struct settings *s, int image)
{
	struct routes *r = mem_alloc(sizeof *r);

	*r = (struct routes){ .settings = s, .fd = -1 };
	if (!has_tables(s))
		return r;
	r->image = image < 0 ? NULL : route_image_open(image);
	if (r->image)
		return r;
	free(r);
	return NULL;
}

struct routes *routes_read(const struct settings *s, struct buf *faults)
{
	int image = has_tables(s) ? route_image_make(s, faults) : -1;

	if (image < 0 && has_tables(s))
		return NULL;
	struct routes *r = routes_open(s, image);
	if (r == NULL)
		abort();
	r->fd = image;
	return r;
}

void routes_free(struct routes *r)
{
	if (r == NULL)
		return;
	route_image_close(r->image);
	io_close(&r->fd);
	free(r);
}

int routes_image(const struct routes *r)
{
	return r->fd;
}

uint64_t routes_fingerprint(const struct routes *r)
{
	return r->image ? route_image_fingerprint(r->image) : 0;
}

const struct settings *routes_settings(const struct routes *r)
{
	return r->settings;
}

/* ---- this host's own name ---- */

void routes_set_hostname_mx(struct routes *r, enum hostname_mx mx)
{
	r->hostname_mx = mx;
}

bool routes_learn_hostname_mx(struct routes *r, struct span domain, enum fault_kind trouble, bool elsewhere)
{
	if (trouble == FAULT_TEMPORARY || !settings_is_hostname(r->settings, domain))
		return false;
	routes_set_hostname_mx(r, elsewhere ? HOSTNAME_ELSEWHERE : HOSTNAME_HERE);
	return true;
}

enum hostname_mx routes_hostname_mx(const struct routes *r)
{
	return r->hostname_mx;
}

bool routes_is_local(const struct routes *r, struct span address)
{
	return local_mail_stays(r->settings, r->hostname_mx == HOSTNAME_HERE, address);
}

int routes_reader(const struct routes *r, struct span address, struct span *reader, struct fault *f)
{
	*reader = address;
	if (settings_deliver_locally(r->settings))
		return 0;
	return local_mail_reader(r->settings, r->hostname_mx == HOSTNAME_HERE, address, reader, f);
}

const char *routes_reader_of(const struct routes *r, const char *address)
{
	const char *root = r->settings->root;

	return root[0] && local_mail_program(span_of(address)).len == 0 && routes_is_local(r, span_of(address)) ? root : address;
}

const char *routes_settled_of(const struct routes *r, const char *address)
{
	bool is_settled = settings_deliver_locally(r->settings) && local_mail_stays(r->settings, false, span_of(address));

	return is_settled ? address : routes_reader_of(r, address);
}

/* ---- one pattern ---- */

enum match { MATCH_NO, MATCH_YES, MATCH_NEEDS_MX };

/* "example.org" is that name; ".example.org" every name below it, not itself (Postfix's transport(5)). */
static bool name_matches(struct span pattern, struct span name)
{
	if (pattern.len > 0 && pattern.at[0] == '.')
		return name.len > pattern.len && span_ends_nocase(name, pattern);
	return span_eq_nocase(pattern, name);
}

static enum match pattern_matches(const char *text, struct span domain, const struct text_list *mx_hosts)
{
	struct span pattern = domain_without_dot(span_of(text));
	struct span mx = SPAN("mx:");

	if (span_eq(pattern, SPAN("*")))
		return MATCH_YES;
	if (!span_starts_nocase(pattern, mx))
		return name_matches(pattern, domain) ? MATCH_YES : MATCH_NO;
	if (mx_hosts == NULL)
		return MATCH_NEEDS_MX;
	pattern = (struct span){ pattern.at + mx.len, pattern.len - mx.len };
	for (size_t i = 0; i < mx_hosts->count; i++)
		if (name_matches(pattern, domain_without_dot(span_of(mx_hosts->items[i]))))
			return MATCH_YES;
	return MATCH_NO;
}

static bool sender_matches(struct span pattern, struct span sender)
{
	const char *at = memchr(pattern.at, '@', pattern.len);

	if (span_eq(sender, SPAN("<>")) || span_eq(pattern, SPAN("<>")))
		return span_eq(sender, pattern);
	if (span_eq(pattern, SPAN("*")))
		return true;
	if (at && at > pattern.at)
		return span_eq_nocase(domain_without_dot(pattern), domain_without_dot(sender));
	if (at)
		pattern = (struct span){ pattern.at + 1, pattern.len - 1 };
	return name_matches(domain_without_dot(pattern), domain_without_dot(address_domain(sender)));
}

/* ---- one rule ---- */

static bool is_from(const struct route_rule *rule, struct span sender)
{
	for (size_t i = 0; sender.len > 0 && i < rule->from.count; i++)
		if (sender_matches(span_of(rule->from.items[i]), sender))
			return true;
	return false;
}

/* A pattern that matches without the MX wins over one of the same rule that needs them. */
static enum match recipient_matches(const struct route_rule *rule, struct span domain, const struct text_list *mx_hosts)
{
	enum match best = MATCH_NO;

	for (size_t i = 0; i < rule->to.count; i++) {
		enum match match = pattern_matches(rule->to.items[i], domain, mx_hosts);
		if (match == MATCH_YES)
			return MATCH_YES;
		if (match == MATCH_NEEDS_MX)
			best = match;
	}
	return best;
}

static struct route route_of(const struct routes *r, size_t rule, const struct text_list *via, unsigned line)
{
	const struct route_rule *from = &r->settings->routes[rule];

	return (struct route){ rule, line, via, from->fallback_on, from->fallback_after_ms, from->fallback_for_ms };
}

/* Whoever sent it. */
static enum match rule_matches(const struct routes *r, size_t rule, struct span domain,
                               const struct text_list *mx_hosts, struct route *out)
{
	const struct route_rule *from = &r->settings->routes[rule];
	struct route_image_entry entry;

	if (!has_table(from)) {
		*out = route_of(r, rule, &from->via, 0);
		return recipient_matches(from, domain, mx_hosts);
	}
	if (!route_image_find(r->image, rule, domain, &entry))
		return MATCH_NO;
	*out = route_of(r, rule, entry.via, entry.line);
	return MATCH_YES;
}

/* ---- all of them ---- */

static bool is_hold(const struct text_list *via)
{
	return via->count == 1 && strcmp(via->items[0], HOLD_HOP) == 0;
}

static enum route_answer default_route(const struct settings *s, bool released, struct route *out)
{
	if (s->default_via.count == 0 || (released && is_hold(&s->default_via)))
		return ROUTE_NONE;
	*out = (struct route){
		.rule = SIZE_MAX,
		.via = &s->default_via,
		.fallback_on = s->default_via.count > 1 ? FALLBACK_UNREACHABLE | FALLBACK_BLOCKED : 0,
	};
	return is_hold(&s->default_via) ? ROUTE_HOLDS : ROUTE_FOUND;
}

/* Mail that is held needs no MX, nor to know whether its domain is this host. */
static enum route_answer first_match(const struct routes *r, const struct route_question *q, struct span domain, struct route *out)
{
	for (size_t i = 0; i < r->settings->route_count; i++) {
		const struct route_rule *rule = &r->settings->routes[i];
		if ((rule->from.count > 0 && !is_from(rule, q->sender)) || (q->released && is_hold(&rule->via)))
			continue;
		enum match match = rule_matches(r, i, domain, q->mx_hosts, out);
		if (match == MATCH_YES)
			return is_hold(out->via) ? ROUTE_HOLDS : ROUTE_FOUND;
		if (match == MATCH_NEEDS_MX)
			return ROUTE_NEEDS_MX;
	}
	return default_route(r->settings, q->released, out);
}

enum route_answer route_find(const struct routes *r, const struct route_question *q, struct route *out)
{
	struct span domain = domain_without_dot(q->domain);
	enum route_answer answer = first_match(r, q, domain, out);

	if (answer != ROUTE_HOLDS && r->hostname_mx == HOSTNAME_UNKNOWN && q->mx_hosts == NULL && settings_is_hostname(r->settings, domain))
		return ROUTE_NEEDS_MX;
	return answer;
}

/* At once, by falling back, or on the detour of mail that goes straight. */
static bool has_smarthost(const struct settings *s, const struct text_list *via)
{
	for (size_t i = 0; i < via->count; i++) {
		bool straight = strcmp(via->items[i], "mx") == 0;
		bool goes_out = strcmp(via->items[i], LOCAL_HOP) != 0 && strcmp(via->items[i], HOLD_HOP) != 0;
		if (straight ? s->on_address_change.count > 0 : goes_out)
			return true;
	}
	return false;
}

bool routes_to_mailbox(const struct routes *r, struct span address, struct route *out)
{
	static char *hop[] = { (char *)(uintptr_t)LOCAL_HOP };
	static const struct text_list via = { .items = hop, .count = 1 };

	if (!routes_is_local(r, address))
		return false;
	*out = (struct route){ .rule = SIZE_MAX, .via = &via };
	return true;
}

bool route_may_pass_smarthost(const struct routes *r, const struct route_question *q)
{
	struct span domain = domain_without_dot(q->domain);
	struct route route;

	for (size_t i = 0; i < r->settings->route_count; i++) {
		const struct route_rule *rule = &r->settings->routes[i];
		if (rule->from.count > 0 && !is_from(rule, q->sender))
			continue;
		enum match match = rule_matches(r, i, domain, q->mx_hosts, &route);
		if (match != MATCH_NO && has_smarthost(r->settings, route.via))
			return true;
		if (match == MATCH_YES && !is_hold(route.via))
			return false;
	}
	return has_smarthost(r->settings, &r->settings->default_via);
}

/* A relay on the way encodes what is 8-bit, or says so, where its next hop does not take it, and the signature is void. */
bool route_encodes_8bit(const struct routes *r, const struct route_question *q)
{
	const char *when = r->settings->encode_8bit;

	if (strcmp(when, "always") == 0 || strcmp(when, "never") == 0)
		return when[0] == 'a';
	return route_may_pass_smarthost(r, q);
}

bool route_minds_sender(const struct routes *r, struct span sender)
{
	for (size_t i = 0; i < r->settings->route_count; i++)
		if (is_from(&r->settings->routes[i], sender))
			return true;
	return false;
}

/* A rule that matches the domain counts before one that only leads to the same hops. */
static bool rule_by_via(const struct routes *r, struct span domain, const struct text_list *via, struct route *out)
{
	for (size_t i = 0; domain.len > 0 && i < r->settings->route_count; i++)
		if (rule_matches(r, i, domain, NULL, out) == MATCH_YES && text_list_eq(out->via, via))
			return true;
	for (size_t i = 0; i < r->settings->route_count; i++) {
		const struct route_rule *rule = &r->settings->routes[i];
		*out = route_of(r, i, &rule->via, 0);
		if (!has_table(rule) && text_list_eq(&rule->via, via))
			return true;
	}
	return false;
}

/* A way that stands in a table alone, or that no rule has any more but whose hops are there, falls back as usual. */
bool route_by_via(const struct routes *r, struct span domain, const struct text_list *via, struct route *out)
{
	if (via->count == 0)
		return false;
	for (size_t i = 0; i < via->count; i++)
		if (strcmp(via->items[i], "mx") != 0 && settings_smarthost(r->settings, via->items[i]) == NULL)
			return false;
	if (rule_by_via(r, domain_without_dot(domain), via, out))
		return true;
	if (default_route(r->settings, true, out) == ROUTE_FOUND && text_list_eq(out->via, via))
		return true;
	*out = (struct route){
		.rule = SIZE_MAX, .via = via, .fallback_on = via->count > 1 ? FALLBACK_UNREACHABLE | FALLBACK_BLOCKED : 0,
	};
	return true;
}

/* ---- for a person ---- */

static void add_words(struct buf *out, const struct text_list *words, const char *quote)
{
	for (size_t i = 0; i < words->count; i++)
		buf_printf(out, "%s%s%s%s", i > 0 ? ", " : "", quote, words->items[i], quote);
}

bool route_passes_blocked(const struct route *r, size_t hop)
{
	return hop + 1 < r->via->count && (r->fallback_on & FALLBACK_BLOCKED);
}

void route_describe(const struct settings *s, const struct route *r, struct buf *out)
{
	const struct route_rule *rule = r->rule == SIZE_MAX ? NULL : &s->routes[r->rule];

	if (rule == NULL) {
		buf_add_text(out, "default");
	} else {
		buf_printf(out, "rule %zu: ", r->rule + 1);
		if (has_table(rule))
			buf_printf(out, "%s:%u", rule->table, r->line);
		else
			add_words(out, &rule->to, "\"");
		if (rule->from.count > 0) {
			buf_add_text(out, " from ");
			add_words(out, &rule->from, "\"");
		}
	}
	buf_add_text(out, " via ");
	add_words(out, r->via, "");
	if (r->via->count > 1) {
		static const struct { unsigned bit; const char *word; } words[] = {
			{ FALLBACK_UNREACHABLE, "unreachable" }, { FALLBACK_BLOCKED, "blocked" }, { FALLBACK_TEMPORARY, "failing for long" },
			{ FALLBACK_LIMIT, "its limit is used up" },
		};
		const char *before = ", the next when ";
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (r->fallback_on & words[i].bit) {
				buf_printf(out, "%s%s", before, words[i].word);
				before = " or ";
			}
	}
}
