/* SPDX-License-Identifier: ISC */
#include "base/conf/config_syntax.h"

#include "base/conf/config_scan.h"

enum { DEPTH_MAX = 100, SHOWN_MAX = 40 };

/* ---- what went wrong ---- */

struct opened {
	char mark;
	unsigned line;
};

struct reading {
	struct opened open[DEPTH_MAX];
	size_t depth;
	bool comma_may_trail;
	struct scan_token last;      /* the token before the one looked at */
	struct buf *why;
};

static bool is_mark(const struct scan_token *t, char mark)
{
	return t->kind == SCAN_MARK && t->mark == mark;
}

static bool is_literal(struct span word)
{
	return span_eq_nocase(word, SPAN("true")) || span_eq_nocase(word, SPAN("false"));
}

/* As libconfig knows them: 1, -1, 0x1f, 10L, 1.5e3. */
static bool is_number(struct span word)
{
	size_t i = 0, digits = 0;

	if (span_starts_nocase(word, SPAN("0x"))) {
		for (i = 2; i < word.len && strchr("0123456789abcdefABCDEFL", word.at[i]); i++)
			digits++;
		return i == word.len && digits > 0;
	}
	for (; i < word.len && strchr("+-0123456789.eEL", word.at[i]); i++)
		digits += word.at[i] >= '0' && word.at[i] <= '9';
	return i == word.len && digits > 0;
}

static bool in_list(const struct reading *r)
{
	return r->depth > 0 && r->open[r->depth - 1].mark != '{';
}

/* Each of these says why and returns the line, or 0 when it is not the cause. */
typedef unsigned cause(struct reading *r, const struct scan_token *t);

static unsigned unclosed_string(struct reading *r, const struct scan_token *t)
{
	if (t->kind != SCAN_OPEN_STRING)
		return 0;
	buf_add_text(r->why, "the quote that begins here is never closed");
	return t->line;
}

/* A string over several lines is legal, but what comes next shows that a quote was forgotten. */
static unsigned runaway_string(struct reading *r, const struct scan_token *t)
{
	if (r->last.kind != SCAN_STRING || t->kind != SCAN_WORD || memchr(r->last.text.at, '\n', r->last.text.len) == NULL)
		return 0;
	buf_add_text(r->why, "the quote that begins here is closed only in a later line");
	return r->last.line;
}

static unsigned unclosed_comment(struct reading *r, const struct scan_token *t)
{
	if (t->kind != SCAN_OPEN_COMMENT)
		return 0;
	buf_add_text(r->why, "the comment that begins here is never closed with */");
	return t->line;
}

static unsigned comma_before_closer(struct reading *r, const struct scan_token *t)
{
	if (r->comma_may_trail || !is_mark(&r->last, ',') || !(is_mark(t, ']') || is_mark(t, ')')))
		return 0;
	buf_printf(r->why, "remove the comma before \"%c\"", t->mark);
	return r->last.line;
}

static unsigned missing_comma(struct reading *r, const struct scan_token *t)
{
	bool new_element = is_mark(t, '{') || is_mark(t, '[') || is_mark(t, '(') || t->kind == SCAN_WORD;
	bool behind_value = r->last.kind == SCAN_WORD || r->last.kind == SCAN_STRING || is_mark(&r->last, '}');

	if (!in_list(r) || !new_element || !behind_value)
		return 0;
	buf_add_text(r->why, "a comma is missing between two elements");
	return r->last.line;
}

static unsigned unquoted_value(struct reading *r, const struct scan_token *t)
{
	bool wants_value = is_mark(&r->last, '=') || is_mark(&r->last, ':') || in_list(r);

	if (!wants_value || t->kind != SCAN_WORD || is_literal(t->text) || is_number(t->text))
		return 0;
	if (t->text.at[0] == '\'')
		buf_add_text(r->why, "text must be in double quotes");
	else
		buf_printf(r->why, "text must be in double quotes: \"%.*s\"",
		           (int)(t->text.len < SHOWN_MAX ? t->text.len : SHOWN_MAX),
		           t->text.at);
	return t->line;
}

static unsigned missing_equals(struct reading *r, const struct scan_token *t)
{
	bool value_follows = t->kind == SCAN_STRING || is_mark(t, '{') || is_mark(t, '(') || is_mark(t, '[') ||
	                     (t->kind == SCAN_WORD && is_number(t->text));

	if (in_list(r) || r->last.kind != SCAN_WORD || is_literal(r->last.text) || is_number(r->last.text) || !value_follows)
		return 0;
	buf_printf(r->why, "\"=\" is missing after %.*s",
	           (int)(r->last.text.len < SHOWN_MAX ? r->last.text.len : SHOWN_MAX), r->last.text.at);
	return r->last.line;
}

static unsigned missing_value(struct reading *r, const struct scan_token *t)
{
	bool no_value = is_mark(t, ';') || is_mark(t, '}') || is_mark(t, '=') || t->kind == SCAN_END;

	if (!is_mark(&r->last, '=') || !no_value)
		return 0;
	buf_add_text(r->why, "a value is missing after \"=\"");
	return r->last.line;
}

static unsigned two_separators(struct reading *r, const struct scan_token *t)
{
	bool separator = is_mark(t, ';') || is_mark(t, ',');

	if (!separator || !(is_mark(&r->last, ';') || is_mark(&r->last, ',')))
		return 0;
	buf_printf(r->why, "\"%c\" follows \"%c\" with nothing between them", t->mark, r->last.mark);
	return t->line;
}

static unsigned wrong_closer(struct reading *r, const struct scan_token *t)
{
	if (!(is_mark(t, '}') || is_mark(t, ']') || is_mark(t, ')')))
		return 0;
	if (r->depth == 0) {
		buf_printf(r->why, "this \"%c\" closes nothing", t->mark);
		return t->line;
	}
	const struct opened *o = &r->open[r->depth - 1];
	char closer = o->mark == '{' ? '}' : o->mark == '[' ? ']' : ')';
	if (t->mark == closer)
		return 0;
	buf_printf(r->why, "\"%c\" of line %u is closed by \"%c\" instead of \"%c\"", o->mark, o->line, t->mark, closer);
	return t->line;
}

static unsigned unclosed_bracket(struct reading *r, const struct scan_token *t)
{
	if (t->kind != SCAN_END || r->depth == 0)
		return 0;
	buf_printf(r->why, "\"%c\" is opened here and never closed", r->open[r->depth - 1].mark);
	return r->open[r->depth - 1].line;
}

static cause *const causes[] = {
	unclosed_string, unclosed_comment, comma_before_closer, runaway_string, unquoted_value, missing_equals,
	missing_value, missing_comma, two_separators, wrong_closer, unclosed_bracket,
};

unsigned config_syntax_explain(struct span text, unsigned line, bool comma_may_trail, struct buf *why)
{
	struct scanner s = scan_from(text);
	struct reading r = { .why = why, .comma_may_trail = comma_may_trail };

	for (;;) {
		struct scan_token t = scan_next(&s);
		if (scan_skip_directive(&s, &t))
			continue;
		if (t.line > line && t.kind != SCAN_END)
			break;
		for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
			unsigned found = causes[i](&r, &t);
			if (found > 0)
				return found;
		}
		if (t.kind == SCAN_END)
			break;
		if (is_mark(&t, '{') || is_mark(&t, '[') || is_mark(&t, '(')) {
			if (r.depth < DEPTH_MAX)
				r.open[r.depth++] = (struct opened){ t.mark, t.line };
		} else if (r.depth > 0 && (is_mark(&t, '}') || is_mark(&t, ']') || is_mark(&t, ')'))) {
			r.depth--;
		}
		r.last = t;
	}
	buf_printf(why, "%sa quote left open is the usual cause", comma_may_trail ? "" : "a comma before a closing bracket or ");
	return line;
}

unsigned config_syntax_open_comment(struct span text)
{
	struct scanner s = scan_from(text);

	for (;;) {
		struct scan_token t = scan_next(&s);
		if (t.kind == SCAN_OPEN_COMMENT)
			return t.line;
		if (t.kind == SCAN_END || t.kind == SCAN_OPEN_STRING)
			return 0;
	}
}

struct span config_syntax_line(struct span text, unsigned line)
{
	struct span rest = text;

	for (unsigned i = 1; rest.at; i++) {
		struct span found = span_cut(&rest, '\n');
		if (i == line)
			return span_trim(found);
	}
	return (struct span){ "", 0 };
}
