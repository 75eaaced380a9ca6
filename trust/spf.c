/* SPDX-License-Identifier: ISC */
#include "trust/spf.h"

#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "trust/spf_macro.h"

#include <stdlib.h>

enum { NAME_BYTES_MAX = 253, LABEL_BYTES_MAX = 63 };

enum outcome { NO_MATCH, MATCH, WAITING, TEMPERROR, PERMERROR };

struct evaluation {
	const struct spf_question *q;
	struct answers *answers;
	struct spf_macro_values values;   /* but domain and p */
	struct spf_verdict *v;
	bool waiting;
	bool explaining;                  /* the result stands: nothing counts any more (section 6.2) */
};

/* ---- what it comes to ---- */

__attribute__((format(printf, 2, 3)))
static void set_reason(struct evaluation *e, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	free(e->v->reason);
	e->v->reason = buf_take(&text);
}

static void push_step(struct evaluation *e, const char *domain, struct span term, size_t column)
{
	struct spf_verdict *v = e->v;

	v->steps = mem_resize(v->steps, v->step_count + 1, sizeof *v->steps);
	v->steps[v->step_count++] = (struct spf_step){ mem_text(domain), mem_text_span(term), column };
}

static void drop_steps(struct spf_verdict *v, size_t to)
{
	while (v->step_count > to) {
		free(v->steps[--v->step_count].domain);
		free(v->steps[v->step_count].term);
	}
}

void spf_verdict_free(struct spf_verdict *v)
{
	drop_steps(v, 0);
	free(v->steps);
	free(v->domain);
	free(v->sender);
	free(v->reason);
	free(v->explanation);
	*v = (struct spf_verdict){ 0 };
}

/* ---- look-ups ---- */

/* RFC 1035: labels of 1 to 63 bytes, 253 in all. */
static bool can_be_asked(struct span name)
{
	struct span rest = name;

	if (name.len == 0 || name.len > NAME_BYTES_MAX || memchr(name.at, '\0', name.len))
		return false;
	while (rest.at) {
		struct span label = span_cut(&rest, '.');
		if (label.len == 0 || label.len > LABEL_BYTES_MAX)
			return false;
	}
	return true;
}

/* NULL: it waits. */
static const struct answer *look_up(struct evaluation *e, const char *name, enum dns_type type)
{
	const struct answer *a = answers_get(e->answers, name, type);

	e->waiting |= a == NULL;
	return a;
}

static const char *type_word(enum dns_type type)
{
	return type == DNS_A ? "A" : type == DNS_AAAA ? "AAAA" : type == DNS_MX ? "MX" : type == DNS_PTR ? "PTR" : "TXT";
}

static enum outcome count_void(struct evaluation *e, const struct answer *a)
{
	if ((a->state != ANSWER_NO_DATA && a->state != ANSWER_NO_NAME) || e->explaining)
		return NO_MATCH;
	if (++e->v->voids <= SPF_VOIDS_MAX || e->q->count_all)
		return NO_MATCH;
	set_reason(e, "more than %d look-ups found nothing, the last that of %s %s", SPF_VOIDS_MAX, type_word(a->type), a->name);
	return PERMERROR;
}

static enum outcome in_trouble(struct evaluation *e, const struct answer *a)
{
	set_reason(e, "%s %s could not be looked up: %s", type_word(a->type), a->name, a->trouble ? a->trouble : "no answer");
	return TEMPERROR;
}

static enum dns_type address_type(const struct evaluation *e)
{
	return e->values.client.family == 6 ? DNS_AAAA : DNS_A;
}

/* Is the client in a network around one of the addresses? */
static bool holds_client(const struct evaluation *e, const struct answer *a, uint8_t bits)
{
	const struct ip_address *client = &e->values.client;
	size_t len = client->family == 6 ? 16 : 4;

	for (size_t i = 0; i < a->count; i++) {
		struct ip_network n = { .family = client->family, .bits = bits };
		if (a->records[i].len != len)
			continue;
		memcpy(n.bytes, a->records[i].at, len);
		if (ip_network_holds(&n, client->family, client->bytes))
			return true;
	}
	return false;
}

/* ---- names ---- */

/*
 * The names of the client that lead back to it (section 5.5), of the first SPF_NAMES_MAX. Trouble is no name.
 * MATCH: all are known.
 */
static enum outcome validated_names(struct evaluation *e, struct text_list *out)
{
	const struct answer *addresses[SPF_NAMES_MAX];
	struct buf name = { 0 };
	size_t count = 0;

	spf_macro_expand(SPAN("%{ir}.%{v}.arpa"), &e->values, &name);
	const struct answer *ptr = look_up(e, buf_text(&name), DNS_PTR);
	buf_free(&name);
	if (ptr == NULL)
		return WAITING;
	if (count_void(e, ptr) == PERMERROR)
		return PERMERROR;
	for (; count < ptr->count && count < SPF_NAMES_MAX; count++)
		addresses[count] = can_be_asked(buf_span(&ptr->records[count])) ?
		                   look_up(e, ptr->records[count].at, address_type(e)) : NULL;
	if (e->waiting)
		return WAITING;
	for (size_t i = 0; i < count; i++) {
		if (addresses[i] == NULL)
			continue;
		if (count_void(e, addresses[i]) == PERMERROR)
			return PERMERROR;
		if (holds_client(e, addresses[i], e->values.client.family == 6 ? 128 : 32))
			text_list_add(out, buf_span(&ptr->records[i]));
	}
	return MATCH;
}

/* %{p}: the domain itself, or one below it, or any (section 7.3). */
static struct span best_name(const struct text_list *names, struct span domain)
{
	for (size_t i = 0; i < names->count; i++)
		if (span_eq_nocase(span_of(names->items[i]), domain))
			return span_of(names->items[i]);
	for (size_t i = 0; i < names->count; i++)
		if (domain_is_within(span_of(names->items[i]), domain))
			return span_of(names->items[i]);
	return names->count > 0 ? span_of(names->items[0]) : SPAN("unknown");
}

/* MATCH: out is the text of a macro string in a record of the domain. */
static enum outcome expand_text(struct evaluation *e, const char *domain, struct span text, struct buf *out)
{
	struct spf_macro_values values = e->values;
	struct text_list names = { 0 };
	enum outcome outcome = spf_macro_has(text, 'p') ? validated_names(e, &names) : MATCH;

	values.domain = span_of(domain);
	values.validated = best_name(&names, values.domain);
	if (outcome == MATCH)
		spf_macro_expand(text, &values, out);
	text_list_free(&names);
	return outcome;
}

/*
 * The name that a term is about (section 4.8): MATCH, or NO_MATCH where it cannot be in the DNS. Names that are too
 * long lose labels from the left (7.3).
 */
static enum outcome target_name(struct evaluation *e, const char *domain, const struct spf_term *t, struct buf *out)
{
	enum outcome outcome = MATCH;

	if (t->domain.len == 0)
		buf_add_text(out, domain);
	else
		outcome = expand_text(e, domain, t->domain, out);
	if (outcome != MATCH)
		return outcome;
	struct span name = domain_without_dot((struct span){ buf_text(out), out->len });
	while (name.len > NAME_BYTES_MAX) {
		const char *dot = memchr(name.at, '.', name.len);
		if (dot == NULL)
			break;
		name = span_between(dot + 1, name.at + name.len);
	}
	buf_drop_front(out, (size_t)(name.at - out->at));
	out->len = name.len;
	out->at[out->len] = '\0';
	return can_be_asked(buf_span(out)) ? MATCH : NO_MATCH;
}

/* ---- mechanisms ---- */

static enum outcome try_a(struct evaluation *e, const struct spf_term *t, const char *name)
{
	const struct answer *a = look_up(e, name, address_type(e));

	if (a == NULL)
		return WAITING;
	if (a->state == ANSWER_TROUBLE)
		return in_trouble(e, a);
	if (holds_client(e, a, e->values.client.family == 6 ? t->bits6 : t->bits4))
		return MATCH;
	return count_void(e, a);
}

static enum outcome try_mx(struct evaluation *e, const struct spf_term *t, const char *name)
{
	const struct answer *mx = look_up(e, name, DNS_MX);

	if (mx == NULL)
		return WAITING;
	if (mx->state == ANSWER_TROUBLE)
		return in_trouble(e, mx);
	if (mx->count > SPF_NAMES_MAX) {
		set_reason(e, "%s has %zu MX hosts, and no more than %d may be looked at", name, mx->count, SPF_NAMES_MAX);
		return PERMERROR;
	}
	for (size_t i = 0; i < mx->count; i++)      /* all at once */
		if (can_be_asked(buf_span(&mx->records[i])))
			look_up(e, mx->records[i].at, address_type(e));
	if (e->waiting)
		return WAITING;
	enum outcome outcome = count_void(e, mx);
	for (size_t i = 0; i < mx->count && outcome == NO_MATCH; i++)
		if (can_be_asked(buf_span(&mx->records[i])))
			outcome = try_a(e, t, mx->records[i].at);
	return outcome;
}

static enum outcome try_ptr(struct evaluation *e, const struct spf_term *t, const char *name)
{
	struct text_list names = { 0 };
	enum outcome outcome = validated_names(e, &names);

	(void)t;
	if (outcome == MATCH) {
		outcome = NO_MATCH;
		for (size_t i = 0; i < names.count; i++)
			if (domain_is_within(span_of(names.items[i]), span_of(name)))
				outcome = MATCH;
	}
	text_list_free(&names);
	return outcome;
}

/* Of the A record alone, for IPv6 too (section 5.7). */
static enum outcome try_exists(struct evaluation *e, const struct spf_term *t, const char *name)
{
	const struct answer *a = look_up(e, name, DNS_A);

	(void)t;
	if (a == NULL)
		return WAITING;
	if (a->state == ANSWER_TROUBLE)
		return in_trouble(e, a);
	return a->count > 0 ? MATCH : count_void(e, a);
}

static enum spf_result check_domain(struct evaluation *e, const char *domain, bool included);

static enum outcome try_include(struct evaluation *e, const struct spf_term *t, const char *name)
{
	static const enum outcome outcomes[] = {     /* the table of section 5.2 */
		[SPF_PASS] = MATCH,        [SPF_FAIL] = NO_MATCH,       [SPF_SOFTFAIL] = NO_MATCH,   [SPF_NEUTRAL] = NO_MATCH,
		[SPF_NONE] = PERMERROR,    [SPF_TEMPERROR] = TEMPERROR, [SPF_PERMERROR] = PERMERROR,
	};

	(void)t;
	return outcomes[check_domain(e, name, true)];
}

static enum outcome count_lookup(struct evaluation *e)
{
	unsigned most = e->q->count_all ? SPF_COUNT_MAX : SPF_LOOKUPS_MAX;

	if (++e->v->lookups <= most)
		return NO_MATCH;
	set_reason(e, "more than %u terms ask the DNS", most);
	return PERMERROR;
}

static enum outcome try_mechanism(struct evaluation *e, const char *domain, const struct spf_term *t)
{
	static enum outcome (*const tries[])(struct evaluation *e, const struct spf_term *t, const char *name) = {
		[SPF_INCLUDE] = try_include, [SPF_A] = try_a, [SPF_MX] = try_mx, [SPF_PTR] = try_ptr, [SPF_EXISTS] = try_exists,
	};
	struct buf name = { 0 };
	enum outcome outcome;

	if (t->kind == SPF_ALL)
		return MATCH;
	if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
		return ip_network_holds(&t->network, e->values.client.family, e->values.client.bytes) ? MATCH : NO_MATCH;
	if (count_lookup(e) == PERMERROR)
		return PERMERROR;
	outcome = target_name(e, domain, t, &name);
	/* An include of what cannot be in the DNS is one of a domain without a record. */
	if (outcome == MATCH || (outcome == NO_MATCH && t->kind == SPF_INCLUDE))
		outcome = tries[t->kind](e, t, buf_text(&name));
	buf_free(&name);
	return e->waiting ? WAITING : outcome;
}

/* ---- records ---- */

const struct buf *spf_record_of(const struct answer *txt, size_t *count)
{
	const struct buf *found = NULL;

	*count = 0;
	for (size_t i = 0; i < txt->count; i++)
		if (spf_is_record(buf_span(&txt->records[i]))) {
			found = &txt->records[i];
			++*count;
		}
	return *count == 1 ? found : NULL;
}

/* The record of a domain, or NULL: *result is what that means (sections 4.3 to 4.5). */
static const struct buf *find_record(struct evaluation *e, const char *domain, enum spf_result *result)
{
	size_t count;

	*result = SPF_NONE;
	if (!can_be_asked(span_of(domain)) || !strchr(domain, '.') || domain[0] == '[') {
		set_reason(e, "\"%s\" is not a domain name of two labels or more", domain);
		return NULL;
	}
	const struct answer *a = look_up(e, domain, DNS_TXT);
	if (a == NULL)
		return NULL;
	const struct buf *record = spf_record_of(a, &count);
	if (a->state == ANSWER_TROUBLE) {
		in_trouble(e, a);
		*result = SPF_TEMPERROR;
	} else if (count > 1) {
		set_reason(e, "%s publishes %zu SPF records, and only one is allowed", domain, count);
		*result = SPF_PERMERROR;
	} else if (count == 0) {
		set_reason(e, a->state == ANSWER_NO_NAME ? "%s does not exist" : "%s publishes no SPF record", domain);
	}
	return record;
}

/* The domain's own words, where there are some. Whatever goes wrong, there are none. */
static void explain(struct evaluation *e, const char *domain, const struct spf_term *exp)
{
	struct buf name = { 0 }, words = { 0 };
	size_t at;

	e->explaining = true;
	if (target_name(e, domain, exp, &name) == MATCH) {
		const struct answer *a = look_up(e, buf_text(&name), DNS_TXT);
		if (a && a->count == 1 && spf_macro_check(buf_span(&a->records[0]), SPF_MACRO_EXPLAIN, &at) == NULL &&
		    expand_text(e, domain, buf_span(&a->records[0]), &words) == MATCH) {
			free(e->v->explanation);
			e->v->explanation = buf_take(&words);
		}
	}
	e->explaining = false;
	buf_free(&name);
	buf_free(&words);
}

/* redirect=, where nothing has matched (section 6.1). */
static enum spf_result follow(struct evaluation *e, const char *domain, const struct spf_term *t, bool included)
{
	struct buf name = { 0 };
	enum spf_result result = SPF_PERMERROR;

	push_step(e, domain, t->text, t->column);
	if (count_lookup(e) == NO_MATCH) {
		enum outcome named = target_name(e, domain, t, &name);
		if (named == MATCH || named == NO_MATCH)
			result = check_domain(e, buf_text(&name), included);
	}
	buf_free(&name);
	return result == SPF_NONE ? SPF_PERMERROR : result;
}

static enum spf_result evaluate(struct evaluation *e, const char *domain, const struct spf_record *r, bool included)
{
	size_t depth = e->v->step_count;

	for (size_t i = 0; i < r->count && !e->waiting; i++) {
		const struct spf_term *t = &r->terms[i];
		if (t->kind >= SPF_REDIRECT)
			continue;
		push_step(e, domain, t->text, t->column);
		enum outcome outcome = try_mechanism(e, domain, t);
		if (outcome == TEMPERROR)
			return SPF_TEMPERROR;
		if (outcome == PERMERROR && !(e->q->count_all && e->v->lookups <= SPF_COUNT_MAX))
			return SPF_PERMERROR;
		if (outcome == MATCH && (t->kind == SPF_ALL || !e->q->count_all)) {
			if (t->qualifier == SPF_FAIL && r->exp && !included)
				explain(e, domain, r->exp);
			return t->qualifier;
		}
		drop_steps(e->v, depth);
	}
	if (r->redirect && !e->waiting)
		return follow(e, domain, r->redirect, included);
	return SPF_NEUTRAL;
}

static enum spf_result check_domain(struct evaluation *e, const char *domain, bool included)
{
	enum spf_result result;
	const struct buf *text = find_record(e, domain, &result);
	struct spf_record record;

	if (text == NULL)
		return result;
	spf_record_parse(buf_span(text), &record);
	if (record.error_count > 0) {
		const struct spf_error *first = &record.errors[0];
		push_step(e, domain, first->term, first->column);
		set_reason(e, "the record of %s has an error at column %zu: %s", domain, first->column, first->text);
		e->v->error_count = record.error_count;
		result = SPF_PERMERROR;
	} else {
		result = evaluate(e, domain, &record, included);
	}
	spf_record_free(&record);
	return result;
}

/* ---- the question ---- */

/* ::ffff:192.0.2.1 is 192.0.2.1 (section 5). */
static struct ip_address plain_address(const struct ip_address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip_address out = *a;

	if (a->family == 6 && memcmp(a->bytes, mapped, sizeof mapped) == 0) {
		out = (struct ip_address){ .family = 4 };
		memcpy(out.bytes, a->bytes + 12, 4);
	}
	return out;
}

/* What it all comes to, in words. */
static void sum_up(struct evaluation *e)
{
	struct spf_verdict *v = e->v;
	const struct spf_step *last = v->step_count > 0 ? &v->steps[v->step_count - 1] : NULL;

	if (v->result == SPF_TEMPERROR || v->result == SPF_PERMERROR || v->result == SPF_NONE)
		return;
	/* A redirection is the last step where nothing in the record matches that it leads to. */
	if (last && !span_starts_nocase(span_of(last->term), SPAN("redirect=")))
		set_reason(e, "\"%s\" of %s matches", last->term, last->domain);
	else
		set_reason(e, "nothing in the record of %s matches%s", v->domain, last ? ", nor where it redirects to" : "");
}

bool spf_check(const struct spf_question *q, struct answers *answers, struct spf_verdict *out)
{
	struct evaluation e = { .q = q, .answers = answers, .v = out };
	struct span from = span_of(q->mail_from ? q->mail_from : ""), helo = span_of(q->helo ? q->helo : "");
	const char *at = from.len > 0 ? memrchr(from.at, '@', from.len) : NULL;
	bool of_helo = q->identity == SPF_HELO || from.len == 0;
	struct span local = of_helo || at == NULL ? SPAN("") : span_between(from.at, at);
	struct buf sender = { 0 }, ascii = { 0 };

	*out = (struct spf_verdict){ .explanation = mem_text(""), .reason = mem_text("") };
	/* In A-labels, or as it is. */
	struct span domain = domain_without_dot(of_helo ? helo : at ? span_between(at + 1, from.at + from.len) : from);
	if (idn_domain(domain, &ascii, NULL) < 0)
		buf_add_span(&ascii, domain);
	out->domain = buf_take(&ascii);
	buf_add_span(&sender, local.len > 0 ? local : SPAN("postmaster"));
	local.len = sender.len;
	buf_printf(&sender, "@%s", out->domain);
	out->sender = buf_take(&sender);
	e.values = (struct spf_macro_values){
		.sender = span_of(out->sender), .local = { out->sender, local.len }, .sender_domain = span_of(out->domain),
		.domain = span_of(out->domain), .helo = domain_without_dot(helo), .client = plain_address(&q->client),
		.receiver = span_of(q->receiver ? q->receiver : "unknown"), .now_s = q->now_s,
	};
	out->result = check_domain(&e, out->domain, false);
	if (e.waiting) {
		spf_verdict_free(out);
		return false;
	}
	sum_up(&e);
	return true;
}
