/* SPDX-License-Identifier: ISC */
#include "signet/conf/config_entries.h"

#include "base/buf.h"
#include "base/conf/config_scan.h"

#include <stdlib.h>

static const struct {
	const char *group, *name;
	size_t offset;
} places[] = {
	{ "", "domain", offsetof(struct config_entry, domain) },
	{ "", "selector", offsetof(struct config_entry, selector) },
	{ "", "file", offsetof(struct config_entry, file) },
	{ "domainkeys", "selector", offsetof(struct config_entry, domainkeys_selector) },
	{ "domainkeys", "file", offsetof(struct config_entry, domainkeys_file) },
};

static bool is_mark(const struct scan_token *t, char mark)
{
	return t->kind == SCAN_MARK && t->mark == mark;
}

static bool opens_group(const struct scan_token *t)
{
	return is_mark(t, '{') || is_mark(t, '(') || is_mark(t, '[');
}

static struct scan_token peek_token(const struct scanner *s)
{
	struct scanner ahead = *s;

	return scan_next(&ahead);
}

static bool is_last(const struct scan_token *t)
{
	return t->kind == SCAN_END || t->kind == SCAN_OPEN_STRING || t->kind == SCAN_OPEN_COMMENT;
}

/* Past the bracket that closes the one just read. */
static void skip_brackets(struct scanner *s)
{
	for (size_t depth = 1; depth > 0;) {
		struct scan_token t = scan_next(s);
		if (is_last(&t))
			return;
		depth += opens_group(&t);
		depth -= is_mark(&t, '}') || is_mark(&t, ')') || is_mark(&t, ']');
	}
}

/* Strings that stand together are one for libconfig, and not plain for us; nor is one with escapes. */
static bool is_plain(const struct scanner *s, const struct scan_token *t)
{
	struct scan_token after = peek_token(s);

	return after.kind != SCAN_STRING && memchr(t->text.at, '\\', t->text.len) == NULL;
}

static bool names_setting(const struct scanner *s, const struct scan_token *t)
{
	struct scan_token after = peek_token(s);

	return t->kind == SCAN_WORD && (is_mark(&after, '=') || is_mark(&after, ':'));
}

/* The members of a group whose brace was just read, and of the one group in it that counts. */
static void read_members(struct scanner *s, struct config_entry *e, const char *group)
{
	struct span name = { 0 };
	struct scan_token t;

	for (t = scan_next(s); !is_last(&t) && !is_mark(&t, '}'); t = scan_next(s)) {
		if (scan_skip_directive(s, &t) || is_mark(&t, '=') || is_mark(&t, ':'))
			continue;
		if (names_setting(s, &t)) {
			name = t.text;
			continue;
		}
		if (t.kind == SCAN_STRING && is_plain(s, &t)) {
			for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
				if (strcmp(places[i].group, group) == 0 && span_eq(name, span_of(places[i].name)))
					*(struct span *)((char *)e + places[i].offset) = t.text;
		} else if (is_mark(&t, '{') && group[0] == '\0' && span_eq(name, SPAN("domainkeys"))) {
			read_members(s, e, "domainkeys");
		} else if (opens_group(&t)) {
			skip_brackets(s);
		}
		name = (struct span){ 0 };
	}
	if (group[0] == '\0')
		e->end = is_mark(&t, '}') ? t.text.at : NULL;
}

/* ---- the setting ---- */

static void add_entry(struct config_entries *out, struct scanner *s)
{
	struct config_entry e = { 0 };

	read_members(s, &e, "");
	out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
	out->items[out->count++] = e;
}

/* What comes after "dkim =": a list of groups, or one group alone. */
static void read_value(struct scanner *s, struct config_entries *out)
{
	struct scan_token t = scan_next(s);

	out->kind = out->kind != ENTRIES_NONE ? ENTRIES_STRANGE : is_mark(&t, '{') ? ENTRIES_GROUP
	          : is_mark(&t, '(') ? ENTRIES_LIST : ENTRIES_STRANGE;
	out->open = t.text.at;
	if (is_mark(&t, '{')) {
		add_entry(out, s);
		out->close = out->items[out->count - 1].end;
	} else if (is_mark(&t, '(')) {
		for (t = scan_next(s); !is_last(&t) && !is_mark(&t, ')'); t = scan_next(s))
			if (is_mark(&t, '{'))
				add_entry(out, s);
		out->close = is_mark(&t, ')') ? t.text.at : NULL;
	}
	if (out->close == NULL)
		out->kind = ENTRIES_STRANGE;
}

void config_entries_read(struct span text, struct config_entries *out)
{
	struct scanner s = scan_from(text);

	*out = (struct config_entries){ 0 };
	for (struct scan_token t = scan_next(&s); !is_last(&t); t = scan_next(&s)) {
		if (scan_skip_directive(&s, &t))
			continue;
		bool dkim = names_setting(&s, &t) && span_eq(t.text, SPAN("dkim"));
		if (dkim) {
			scan_next(&s);
			read_value(&s, out);
		} else if (opens_group(&t)) {
			skip_brackets(&s);
		}
	}
}

void config_entries_free(struct config_entries *e)
{
	free(e->items);
	*e = (struct config_entries){ 0 };
}

struct span config_entry_inside(struct span string)
{
	return string.len >= 2 ? (struct span){ string.at + 1, string.len - 2 } : (struct span){ 0 };
}

bool config_entry_is_name(struct span string, const char *name)
{
	struct span text = config_entry_inside(string);

	if (text.len > 0 && text.at[text.len - 1] == '.')
		text.len--;
	return string.at && span_eq_nocase(text, span_of(name));
}
