/* SPDX-License-Identifier: ISC */
#include "base/mail/field_fold.h"

#include "base/mail/message.h"

enum { COLUMNS = 78, BLANKS_MAX = 900 };

/* Where a line may end, the best first. */
enum place { BEHIND_COMMA, AT_BLANK, BEHIND_NAME, IN_QUOTES, PLACES };

#define NOWHERE 0    /* a line never ends before its first byte */

struct folding {
	enum field_grammar grammar;
	size_t aim;
	struct buf *out;
	bool quoted, escaped;        /* by what came before in the field */
	unsigned depth;              /* of comments */
	struct span line;            /* the one in work */
	size_t start;                /* what of it is written */
	size_t places[PLACES];       /* the last of each, after start */
};

static bool is_structured(const struct folding *f)
{
	return f->grammar != FIELD_TEXT;
}

static void pass_byte(struct folding *f, char c)
{
	if (!is_structured(f))
		return;
	if (f->escaped)
		f->escaped = false;
	else if (c == '\\' && (f->quoted || f->depth > 0))
		f->escaped = true;
	else if (c == '"' && f->depth == 0)
		f->quoted = !f->quoted;
	else if (c == '(' && !f->quoted)
		f->depth++;
	else if (c == ')' && !f->quoted && f->depth > 0)
		f->depth--;
}

/* Notes whether the line may end before its byte i; the state is that after byte i - 1. */
static void note_place(struct folding *f, size_t i, size_t first)
{
	char before = f->line.at[i - 1], c = f->line.at[i];
	bool between = is_structured(f) && !f->quoted && f->depth == 0;
	bool has_semicolons = f->grammar == FIELD_PARAMETERS || f->grammar == FIELD_COMMENTS;
	bool comma = between && (before == ',' || (before == ';' && has_semicolons));
	bool is_joint = between && (before == ')' || before == '>') && (c == '(' || c == '<');    /* comments or ids side by side */

	if (i <= f->start || f->escaped)
		return;
	if (byte_is_blank(c) ? byte_is_blank(before) && i != first : !comma && !is_joint)
		return;
	if (i <= first)
		f->places[BEHIND_NAME] = i;
	else
		f->places[f->quoted ? IN_QUOTES : comma ? BEHIND_COMMA : AT_BLANK] = i;
}

static size_t choose_place(const struct folding *f, bool at_any)
{
	for (size_t k = 0; k < (at_any ? PLACES : BEHIND_NAME); k++)
		if (f->places[k] > f->start)
			return f->places[k];
	return NOWHERE;
}

static void write_until(struct folding *f, size_t end, bool first)
{
	if (!first) {
		buf_add_text(f->out, "\r\n");
		if (!byte_is_blank(f->line.at[f->start]))
			buf_add_byte(f->out, ' ');
	}
	buf_add(f->out, f->line.at + f->start, end - f->start);
	f->start = end;
}

/* As far as it is written now, with the blank that opens a line. */
static size_t word_width(const struct folding *f, size_t i, bool first)
{
	size_t added = first || byte_is_blank(f->line.at[f->start]) ? 0 : 1;

	return i - f->start + added;
}

/* All but one of those that open the line, to make room for what comes after them. */
static bool drop_blanks(struct folding *f)
{
	size_t start = f->start;

	while (byte_is_blank(f->line.at[f->start]) && byte_is_blank(f->line.at[f->start + 1]))
		f->start++;
	return f->start > start;
}

/* name: of the field, where the line begins with it, or 0. */
static int fold_line(struct folding *f, size_t name)
{
	size_t end = f->line.len, blanks = 0;
	bool first = true;

	while (end > 0 && byte_is_blank(f->line.at[end - 1]))
		end--;
	f->start = 0;
	memset(f->places, 0, sizeof f->places);
	for (size_t i = 0; i < end; i++) {
		if (i > 0 && i >= name)
			note_place(f, i, name);
		blanks = byte_is_blank(f->line.at[i]) ? blanks + 1 : 0;
		pass_byte(f, f->line.at[i]);
		size_t now = word_width(f, i + 1, first);
		if (f->start + blanks == i + 1) {
			if (blanks > BLANKS_MAX) {    /* they open the line, and would fill it alone: some are dropped */
				f->start = i;
				blanks = 1;
			}
			continue;
		}
		size_t place = now > f->aim ? choose_place(f, now > MESSAGE_LINE_MAX) : NOWHERE;
		if (place == NOWHERE && now > MESSAGE_LINE_MAX && !drop_blanks(f))
			return -1;
		if (place == NOWHERE)
			continue;
		write_until(f, place, first);
		first = false;
	}
	bool fits = word_width(f, f->line.len, first) <= MESSAGE_LINE_MAX;
	write_until(f, fits ? f->line.len : end, first);
	return 0;
}

int field_fold(struct span field, size_t name_len, enum field_grammar grammar, size_t most, struct buf *out)
{
	struct folding f = { .grammar = grammar, .aim = most < COLUMNS ? most : COLUMNS, .out = out };
	size_t before = out->len;
	bool first = true;

	while (field.at) {
		f.line = span_cut(&field, '\n');
		if (field.at)
			f.line.len--;
		if (!first)
			buf_add_text(out, "\r\n");
		if (f.line.len <= most) {
			for (size_t i = 0; i < f.line.len; i++)
				pass_byte(&f, f.line.at[i]);
			buf_add_span(f.out, f.line);
		} else if (fold_line(&f, first ? name_len : 0) < 0) {
			out->len = before;
			return -1;
		}
		first = false;
	}
	return 0;
}
