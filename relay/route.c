#include "relay/route.h"

#include "base/address.h"

/*
 * The rules are walked in order. For a table of many names, exact ones and
 * suffixes can go into a hash that yields the lowest rule, without changing an
 * answer: only "mx:" patterns depend on more than the name.
 */
enum match { MATCH_NO, MATCH_YES, MATCH_NEEDS_MX };

/* "example.org" is that name; ".example.org" every name below it, not itself (Postfix's transport(5)). */
static bool name_matches(struct span pattern, struct span name)
{
	if (pattern.len > 0 && pattern.at[0] == '.')
		return name.len > pattern.len && span_ends_nocase(name, pattern);
	return span_eq_nocase(pattern, name);
}

static enum match mx_matches(struct span pattern, const struct text_list *mx_hosts)
{
	if (mx_hosts == NULL)
		return MATCH_NEEDS_MX;
	for (size_t i = 0; i < mx_hosts->count; i++)
		if (name_matches(pattern, domain_without_dot(span_of(mx_hosts->items[i]))))
			return MATCH_YES;
	return MATCH_NO;
}

static enum match pattern_matches(const char *text, struct span domain, const struct text_list *mx_hosts)
{
	struct span pattern = domain_without_dot(span_of(text));
	struct span mx = SPAN("mx:");

	if (span_eq(pattern, SPAN("*")))
		return MATCH_YES;
	if (span_starts_nocase(pattern, mx))
		return mx_matches((struct span){ pattern.at + mx.len, pattern.len - mx.len }, mx_hosts);
	return name_matches(pattern, domain) ? MATCH_YES : MATCH_NO;
}

/* A pattern that matches without the MX wins over one of the same rule that needs them. */
static enum match rule_matches(const struct route_rule *rule, struct span domain, const struct text_list *mx_hosts)
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

static enum route_answer default_route(const struct settings *s, struct route *out)
{
	if (s->default_via.count == 0)
		return ROUTE_NONE;
	*out = (struct route){
		.rule = SIZE_MAX,
		.via = &s->default_via,
		.fallback_on = s->default_via.count > 1 ? FALLBACK_UNREACHABLE : 0,
	};
	return ROUTE_FOUND;
}

enum route_answer route_find(const struct settings *s, struct span domain, const struct text_list *mx_hosts,
                             struct route *out)
{
	domain = domain_without_dot(domain);
	for (size_t i = 0; i < s->route_count; i++) {
		const struct route_rule *rule = &s->routes[i];
		enum match match = rule_matches(rule, domain, mx_hosts);
		if (match == MATCH_NO)
			continue;
		if (match == MATCH_NEEDS_MX)
			return ROUTE_NEEDS_MX;
		*out = (struct route){ i, &rule->via, rule->fallback_on, rule->fallback_for_ms };
		return ROUTE_FOUND;
	}
	return default_route(s, out);
}

static void add_words(struct buf *out, const struct text_list *words, const char *quote)
{
	for (size_t i = 0; i < words->count; i++)
		buf_printf(out, "%s%s%s%s", i > 0 ? ", " : "", quote, words->items[i], quote);
}

void route_describe(const struct settings *s, const struct route *r, struct buf *out)
{
	if (r->rule == SIZE_MAX) {
		buf_add_text(out, "default");
	} else {
		buf_printf(out, "rule %zu: ", r->rule + 1);
		add_words(out, &s->routes[r->rule].to, "\"");
	}
	buf_add_text(out, " via ");
	add_words(out, r->via, "");
	if (r->fallback_on & FALLBACK_UNREACHABLE)
		buf_add_text(out, ", the next when unreachable");
}
