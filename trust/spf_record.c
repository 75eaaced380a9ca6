/* SPDX-License-Identifier: ISC */
#include "trust/spf_record.h"

#include "base/escape.h"
#include "base/nearest.h"
#include "trust/spf_macro.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define VERSION_WORD "v=spf1"

enum domain_rule { DOMAIN_NONE, DOMAIN_MAY, DOMAIN_MUST };

static const struct {
	const char *name;
	enum domain_rule domain;
	bool prefixes;       /* a dual-cidr-length may follow */
	bool asks;
} mechanisms[] = {
	[SPF_ALL] =     { "all",     DOMAIN_NONE, false, false },
	[SPF_INCLUDE] = { "include", DOMAIN_MUST, false, true },
	[SPF_A] =       { "a",       DOMAIN_MAY,  true,  true },
	[SPF_MX] =      { "mx",      DOMAIN_MAY,  true,  true },
	[SPF_PTR] =     { "ptr",     DOMAIN_MAY,  false, true },
	[SPF_IP4] =     { "ip4",     DOMAIN_NONE, false, false },
	[SPF_IP6] =     { "ip6",     DOMAIN_NONE, false, false },
	[SPF_EXISTS] =  { "exists",  DOMAIN_MUST, false, true },
};

enum { MECHANISMS = sizeof mechanisms / sizeof mechanisms[0] };

const char *spf_result_name(enum spf_result r)
{
	static const char *const names[] = {
		[SPF_NONE] = "none",         [SPF_NEUTRAL] = "neutral",     [SPF_PASS] = "pass",           [SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail", [SPF_TEMPERROR] = "temperror", [SPF_PERMERROR] = "permerror",
	};

	return names[r];
}

bool spf_kind_asks(enum spf_kind kind)
{
	return kind == SPF_REDIRECT || ((size_t)kind < MECHANISMS && mechanisms[kind].asks);
}

bool spf_is_record(struct span text)
{
	struct span version = SPAN(VERSION_WORD);

	return span_starts_nocase(text, version) && (text.len == version.len || text.at[version.len] == ' ');
}

/* ---- errors ---- */

struct parsing {
	struct spf_record *record;
	struct span text;
	struct span term;            /* the one that is being read */
};

__attribute__((format(printf, 3, 4)))
static void complain_of(struct parsing *p, const char *at, const char *format, ...)
{
	struct spf_record *r = p->record;
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	r->errors = mem_resize(r->errors, r->error_count + 1, sizeof *r->errors);
	r->errors[r->error_count++] = (struct spf_error){ .column = (size_t)(at - p->text.at) + 1, .term = p->term, .text = buf_take(&text) };
}

static bool check_domain(struct parsing *p, struct span domain, enum spf_macro_place place)
{
	size_t at;
	const char *wrong = spf_macro_check(domain, place, &at);

	if (wrong == NULL)
		return true;
	/* An empty domain-spec may be NULL, at the end of the term. */
	complain_of(p, domain.len > 0 ? domain.at + at : p->term.at + p->term.len, "%s", wrong);
	return false;
}

/* ---- mechanisms ---- */

/* Cuts the digits behind the slash(es) off the end of s. 1: a prefix length; 0: there are none; -1: they are not one. */
static int cut_prefix(struct span *s, const char *slashes, unsigned max, uint8_t *bits)
{
	size_t digits = 0, len = strlen(slashes);
	unsigned long long number;

	while (digits < s->len && byte_is_digit(s->at[s->len - 1 - digits]))
		digits++;
	if (digits == 0 || s->len - digits < len || memcmp(s->at + s->len - digits - len, slashes, len) != 0)
		return 0;
	struct span text = { s->at + s->len - digits, digits };
	s->len -= digits + len;
	if ((digits > 1 && text.at[0] == '0') || !span_number(text, max, &number))
		return -1;
	*bits = (uint8_t)number;
	return 1;
}

/* "/N", "//N" or "/N//N" at the end of what follows the mechanism's name. */
static bool read_prefixes(struct parsing *p, struct span *s, struct spf_term *t)
{
	int six = cut_prefix(s, "//", 128, &t->bits6);
	int four = six < 0 ? 0 : cut_prefix(s, "/", 32, &t->bits4);

	if (six >= 0 && four >= 0)
		return true;
	complain_of(p, s->at + s->len, "a prefix length is /0 to /32 for IPv4 and //0 to //128 for IPv6");
	return false;
}

static bool read_network(struct parsing *p, struct span s, struct spf_term *t)
{
	bool four = t->kind == SPF_IP4;
	uint8_t bits = four ? 32 : 128;
	struct span address = s;
	int cut = cut_prefix(&address, "/", bits, &bits);

	if (cut < 0) {
		complain_of(p, address.at + address.len, "the prefix length of an %s network is /0 to /%d", four ? "IPv4" : "IPv6", four ? 32 : 128);
		return false;
	}
	if (!ip_network_parse(address, &t->network) || t->network.family != (four ? 4 : 6) || memchr(address.at, '/', address.len)) {
		complain_of(p, address.len > 0 ? address.at : p->term.at + p->term.len, t->network.family && address.len > 0 ?
		            "this is not an %s address; %s takes the other family" : "this is not an %s address",
		            four ? "IPv4" : "IPv6", four ? "ip6:" : "ip4:");
		return false;
	}
	t->network.bits = bits;
	return true;
}

/* The mechanism that somebody who writes this means, or NULL. */
static const char *meant_by(struct span name)
{
	static const struct { const char *written, *meant; } usual[] = {
		{ "ipv4", "ip4" }, { "ipv6", "ip6" }, { "ip", "ip4" }, { "include-all", "include" }, { "redirect", "redirect=" }, { "exp", "exp=" },
	};
	struct nearest n = nearest_to(name);

	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (span_eq_nocase(name, span_of(usual[i].written)))
			return usual[i].meant;
	for (size_t i = 0; i < MECHANISMS; i++)
		nearest_try(&n, mechanisms[i].name);
	return n.word;
}

static void refuse_mechanism(struct parsing *p, struct span name)
{
	const char *meant = meant_by(name);
	struct buf shown = { 0 };
	struct ip_network n;

	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] < '!' || name.at[i] > '~') {
			complain_of(p, name.at + i, "this byte (0x%02x) cannot be in a record: blanks alone part terms", (unsigned char)name.at[i]);
			return;
		}
	escape(&shown, name);
	if (name.len == 0)
		complain_of(p, p->term.at, "a mechanism is missing");
	else if (ip_network_parse(p->term, &n))
		complain_of(p, p->term.at, "an address is written ip%d:%s", n.family, buf_text(&shown));
	else
		complain_of(p, name.at, "\"%s\" is not a mechanism%s%s%s", buf_text(&shown), meant ? "; did you mean \"" : "",
		            meant ? meant : "", meant ? "\"?" : "");
	buf_free(&shown);
}

static bool read_mechanism(struct parsing *p, struct spf_term *t)
{
	static const char signs[] = "+-~?";
	static const enum spf_result meanings[] = { SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL };
	struct span rest = p->term;
	const char *sign = strchr(signs, rest.at[0]);
	size_t len = 0, kind = 0;

	t->qualifier = sign && rest.at[0] ? meanings[sign - signs] : SPF_PASS;
	if (sign && rest.at[0])
		rest = (struct span){ rest.at + 1, rest.len - 1 };
	while (len < rest.len && rest.at[len] != ':' && rest.at[len] != '/' && rest.at[len] != '=')
		len++;
	struct span name = { rest.at, len };
	while ((size_t)kind < MECHANISMS && !span_eq_nocase(name, span_of(mechanisms[kind].name)))
		kind++;
	if (kind == MECHANISMS || (len < rest.len && rest.at[len] == '=')) {
		refuse_mechanism(p, name);
		return false;
	}
	t->kind = (enum spf_kind)kind;
	t->bits4 = 32;
	t->bits6 = 128;
	rest = (struct span){ rest.at + len, rest.len - len };
	bool has_colon = rest.len > 0 && rest.at[0] == ':';
	if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
		return read_network(p, has_colon ? (struct span){ rest.at + 1, rest.len - 1 } : SPAN(""), t);
	if (mechanisms[kind].prefixes && !read_prefixes(p, &rest, t))
		return false;
	if (rest.len > 0 && (!has_colon || mechanisms[kind].domain == DOMAIN_NONE)) {
		complain_of(p, rest.at, "nothing of this kind can follow \"%s\"", mechanisms[kind].name);
		return false;
	}
	if (rest.len == 0 && mechanisms[kind].domain != DOMAIN_MUST)
		return true;
	t->domain = rest.len > 0 ? (struct span){ rest.at + 1, rest.len - 1 } : rest;
	return check_domain(p, t->domain, SPF_MACRO_DOMAIN);
}

/* ---- modifiers ---- */

/* NAME "=": a letter, then letters, digits, "-", "_", ".". */
static bool is_modifier(struct span term, struct span *name)
{
	size_t len = 0;

	while (len < term.len && (byte_is_letter_or_digit(term.at[len]) || (len > 0 && term.at[len] != '\0' && strchr("-_.", term.at[len]))))
		len++;
	*name = (struct span){ term.at, len };
	return len > 0 && len < term.len && term.at[len] == '=' && !byte_is_digit(term.at[0]);
}

static bool read_modifier(struct parsing *p, struct span name, struct spf_term *t)
{
	struct span value = { name.at + name.len + 1, p->term.len - name.len - 1 };

	t->kind = span_eq_nocase(name, SPAN("redirect")) ? SPF_REDIRECT : span_eq_nocase(name, SPAN("exp")) ? SPF_EXP : SPF_UNKNOWN_MODIFIER;
	t->domain = value;
	for (size_t i = 0; i < p->record->count; i++)
		if (p->record->terms[i].kind == t->kind && t->kind != SPF_UNKNOWN_MODIFIER) {
			complain_of(p, name.at, "there is a second %s", t->kind == SPF_EXP ? "exp=" : "redirect=");
			return false;
		}
	return check_domain(p, value, t->kind == SPF_UNKNOWN_MODIFIER ? SPF_MACRO_VALUE : SPF_MACRO_DOMAIN);
}

/* ---- the record ---- */

void spf_record_parse(struct span text, struct spf_record *out)
{
	struct span rest = { text.at + sizeof VERSION_WORD - 1, text.len - (sizeof VERSION_WORD - 1) }, name;
	struct parsing p = { .record = out, .text = text };

	*out = (struct spf_record){ 0 };
	while (rest.at) {
		p.term = span_cut(&rest, ' ');
		if (p.term.len == 0)
			continue;
		struct spf_term t = { .text = p.term, .column = (size_t)(p.term.at - text.at) + 1 };
		if (is_modifier(p.term, &name) ? read_modifier(&p, name, &t) : read_mechanism(&p, &t)) {
			out->terms = mem_resize(out->terms, out->count + 1, sizeof *out->terms);
			out->terms[out->count++] = t;
		}
	}
	for (size_t i = 0; i < out->count; i++) {
		const struct spf_term *t = &out->terms[i];
		if (t->kind == SPF_REDIRECT)
			out->redirect = t;
		else if (t->kind == SPF_EXP)
			out->exp = t;
		else if (t->kind == SPF_ALL && out->all == NULL)
			out->all = t;
	}
	/* What stands behind "all" is never evaluated, nor redirect= beside it (sections 5.1 and 6.1). */
	for (size_t i = 0; i < out->count; i++)
		out->lookups += spf_kind_asks(out->terms[i].kind) &&
		                (out->all == NULL || (out->terms[i].kind != SPF_REDIRECT && &out->terms[i] < out->all));
}

void spf_record_free(struct spf_record *r)
{
	for (size_t i = 0; i < r->error_count; i++)
		free(r->errors[i].text);
	free(r->errors);
	free(r->terms);
	*r = (struct spf_record){ 0 };
}
