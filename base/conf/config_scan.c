/* SPDX-License-Identifier: ISC */
#include "base/conf/config_scan.h"

struct scanner scan_from(struct span text)
{
	return (struct scanner){ text.at, text.at + text.len, 1 };
}

static bool at_text(const struct scanner *s, const char *z)
{
	size_t len = strlen(z);

	return (size_t)(s->end - s->at) >= len && memcmp(s->at, z, len) == 0;
}

static void step_byte(struct scanner *s)
{
	if (*s->at++ == '\n')
		s->line++;
}

/* The scanner is then after the ending mark; false at the end of the text. */
static bool skip_past(struct scanner *s, const char *mark)
{
	while (s->at < s->end && !at_text(s, mark))
		step_byte(s);
	if (s->at >= s->end)
		return false;
	for (size_t i = strlen(mark); i > 0; i--)
		step_byte(s);
	return true;
}

static bool skip_string(struct scanner *s)
{
	for (step_byte(s); s->at < s->end && *s->at != '"'; step_byte(s))
		if (*s->at == '\\' && s->end - s->at > 1)
			step_byte(s);
	if (s->at >= s->end)
		return false;
	step_byte(s);
	return true;
}

static bool is_word_byte(char c)
{
	return c != '\0' && strchr(" \t\r\n\f\v;,=:()[]{}\"#", c) == NULL;
}

/* Blanks and comments; false in a comment that never ends, whose line is then out's. */
static bool skip_blanks(struct scanner *s, struct scan_token *out)
{
	while (s->at < s->end) {
		out->line = s->line;
		if (*s->at != '\0' && strchr(" \t\r\n\f\v", *s->at))
			step_byte(s);
		else if (*s->at == '#' || at_text(s, "//"))
			skip_past(s, "\n");
		else if (!at_text(s, "/*"))
			return true;
		else if (!skip_past(s, "*/"))
			return false;
	}
	out->line = s->line;
	return true;
}

struct scan_token scan_next(struct scanner *s)
{
	struct scan_token t = { .kind = SCAN_END };

	if (!skip_blanks(s, &t)) {
		t.kind = SCAN_OPEN_COMMENT;
		return t;
	}
	if (s->at >= s->end)
		return t;
	const char *from = s->at;
	if (*s->at == '"') {
		t.kind = skip_string(s) ? SCAN_STRING : SCAN_OPEN_STRING;
	} else if (is_word_byte(*s->at)) {
		t.kind = SCAN_WORD;
		while (s->at < s->end && is_word_byte(*s->at))
			step_byte(s);
	} else {
		t.kind = SCAN_MARK;
		t.mark = *s->at;
		step_byte(s);
	}
	t.text = span_between(from, s->at);
	return t;
}

bool scan_skip_directive(struct scanner *s, const struct scan_token *t)
{
	if (t->kind != SCAN_WORD || t->text.at[0] != '@')
		return false;
	skip_past(s, "\n");
	return true;
}
