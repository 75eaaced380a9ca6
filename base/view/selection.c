/* SPDX-License-Identifier: ISC */
#include "base/view/selection.h"

#include "base/mail/address.h"
#include "base/units.h"

#include <stddef.h>
#include <stdlib.h>

enum kind { TEXT, NUMBER, AGE, FLAG, ID };

static const struct row {
	const char *name;
	enum kind kind;
	bool narrows;          /* a filter */
	bool of_recipient;
	size_t offset;
} rows[] = {
	{ "id",        ID,     true,  false, offsetof(struct selection, ids) },
	{ "not-id",    ID,     true,  false, offsetof(struct selection, not_ids) },
	{ "sender",    TEXT,   true,  false, offsetof(struct selection, sender) },
	{ "not-sender", TEXT,  true,  false, offsetof(struct selection, not_sender) },
	{ "uid",       NUMBER, true,  false, offsetof(struct selection, uid) },
	{ "unit",      TEXT,   true,  false, offsetof(struct selection, unit) },
	{ "container", TEXT,   true,  false, offsetof(struct selection, container) },
	{ "text",      TEXT,   true,  false, offsetof(struct selection, text) },
	{ "older",     AGE,    true,  false, offsetof(struct selection, older_ms) },
	{ "newer",     AGE,    true,  false, offsetof(struct selection, newer_ms) },
	{ "recipient", TEXT,   true,  true,  offsetof(struct selection, recipient) },
	{ "not-recipient", TEXT, true, true, offsetof(struct selection, not_recipient) },
	{ "domain",    TEXT,   true,  true,  offsetof(struct selection, domain) },
	{ "reason",    TEXT,   true,  true,  offsetof(struct selection, reason) },
	{ "held",      FLAG,   true,  true,  offsetof(struct selection, held) },
	{ "deferred",  FLAG,   true,  true,  offsetof(struct selection, deferred) },
	{ "all",       FLAG,   true,  false, offsetof(struct selection, all) },
	{ "dry-run",   FLAG,   false, false, offsetof(struct selection, dry_run) },
	{ "now",       FLAG,   false, false, offsetof(struct selection, now) },
	{ "no-data",   FLAG,   false, false, offsetof(struct selection, no_data) },
	{ "bounce",    FLAG,   false, false, offsetof(struct selection, bounce) },
	{ "via",       TEXT,   false, false, offsetof(struct selection, via) },
	{ "by",        TEXT,   false, false, offsetof(struct selection, by) },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct row *find_row(struct span name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (span_eq(name, span_of(rows[i].name)))
			return &rows[i];
	return NULL;
}

static void *row_field(const struct selection *s, const struct row *row)
{
	return (char *)(uintptr_t)s + row->offset;
}

static bool is_set(const struct selection *s, const struct row *row)
{
	switch (row->kind) {
	case TEXT: return *(char **)row_field(s, row) != NULL;
	case NUMBER: return *(int64_t *)row_field(s, row) >= 0;
	case AGE: return *(int64_t *)row_field(s, row) > 0;
	case FLAG: return *(bool *)row_field(s, row);
	case ID: return ((struct text_list *)row_field(s, row))->count > 0;
	}
	return false;
}

bool selection_is_flag(struct span name)
{
	const struct row *row = find_row(name);

	return row && row->kind == FLAG;
}

/* ---- setting ---- */

/* Text of one line, without control bytes: it stands in a line, and in the log. */
static bool is_plain(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
			return false;
	return value.len > 0 && value.len <= SELECTION_VALUE_MAX;
}

static int set_text(char **at, const struct row *row, struct span value, struct fault *f)
{
	if (!is_plain(value))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "%s needs one line of text, at most %d bytes", row->name,
		                 SELECTION_VALUE_MAX);
	free(*at);
	*at = mem_text_span(value);
	return 0;
}

static int set_number(int64_t *at, const struct row *row, struct span value, struct fault *f)
{
	unsigned long long number;

	if (!span_number(value, UINT32_MAX, &number))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "%s needs a number, not \"%.*s\"", row->name,
		                 (int)(value.len < 80 ? value.len : 80), value.at ? value.at : "");
	*at = (int64_t)number;
	return 0;
}

static int set_age(int64_t *at, const struct row *row, struct span value, struct fault *f)
{
	uint64_t ms;

	if (!units_duration(value, &ms) || ms == 0 || ms > INT64_MAX / 4)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "%s needs an age such as \"30m\", \"6h\" or \"2d\", not \"%.*s\"",
		                 row->name, (int)(value.len < 80 ? value.len : 80), value.at ? value.at : "");
	*at = (int64_t)ms;
	return 0;
}

static int add_id(struct text_list *ids, struct span value, struct fault *f)
{
	if (!is_plain(value))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "an empty queue id");
	if (ids->count >= SELECTION_IDS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "more than %d queue ids at once: name them in several calls",
		                 SELECTION_IDS_MAX);
	text_list_add(ids, value);
	return 0;
}

int selection_set(struct selection *s, struct span name, struct span value, struct fault *f)
{
	const struct row *row = find_row(name);

	if (row == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "there is no filter \"%.*s\"", (int)(name.len < 80 ? name.len : 80),
		                 name.at ? name.at : "");
	switch (row->kind) {
	case TEXT: return set_text(row_field(s, row), row, value, f);
	case NUMBER: return set_number(row_field(s, row), row, value, f);
	case AGE: return set_age(row_field(s, row), row, value, f);
	case ID: return add_id(row_field(s, row), value, f);
	case FLAG: break;
	}
	if (value.len > 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "%s takes no value", row->name);
	*(bool *)row_field(s, row) = true;
	return 0;
}

int selection_parse(struct span argument, struct selection *out, struct fault *f)
{
	int result = 0;

	*out = (struct selection){ .uid = -1 };
	out->spoken = argument.len > 0 && memchr(argument.at, '\n', argument.len) != NULL;
	if (argument.len > 0 && !out->spoken)
		result = add_id(&out->ids, argument, f);
	while (out->spoken && argument.len > 0 && result == 0) {
		struct span value = span_cut(&argument, '\n');
		struct span name = span_cut(&value, ' ');
		result = selection_set(out, name, value, f);
	}
	if (result < 0)
		selection_free(out);
	return result;
}

void selection_free(struct selection *s)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].kind == TEXT)
			free(*(char **)row_field(s, &rows[i]));
	text_list_free(&s->ids);
	text_list_free(&s->not_ids);
	*s = (struct selection){ .uid = -1 };
}

/* ---- fitting ---- */

bool selection_is_empty(const struct selection *s)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].narrows && is_set(s, &rows[i]))
			return false;
	return true;
}

bool selection_has_recipients(const struct selection *s)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].of_recipient && is_set(s, &rows[i]))
			return true;
	return false;
}

static bool text_contains(struct span text, struct span part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (span_eq_nocase((struct span){ text.at + i, part.len }, part))
			return true;
	return false;
}

bool selection_pattern_fits(const char *pattern, struct span text)
{
	struct span p = span_of(pattern);
	bool before = p.len > 0 && p.at[0] == '*', after = p.len > 1 && p.at[p.len - 1] == '*';
	struct span part = { p.at + before, p.len - before - after };

	if (strcmp(pattern, "<>") == 0)
		return text.len == 0;
	if (before && after)
		return text_contains(text, part);
	if (before)
		return span_ends_nocase(text, part);
	return after ? span_starts_nocase(text, part) : span_eq_nocase(text, part);
}

static bool pattern_allows(const char *pattern, struct span text)
{
	return pattern == NULL || selection_pattern_fits(pattern, text);
}

static bool pattern_excludes(const char *pattern, struct span text)
{
	return pattern && selection_pattern_fits(pattern, text);
}

bool selection_fits_message(const struct selection *s, const struct selection_message *m, int64_t now_ms)
{
	int64_t age_ms = now_ms - m->arrival_ms;

	return (s->uid < 0 || s->uid == m->uid) && pattern_allows(s->sender, span_of(m->sender)) &&
	       !pattern_excludes(s->not_sender, span_of(m->sender)) && pattern_allows(s->unit, span_of(m->unit)) &&
	       pattern_allows(s->container, span_of(m->container)) && (s->older_ms == 0 || age_ms > s->older_ms) &&
	       (s->newer_ms == 0 || age_ms < s->newer_ms);
}

bool selection_fits_recipient(const struct selection *s, const struct selection_recipient *r)
{
	struct span address = span_of(r->address);

	return pattern_allows(s->recipient, address) && !pattern_excludes(s->not_recipient, address) &&
	       pattern_allows(s->domain, address_domain(address)) &&
	       (s->reason == NULL || text_contains(span_of(r->reason), span_of(s->reason)) ||
	        text_contains(span_of(r->status), span_of(s->reason))) &&
	       (!s->held || r->held) && (!s->deferred || r->deferred);
}
