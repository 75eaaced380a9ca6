/* SPDX-License-Identifier: ISC */
#include "trust/finding.h"

#include "base/escape.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVIDENCE_TEXT_MAX = 600, EVIDENCE_LINES_MAX = 20 };

const char *finding_state_name(enum finding_state state)
{
	static const char *const names[FINDING_STATES] = {
		[FINDING_PASS] = "pass", [FINDING_INFO] = "info", [FINDING_SKIPPED] = "skipped", [FINDING_UNKNOWN] = "unknown",
		[FINDING_WARN] = "warn", [FINDING_FAIL] = "fail",
	};

	return names[state];
}

const struct check *check_named(const char *id)
{
	for (size_t i = 0; i < check_count; i++)
		if (strcmp(check_table[i].id, id) == 0)
			return &check_table[i];
	return NULL;
}

struct span check_area(const struct check *c)
{
	struct span rest = span_of(c->id);

	return span_cut(&rest, '.');
}

/* ---- making ---- */

/* A record may have 64 KiB; a person needs its beginning. */
static char *short_text(const char *format, va_list ap)
{
	struct buf text = { 0 };

	buf_vprintf(&text, format, ap);
	if (text.len > EVIDENCE_TEXT_MAX) {
		size_t left_out = text.len - EVIDENCE_TEXT_MAX;
		text.len = EVIDENCE_TEXT_MAX;
		buf_printf(&text, "... (%zu more bytes)", left_out);
	}
	return buf_take(&text);
}

struct finding *finding_add(struct findings *list, const char *id, enum finding_state state, const char *domain,
                            unsigned family, const char *format, ...)
{
	struct finding *f = mem_alloc(sizeof *f);
	va_list ap;

	f->check = check_named(id);
	if (f->check == NULL)
		abort();
	f->state = state;
	f->domain = mem_text(domain ? domain : "");
	f->family = family;
	f->fix = mem_text("");
	f->subject = mem_text(f->domain);
	va_start(ap, format);
	f->what = short_text(format, ap);
	va_end(ap);
	list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = f;
	return f;
}

void finding_subject(struct finding *f, const char *format, ...)
{
	va_list ap;

	free(f->subject);
	va_start(ap, format);
	f->subject = short_text(format, ap);
	va_end(ap);
}

void finding_evidence(struct finding *f, const char *format, ...)
{
	va_list ap;

	if (f->evidence.count > EVIDENCE_LINES_MAX)
		return;
	if (f->evidence.count == EVIDENCE_LINES_MAX) {
		text_list_add(&f->evidence, SPAN("... and more"));
		return;
	}
	va_start(ap, format);
	char *line = short_text(format, ap);
	va_end(ap);
	text_list_add(&f->evidence, span_of(line));
	free(line);
}

void finding_fix(struct finding *f, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	buf_add_text(&text, f->fix);
	if (text.len > 0)
		buf_add_byte(&text, '\n');
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	for (size_t i = 0; i < text.len; i++)
		if ((text.at[i] < ' ' && text.at[i] != '\n') || text.at[i] > '~')
			text.at[i] = '?';
	free(f->fix);
	f->fix = buf_take(&text);
}

void findings_free(struct findings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct finding *f = list->items[i];
		free(f->domain);
		free(f->what);
		free(f->fix);
		free(f->subject);
		text_list_free(&f->evidence);
		free(f);
	}
	free(list->items);
	*list = (struct findings){ 0 };
}

void findings_move(struct findings *from, bool (*wanted)(const struct finding *f, const void *context), const void *context,
                   struct findings *to)
{
	size_t kept = 0;

	for (size_t i = 0; i < from->count; i++) {
		if (wanted && !wanted(from->items[i], context)) {
			from->items[kept++] = from->items[i];
			continue;
		}
		to->items = mem_resize(to->items, to->count + 1, sizeof *to->items);
		to->items[to->count++] = from->items[i];
	}
	from->count = kept;
}

/* ---- order ---- */

/* What is to be done first comes first. */
static int by_urgency(const struct finding *a, const struct finding *b)
{
	if (a->state != b->state)
		return a->state > b->state ? -1 : 1;
	if (a->check != b->check)
		return a->check < b->check ? -1 : 1;
	int domains = strcmp(a->domain, b->domain);
	return domains ? domains : (int)a->family - (int)b->family;
}

static int worst_last(const void *a, const void *b)
{
	return by_urgency(*(struct finding *const *)b, *(struct finding *const *)a);
}

void findings_order(struct findings *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof list->items[0], worst_last);
}

enum finding_state findings_worst(const struct findings *list)
{
	enum finding_state worst = FINDING_PASS;

	for (size_t i = 0; i < list->count; i++)
		worst = list->items[i]->state > worst ? list->items[i]->state : worst;
	return worst;
}

const struct finding *findings_first(const struct findings *list)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct finding *f = list->items[i];
		if (f->state >= FINDING_UNKNOWN && (first == NULL || by_urgency(f, first) < 0))
			first = f;
	}
	return first;
}

int findings_exit(const struct findings *list)
{
	switch (findings_worst(list)) {
	case FINDING_FAIL:    return 2;
	case FINDING_WARN:    return 1;
	case FINDING_UNKNOWN: return 3;
	default:              return 0;
	}
}

/* ---- text ---- */

static const char *const colours[FINDING_STATES] = {
	[FINDING_PASS] = "\033[32m", [FINDING_INFO] = "\033[36m", [FINDING_SKIPPED] = "\033[2m", [FINDING_UNKNOWN] = "\033[35m",
	[FINDING_WARN] = "\033[33m", [FINDING_FAIL] = "\033[1;31m",
};

static void add_verify(const struct finding *f, struct buf *out)
{
	for (const char *at = f->check->verify; *at; at++) {
		if (at[0] == '%' && at[1] == 's') {
			buf_add_text(out, f->subject);
			at++;
		} else {
			buf_add_byte(out, *at);
		}
	}
}

/* "       fix: …", with what follows a line's end below its beginning. What is to be copied keeps its backslashes. */
static void add_part(struct buf *out, const char *label, struct span text)
{
	bool first = true, copied = strcmp(label, "fix") == 0;

	while (text.at) {
		struct span line = span_cut(&text, '\n');
		buf_printf(out, "%11s%s ", first ? label : "", first && label[0] ? ":" : " ");
		if (copied)
			buf_add_span(out, line);
		else
			escape_for_terminal(out, line);
		buf_add_byte(out, '\n');
		first = false;
	}
}

static void add_head(const struct finding *f, bool coloured, struct buf *out)
{
	buf_printf(out, "%s%-7s%s %s", coloured ? colours[f->state] : "", finding_state_name(f->state), coloured ? "\033[0m" : "",
	           f->check->id);
	if (f->domain[0])
		buf_printf(out, " %s", f->domain);
	if (f->family)
		buf_printf(out, " IPv%u", f->family);
	buf_add_text(out, ": ");
	escape_for_terminal(out, span_of(f->what));
	buf_add_byte(out, '\n');
}

static void add_body(const struct finding *f, struct buf *out)
{
	struct buf verify = { 0 };

	for (size_t i = 0; i < f->evidence.count; i++)
		add_part(out, i ? "" : "evidence", span_of(f->evidence.items[i]));
	if (f->state == FINDING_PASS || f->state == FINDING_INFO)
		return;
	add_part(out, "why", span_of(f->check->why));
	if (f->fix[0])
		add_part(out, "fix", span_of(f->fix));
	add_verify(f, &verify);
	if (f->fix[0] && verify.len > 0)
		add_part(out, "then", buf_span(&verify));
	buf_free(&verify);
}

static void add_counts(const struct findings *list, const char *between, const char *format, struct buf *out)
{
	size_t counts[FINDING_STATES] = { 0 };
	bool any = false;

	for (size_t i = 0; i < list->count; i++)
		counts[list->items[i]->state]++;
	for (int state = FINDING_FAIL; state >= FINDING_PASS; state--) {
		if (counts[state] == 0 && strcmp(between, " ") != 0)
			continue;
		buf_add_text(out, any ? between : "");
		any = true;
		if (strcmp(format, "=") == 0)
			buf_printf(out, "%s=%zu", finding_state_name((enum finding_state)state), counts[state]);
		else
			buf_printf(out, "%zu %s", counts[state], finding_state_name((enum finding_state)state));
	}
}

void findings_print_addresses(const struct findings *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct finding *f = list->items[i];
		if (f->state != FINDING_WARN || strcmp(f->check->id, "egress.changed") != 0)
			continue;
		buf_printf(out, "IPv%u: ", f->family);
		escape(out, span_of(f->what));
		buf_add_text(out, "\n\n");
	}
}

void findings_print_text(const struct findings *list, const struct finding_style *style, struct buf *out)
{
	const struct finding *first = findings_first(list);

	if (first) {
		buf_printf(out, "%sDo this first%s\n", style->colours ? "\033[1m" : "", style->colours ? "\033[0m" : "");
		add_head(first, style->colours, out);
		add_body(first, out);
		buf_add_byte(out, '\n');
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct finding *f = list->items[i];
		if (f == first || (!style->all && f->state == FINDING_PASS))
			continue;
		add_head(f, style->colours, out);
		add_body(f, out);
	}
	add_counts(list, ", ", " ", out);
	buf_add_text(out, list->count ? "\n" : "nothing was checked\n");
	if (list->count && findings_worst(list) < FINDING_UNKNOWN && !style->changes)
		buf_add_text(out, "All that was checked is well. That does not promise the inbox: receivers also judge the content and how "
		             "people react to it. Look at Gmail's Postmaster Tools, Microsoft's SNDS and Yahoo's Sender Hub.\n");
}

/* ---- for programs ---- */

static void json_finding(struct json *j, const struct finding *f)
{
	struct buf verify = { 0 };

	json_object(j, NULL);
	json_text(j, "id", f->check->id);
	json_text(j, "state", finding_state_name(f->state));
	json_text(j, "domain", f->domain);
	if (f->family)
		json_count(j, "family", f->family);
	else
		json_null(j, "family");
	json_text(j, "what", f->what);
	json_array(j, "evidence");
	for (size_t i = 0; i < f->evidence.count; i++)
		json_text(j, NULL, f->evidence.items[i]);
	json_end(j);
	json_text(j, "why", f->check->why);
	json_text(j, "fix", f->fix);
	add_verify(f, &verify);
	json_text(j, "verify", buf_text(&verify));
	json_end(j);
	buf_free(&verify);
}

void findings_print_json(const struct findings *list, int64_t now_ms, struct buf *out)
{
	struct json j = { .out = out };
	const struct finding *first = findings_first(list);
	time_t now = (time_t)(now_ms / 1000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_object(&j, NULL);
	json_number(&j, "version", 1);
	json_text(&j, "time", text);
	json_text(&j, "worst", finding_state_name(findings_worst(list)));
	if (first)
		json_text(&j, "first", first->check->id);
	else
		json_null(&j, "first");
	json_array(&j, "findings");
	for (size_t i = 0; i < list->count; i++)
		json_finding(&j, list->items[i]);
	json_end(&j);
	json_end(&j);
	buf_add_byte(out, '\n');
}

void findings_print_nagios(const struct findings *list, struct buf *out)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	const struct finding *first = findings_first(list);
	struct buf what = { 0 };

	buf_printf(out, "SIGNET %s - ", words[findings_exit(list)]);
	if (first) {
		escape_for_terminal(&what, span_of(first->what));
		for (size_t i = 0; i < what.len; i++)
			what.at[i] = what.at[i] == '|' ? '/' : what.at[i];    /* what follows one is performance data */
		buf_printf(out, "%s: %s", first->check->id, buf_text(&what));
	} else {
		buf_printf(out, "%zu findings, nothing to do", list->count);
	}
	buf_add_text(out, " | ");
	add_counts(list, " ", "=", out);
	buf_add_byte(out, '\n');
	buf_free(&what);
}

void check_explain(const struct check *c, struct buf *out)
{
	struct finding example = { .check = c, .subject = "DOMAIN" };
	struct buf verify = { 0 };

	buf_printf(out, "%s\n", c->id);
	add_part(out, "looks at", span_of(c->looks_at));
	add_part(out, "why", span_of(c->why));
	add_verify(&example, &verify);
	if (verify.len > 0)
		add_part(out, "then", buf_span(&verify));
	buf_free(&verify);
}
