/* SPDX-License-Identifier: ISC */
/*
 * Which way Postfix sends mail (trivial-rewrite(8)), as routes. There the
 * transport table comes first, by the most specific pattern, then what depends on
 * the sender, then relayhost. Here the first rule that matches counts, so that order is the rules' order.
 */
#include "signet/import/postfix_routes.h"

#include "base/mail/address.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { RULES_MAX = 40 };       /* patterns that stand in signet.conf itself; more go into a table */

struct made {                  /* smarthosts that there are by now */
	char *key;             /* service, place and user */
	char *name;
};

struct ways {
	struct postfix *p;
	struct maps transport, relays, transports, passwords;
	char *relayhost, *default_transport;
	bool by_sender;        /* smtp_sender_dependent_authentication: a login for each */
	bool all_by_sender;    /* the transport table leads one sender's mail elsewhere than another's */
	struct made *made;
	size_t made_count;
};

/* ---- smarthosts ---- */

/* By the whole address, then by its "@domain". */
static const struct foreign_item *find_sender(const struct maps *m, const char *sender, struct import_at *at)
{
	const char *sign = strrchr(sender, '@');
	const struct foreign_item *e = sender[0] ? maps_find(m, sender, at) : NULL;

	return e || sign == NULL || sign == sender ? e : maps_find(m, sign, at);
}

/* The login for a place: the sender's own, else that of the host or the place as it is written. NULL: none. */
static const struct foreign_item *find_login(const struct ways *w, const char *place, const char *sender, struct import_at *at)
{
	const struct foreign_item *e = w->by_sender ? find_sender(&w->passwords, sender, at) : NULL;
	struct span rest = span_of(place), host;

	if (e)
		return e;
	if (place[0] == '[') {
		rest = (struct span){ rest.at + 1, rest.len - 1 };
		host = span_cut(&rest, ']');
	} else {
		host = span_cut(&rest, ':');
	}
	char *name = mem_text_span(host);
	e = maps_find(&w->passwords, name, at);
	free(name);
	return e ? e : maps_find(&w->passwords, place, at);
}

/* What is asked of the TLS towards a place: Postfix's word, with where it says so. The caller frees it. */
static char *tls_word(const struct ways *w, const struct postfix_service *s, const char *place, struct import_at *at)
{
	struct maps policies = { 0 };
	char *word = NULL;

	postfix_maps(w->p, s, "smtp_tls_policy_maps", &policies);
	const struct foreign_item *e = maps_find(&policies, place, at);
	if (e) {
		struct span rest = span_of(e->value);
		word = mem_text_span(span_word(&rest));
		/* The table's name goes with it. */
		*at = (struct import_at){ w->p->file, 0 };
	}
	maps_free(&policies);
	if (word == NULL)
		word = postfix_value(w->p, s, "smtp_tls_security_level", at);
	if (word[0] == '\0') {
		char *enforce = postfix_value(w->p, s, "smtp_enforce_tls", at), *use = postfix_value(w->p, s, "smtp_use_tls", at);
		free(word);
		word = mem_text(foreign_is_yes(enforce) ? "encrypt" : foreign_is_yes(use) ? "may" : "");
		free(enforce);
		free(use);
	}
	return word;
}

static const struct tls_row {
	const char *theirs, *smarthost, *mx, *words;
} tls_rows[] = {
	{ "none", "none", "none", NULL },
	{ "may", "may", "may", NULL },
	{ "encrypt", "encrypt", "encrypt", NULL },
	{ "dane", "may", "may", NULL },
	{ "dane-only", "verify", "dane", "a smarthost is verified by its certificate, not by DANE" },
	{ "fingerprint", "verify", "verify", "a certificate is verified by its name and issuer; put the issuer's into ca_file" },
	{ "verify", "verify", "verify", NULL },
	{ "secure", "verify", "verify", NULL },
	{ "", "may", NULL, "Postfix asked for no TLS; here it is used where the server has it (tls = \"may\"), and a password is never sent without it" },
};

static const struct tls_row *tls_row_of(const char *word)
{
	for (size_t i = 0; i < sizeof tls_rows / sizeof tls_rows[0]; i++)
		if (strcmp(tls_rows[i].theirs, word) == 0)
			return &tls_rows[i];
	return NULL;
}

static void say_tls(struct ways *w, struct import_group *g, const struct postfix_service *s, const char *place)
{
	struct import_plan *plan = &w->p->i->plan;
	struct import_at at, wrap_at, ca_at;
	char *word = tls_word(w, s, place, &at), *wrapper = postfix_value(w->p, s, "smtp_tls_wrappermode", &wrap_at);
	char *ca = postfix_value(w->p, s, "smtp_tls_CAfile", &ca_at);
	const struct tls_row *row = tls_row_of(word);
	bool wrapped = foreign_is_yes(wrapper);
	const char *level = row ? row->smarthost : "verify";

	if (row == NULL)
		import_note(plan, at, "smtp_tls_security_level: \"%s\" is not known; the smarthost is verified", word);
	else if (row->words && (word[0] || import_said(g, "user")))
		import_note(plan, at, "%s: %s", place, row->words);
	import_say(plan, g, "tls", wrapped && (strcmp(level, "may") == 0 || strcmp(level, "none") == 0) ? SPAN("encrypt") : span_of(level), at);
	if (wrapped)
		import_say(plan, g, "implicit_tls", SPAN("true"), wrap_at);
	if (ca[0] && strcmp(ca, "/etc/ssl/certs/ca-certificates.crt") != 0)
		import_say(plan, g, "ca_file", span_of(ca), ca_at);
	free(word);
	free(wrapper);
	free(ca);
}

/* Parameters that stand in a smarthost as they are. */
static const struct {
	const char *parameter, *member;
} members[] = {
	{ "smtp_bind_address", "source" }, { "smtp_bind_address6", "source" },
	{ "smtp_destination_concurrency_limit", "sessions" }, { "smtp_destination_recipient_limit", "recipients_per_message" },
};

static void say_members(struct ways *w, struct import_group *g, const struct postfix_service *s)
{
	struct import_plan *plan = &w->p->i->plan;
	struct import_at at;

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		char *value = postfix_value(w->p, s, members[i].parameter, &at);
		if (value[0])
			import_say(plan, g, members[i].member, span_of(value), at);
		free(value);
	}
	char *protocols = postfix_value(w->p, s, "inet_protocols", &at), *filter = postfix_value(w->p, s, "smtp_sasl_mechanism_filter", &at);
	if (strcmp(protocols, "ipv4") == 0 || strcmp(protocols, "ipv6") == 0)
		import_say(plan, g, "families", span_of(protocols), at);
	struct text_list words = { 0 };
	foreign_pieces(span_of(filter), ", \t\n", &words);
	bool plain = strpbrk(filter, "!/:") == NULL && import_said(g, "user");
	for (size_t i = 0; plain && i < words.count; i++) {
		for (char *c = words.items[i]; *c; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c & ~0x20) : *c;
		import_say(plan, g, "mechanisms", span_of(words.items[i]), at);
	}
	if (words.count > 0 && strpbrk(filter, "!/:"))
		import_note(plan, at, "smtp_sasl_mechanism_filter: name the mechanisms that may be used in mechanisms of the smarthost");
	text_list_free(&words);
	free(protocols);
	free(filter);
}

static bool is_address(const char *host)
{
	unsigned char ignored[16];

	return inet_pton(AF_INET, host, ignored) == 1 || inet_pton(AF_INET6, host, ignored) == 1;
}

/* Another service alone makes no other smarthost; what it says of the client does. */
static bool says_of_client(const struct postfix_service *s)
{
	for (size_t i = 0; s && i < s->overrides.count; i++)
		if (strncmp(s->overrides.items[i].key, "smtp_", 5) == 0 || strcmp(s->overrides.items[i].key, "inet_protocols") == 0)
			return true;
	return false;
}

/* The smarthost for a place, made where it is not there yet; NULL: it cannot be. */
static const char *smarthost_for(struct ways *w, const struct postfix_service *s, const char *place, const char *sender, struct import_at at)
{
	struct import_plan *plan = &w->p->i->plan;
	struct import_at login_at;
	struct buf key = { 0 };
	bool brackets;
	char *enable = postfix_value(w->p, s, "smtp_sasl_auth_enable", NULL);
	const struct foreign_item *login = foreign_is_yes(enable) ? find_login(w, place, sender, &login_at) : NULL;
	struct span password = span_of(login ? login->value : ""), user = span_cut(&password, ':');

	free(enable);
	buf_printf(&key, "%s %s %.*s", says_of_client(s) ? s->name : "", place, (int)user.len, user.at);
	for (size_t i = 0; i < w->made_count; i++)
		if (strcmp(w->made[i].key, buf_text(&key)) == 0) {
			buf_free(&key);
			return w->made[i].name;
		}
	struct import_group *g = import_add_smarthost(plan);
	if (!import_say_place(w->p->i, g, span_of(place), &brackets, at)) {
		import_drop(plan, g);
		buf_free(&key);
		return NULL;
	}
	if (!import_said(g, "port"))
		import_say(plan, g, "port", SPAN("25"), at);
	if (!brackets && !is_address(import_said(g, "host")))
		import_say(plan, g, "pool", SPAN("mx"), at);
	if (login && user.len > 0 && password.len > 0 && import_say(plan, g, "user", user, login_at))
		import_password(g, password, login_at);
	say_tls(w, g, s, place);
	say_members(w, g, s);
	const char *name = import_name_smarthost(plan, g, import_said(g, "host"));
	w->made = mem_resize(w->made, w->made_count + 1, sizeof *w->made);
	w->made[w->made_count++] = (struct made){ buf_take(&key), mem_text(name) };
	return w->made[w->made_count - 1].name;
}

/* ---- hops ---- */

/* Those that "SERVICE:NEXTHOP" comes to, appended; false: none, and a note says so. */
static bool hops_for(struct ways *w, struct span service, struct span nexthop, const char *sender, struct import_at at, struct text_list *via)
{
	const struct postfix_service *s = postfix_service_of(w->p, service);
	bool client = s ? strcmp(s->command, "smtp") == 0 : span_eq(service, SPAN("smtp")) || span_eq(service, SPAN("relay"));
	struct text_list places = { 0 }, behind = { 0 };

	if (span_eq(service, SPAN("local"))) {
		text_list_add(via, SPAN("local"));
		return true;
	}
	if (!client) {
		import_note(&w->p->i->plan, at, "the transport %.*s (%s) is not known here; mail that it was for goes the way of other mail, unless you name "
		            "another in routes (via = [ \"hold\" ] keeps it)", (int)service.len, service.at, s ? s->command : "not in master.cf");
		return false;
	}
	foreign_pieces(nexthop, ", \t\n", &places);
	for (size_t i = 0; i < places.count; i++) {
		const char *name = smarthost_for(w, s, places.items[i], sender, at);
		if (name)
			text_list_add(via, span_of(name));
	}
	if (places.count == 0) {
		text_list_add(via, SPAN("mx"));
		if (s && (foreign_find(&s->overrides, "smtp_bind_address") || foreign_find(&s->overrides, "smtp_tls_security_level")))
			import_note(&w->p->i->plan, (struct import_at){ w->p->master_file, s->line }, "%s: what it overrides is for all of \"mx\" here: mx_source, mx_tls", s->name);
	}
	char *relay = postfix_value(w->p, s, "smtp_fallback_relay", NULL);
	if (relay[0] == '\0') {
		free(relay);
		relay = postfix_value(w->p, s, "fallback_relay", NULL);
	}
	foreign_pieces(span_of(relay), ", \t\n", &behind);
	for (size_t i = 0; i < behind.count && via->count > 0; i++) {
		const char *name = smarthost_for(w, s, behind.items[i], sender, at);
		if (name && !text_list_has_nocase(via, span_of(name)))
			text_list_add(via, span_of(name));
	}
	free(relay);
	text_list_free(&places);
	text_list_free(&behind);
	return via->count > 0;
}

/* Where mail of the sender goes that no pattern is for. */
static bool default_hops(struct ways *w, const char *sender, struct import_at at, struct text_list *via)
{
	const struct foreign_item *transport = find_sender(&w->transports, sender, &at), *relay = find_sender(&w->relays, sender, &at);
	struct span service, nexthop = span_of(transport && strcmp(transport->value, "DUNNO") != 0 ? transport->value : w->default_transport);

	service = span_cut(&nexthop, ':');
	if (nexthop.at == NULL || nexthop.len == 0)
		nexthop = span_of(relay && strcmp(relay->value, "DUNNO") != 0 ? relay->value : w->relayhost);
	return hops_for(w, service, nexthop, sender, at, via);
}

/* What the transport table says, ":" included. */
static bool pattern_hops(struct ways *w, const struct foreign_item *e, const char *sender, struct import_at at, struct text_list *via)
{
	struct span nexthop = span_of(e->value), service = span_cut(&nexthop, ':');
	struct span usual = span_of(w->default_transport);

	if (nexthop.at == NULL) {
		import_note(&w->p->i->plan, at, "transport_maps: \"%s\" has no colon, which Postfix asks for; it is left out", e->value);
		return false;
	}
	if (service.len == 0 && nexthop.len == 0)
		return default_hops(w, sender, at, via);
	return hops_for(w, service.len > 0 ? service : span_cut(&usual, ':'), nexthop, sender, at, via);
}

/* ---- rules ---- */

struct rule {
	const char *pattern;     /* borrowed */
	struct text_list via;
	struct import_at at;
};

struct rules {
	struct rule *items;
	size_t count;
};

/* Exact names, then the longest ".domain", then "*". */
static int by_precision(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int class_x = x->pattern[0] == '*' ? 2 : x->pattern[0] == '.', class_y = y->pattern[0] == '*' ? 2 : y->pattern[0] == '.';
	size_t len_x = strlen(x->pattern), len_y = strlen(y->pattern);

	if (class_x != class_y)
		return class_x - class_y;
	if (class_x == 1 && len_x != len_y)
		return len_x > len_y ? -1 : 1;
	return class_x == 0 && x->at.line != y->at.line ? (x->at.line < y->at.line ? -1 : 1) : strcmp(x->pattern, y->pattern);
}

static bool has_pattern(const struct rules *r, const char *pattern)
{
	for (size_t i = 0; i < r->count; i++)
		if (span_eq_nocase(span_of(r->items[i].pattern), span_of(pattern)))
			return true;
	return false;
}

static bool is_pattern(const struct ways *w, const struct foreign_item *e, struct import_at at)
{
	const char *key = e->key[0] == '.' ? e->key + 1 : e->key;
	struct buf ignored = { 0 };
	bool fits = strcmp(key, "*") == 0 || domain_normalise(span_of(key), &ignored) == 0;

	buf_free(&ignored);
	if (strchr(e->key, '@'))
		import_note(&w->p->i->plan, at, "transport_maps: %s: routes know recipient domains, not addresses; mail for it goes the way of its domain. An alias, "
		            "or a rule with from, may do in its place", e->key);
	else if (!fits)
		import_note(&w->p->i->plan, at, "transport_maps: %s is not a domain; it is left out", e->key);
	else if (text_list_has_nocase(&w->p->destinations, span_of(key)))
		import_note(&w->p->i->plan, at, "transport_maps: %s is a name of this host, whose mail stays here; take it out of local_domains if it should not",
		            e->key);
	else
		return true;
	return false;
}

static void add_rule(struct rules *r, const char *pattern, struct text_list *via, struct import_at at)
{
	if (r->count % 64 == 0)
		r->items = mem_resize(r->items, r->count + 64, sizeof *r->items);
	r->items[r->count++] = (struct rule){ pattern, *via, at };
}

/* The rules of the transport table, and of relay_domains where relay_transport names a nexthop. */
static void pattern_rules(struct ways *w, const char *sender, const struct text_list *relay_domains, struct rules *out)
{
	for (size_t k = 0; k < w->transport.count; k++)
		for (size_t n = 0; n < w->transport.items[k].entries.count; n++) {
			const struct foreign_item *e = &w->transport.items[k].entries.items[n];
			struct import_at at = { w->transport.items[k].file, e->line };
			struct text_list via = { 0 };
			if (!is_pattern(w, e, at) || (w->transport.items[k].entries.count < 2000 && has_pattern(out, e->key)))
				continue;
			if (pattern_hops(w, e, sender, at, &via))
				add_rule(out, e->key, &via, at);
			else
				text_list_free(&via);
		}
	struct import_at at;
	char *relay = postfix_value(w->p, NULL, "relay_transport", &at);
	struct span nexthop = span_of(relay), service = span_cut(&nexthop, ':');
	for (size_t i = 0; nexthop.at && nexthop.len > 0 && i < relay_domains->count; i++) {
		struct text_list via = { 0 };
		if (!has_pattern(out, relay_domains->items[i]) && !text_list_has_nocase(&w->p->destinations, span_of(relay_domains->items[i])) &&
		    hops_for(w, service, nexthop, sender, at, &via))
			add_rule(out, relay_domains->items[i], &via, at);
		else
			text_list_free(&via);
	}
	free(relay);
	if (out->count > 0)
		qsort(out->items, out->count, sizeof *out->items, by_precision);
}

static void say_via(struct import_plan *plan, struct import_group *g, const struct text_list *via, struct import_at at)
{
	for (size_t i = 0; i < via->count; i++)
		import_say(plan, g, "via", span_of(via->items[i]), at);
}

/* Names that go the same way share a rule where they stand together. */
static void emit_few(struct ways *w, const char *sender, struct rules *r)
{
	struct import_plan *plan = &w->p->i->plan;
	struct import_group *g = NULL;

	for (size_t i = 0; i < r->count; i++) {
		const struct rule *rule = &r->items[i];
		bool more = i > 0 && text_list_eq(&rule->via, &r->items[i - 1].via);
		if (!more) {
			g = import_add_route(plan);
			if (sender[0])
				import_say(plan, g, "from", span_of(sender), rule->at);
			say_via(plan, g, &rule->via, rule->at);
		}
		import_say(plan, g, "to", span_of(rule->pattern), rule->at);
	}
}

static void emit_many(struct ways *w, const char *sender, struct rules *r)
{
	struct import_plan *plan = &w->p->i->plan;
	struct buf text = { 0 }, name = { 0 };

	buf_add_text(&name, "postfix-transport");
	for (const char *c = sender; *c; c++)
		buf_add_byte(&name, byte_is_letter_or_digit(*c) ? *c : '-');
	buf_add_text(&name, ".routes");
	for (size_t i = 0; i < r->count; i++) {
		buf_printf(&text, "%-40s ", r->items[i].pattern);
		for (size_t k = 0; k < r->items[i].via.count; k++)
			buf_printf(&text, "%s%s", k ? ", " : "", r->items[i].via.items[k]);
		buf_add_byte(&text, '\n');
	}
	char *path = import_own_path(w->p->i, buf_text(&name));
	struct import_group *g = import_add_route(plan);
	if (sender[0])
		import_say(plan, g, "from", span_of(sender), r->items[0].at);
	import_say(plan, g, "table", span_of(path), (struct import_at){ r->items[0].at.file, 0 });
	import_add_file(plan, path, &text, "the routes of transport_maps");
	free(path);
	buf_free(&name);
}

static void emit_patterns(struct ways *w, const char *sender, const struct text_list *relay_domains)
{
	struct rules r = { 0 };

	pattern_rules(w, sender, relay_domains, &r);
	if (r.count > RULES_MAX)
		emit_many(w, sender, &r);
	else
		emit_few(w, sender, &r);
	for (size_t i = 0; i < r.count; i++)
		text_list_free(&r.items[i].via);
	free(r.items);
}

/* ---- senders ---- */

static int by_sender_precision(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	return (x[0] == '@') != (y[0] == '@') ? (x[0] == '@') - (y[0] == '@') : strcmp(x, y);
}

static void add_senders(const struct maps *m, struct text_list *out)
{
	for (size_t k = 0; k < m->count; k++)
		for (size_t n = 0; n < m->items[k].entries.count; n++) {
			const char *key = m->items[k].entries.items[n].key;
			if ((strchr(key, '@') || strcmp(key, "<>") == 0) && !text_list_has_nocase(out, span_of(key)))
				text_list_add(out, span_of(key));
		}
}

static void emit_senders(struct ways *w, const struct text_list *senders, const struct text_list *relay_domains)
{
	struct import_plan *plan = &w->p->i->plan;

	for (size_t i = 0; i < senders->count; i++) {
		const char *sender = senders->items[i];
		struct import_at at = { w->p->file, 0 };
		struct text_list via = { 0 };
		if (w->all_by_sender)
			emit_patterns(w, sender, relay_domains);
		if (!find_sender(&w->relays, sender, &at) && !find_sender(&w->transports, sender, &at))
			find_sender(&w->passwords, sender, &at);
		if (default_hops(w, sender, at, &via)) {
			struct import_group *g = import_add_route(plan);
			bool fine = import_say(plan, g, "from", span_of(sender), at) && import_say(plan, g, "to", SPAN("*"), at);
			say_via(plan, g, &via, at);
			if (!fine)
				import_drop(plan, g);
		}
		text_list_free(&via);
	}
}

/* ":" for a pattern: its mail goes as if there were no table, which is by its sender. */
static bool leaves_unchanged(const struct ways *w)
{
	for (size_t k = 0; k < w->transport.count; k++)
		for (size_t n = 0; n < w->transport.items[k].entries.count; n++) {
			const struct foreign_item *e = &w->transport.items[k].entries.items[n];
			if (strcmp(e->value, ":") == 0 && !text_list_has_nocase(&w->p->destinations, span_of(e->key)))
				return true;
		}
	return false;
}

/* TLS towards an MX, and what of the policies is for domains. */
static void take_mx_tls(struct ways *w)
{
	struct import_plan *plan = &w->p->i->plan;
	struct import_at at;
	char *word = tls_word(w, NULL, "", &at), *ca = postfix_value(w->p, NULL, "smtp_tls_CAfile", NULL);
	const struct tls_row *row = tls_row_of(word);
	struct maps policies = { 0 };

	if (row && row->mx && strcmp(row->mx, "may") != 0)
		import_say(plan, &plan->top, "mx_tls", span_of(row->mx), at);
	if (ca[0] && strcmp(ca, "/etc/ssl/certs/ca-certificates.crt") != 0)
		import_say(plan, &plan->top, "ca_file", span_of(ca), (struct import_at){ w->p->file, 0 });
	postfix_maps(w->p, NULL, "smtp_tls_policy_maps", &policies);
	for (size_t k = 0; k < policies.count; k++)
		for (size_t n = 0; n < policies.items[k].entries.count; n++) {
			const struct foreign_item *e = &policies.items[k].entries.items[n];
			bool used = false;
			for (size_t i = 0; i < w->made_count; i++) {
				struct span rest = span_of(w->made[i].key);
				span_cut(&rest, ' ');
				used |= span_eq_nocase(span_cut(&rest, ' '), span_of(e->key));
			}
			if (!used)
				import_note(plan, (struct import_at){ policies.items[k].file, e->line }, "smtp_tls_policy_maps: %s: the TLS of a receiver follows its DANE or "
				            "MTA-STS, and mx_tls for all of them; one receiver alone has no level of its own", e->key);
		}
	maps_free(&policies);
	free(word);
	free(ca);
}

void postfix_take_routes(struct postfix *p)
{
	struct import_plan *plan = &p->i->plan;
	struct ways w = { .p = p };
	struct import_at at, usual_at;
	struct text_list senders = { 0 }, relay_domains = { 0 }, via = { 0 };
	char *by_sender = postfix_value(p, NULL, "smtp_sender_dependent_authentication", NULL), *domains = postfix_value(p, NULL, "relay_domains", &at);

	w.relayhost = postfix_value(p, NULL, "relayhost", &at);
	w.default_transport = postfix_value(p, NULL, "default_transport", &usual_at);
	w.by_sender = foreign_is_yes(by_sender);
	postfix_maps(p, NULL, "transport_maps", &w.transport);
	postfix_maps(p, NULL, "sender_dependent_relayhost_maps", &w.relays);
	postfix_maps(p, NULL, "sender_dependent_default_transport_maps", &w.transports);
	postfix_maps(p, NULL, "smtp_sasl_password_maps", &w.passwords);
	foreign_pieces(span_of(domains), ", \t\n", &relay_domains);
	add_senders(&w.relays, &senders);
	add_senders(&w.transports, &senders);
	if (w.by_sender)
		add_senders(&w.passwords, &senders);
	if (senders.count > 0)
		qsort(senders.items, senders.count, sizeof *senders.items, by_sender_precision);
	w.all_by_sender = w.by_sender || leaves_unchanged(&w);
	if (!w.all_by_sender)
		emit_patterns(&w, "", &relay_domains);
	emit_senders(&w, &senders, &relay_domains);
	if (w.all_by_sender)
		emit_patterns(&w, "", &relay_domains);
	default_hops(&w, "", at.line ? at : usual_at, &via);
	for (size_t i = 0; i < via.count; i++)
		import_say(plan, &plan->top, "default_via", span_of(via.items[i]), at.line ? at : usual_at);
	take_mx_tls(&w);
	for (size_t i = 0; i < w.made_count; i++) {
		free(w.made[i].key);
		free(w.made[i].name);
	}
	free(w.made);
	maps_free(&w.transport);
	maps_free(&w.relays);
	maps_free(&w.transports);
	maps_free(&w.passwords);
	text_list_free(&senders);
	text_list_free(&relay_domains);
	text_list_free(&via);
	free(w.relayhost);
	free(w.default_transport);
	free(by_sender);
	free(domains);
}
