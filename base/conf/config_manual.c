/* SPDX-License-Identifier: ISC */
/* The table of settings as mdoc(7) text. */
#include "base/conf/config.h"

#include "base/conf/settings_kind.h"

enum { LINE_BYTES = 79 };

static void print_rows(const struct setting_group *table, struct buf *out);

static void add_escaped(struct buf *out, struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] == '\\')
			buf_add_text(out, "\\e");
		else if (word.at[i] == '"')
			buf_add_text(out, "\\(dq");
		else
			buf_add_byte(out, word.at[i]);
}

static bool ends_sentence(struct span word)
{
	while (word.len > 0 && (word.at[word.len - 1] == ')' || word.at[word.len - 1] == '"'))
		word.len--;
	return word.len > 0 && word.at[word.len - 1] == '.';
}

/* As mdoc(7) wants its text: a new sentence on a new line, no line longer than 80 bytes, and none that begins as a macro does. */
static void print_text(struct buf *out, const char *text)
{
	size_t line = out->len;
	struct span rest = span_of(text);
	bool ended = false;

	for (struct span word = span_word(&rest); word.len > 0; word = span_word(&rest)) {
		struct buf escaped = { 0 };

		add_escaped(&escaped, word);
		if (out->len > line) {
			bool next = ended || out->len - line + 1 + escaped.len > LINE_BYTES;

			buf_add_byte(out, next ? '\n' : ' ');
			line = next ? out->len : line;
		}
		if (out->len == line && (word.at[0] == '.' || word.at[0] == '\''))
			buf_add_text(out, "\\&");
		buf_add_span(out, buf_span(&escaped));
		ended = ends_sentence(word);
		buf_free(&escaped);
	}
	buf_add_byte(out, '\n');
}

/* What values it takes, and which one it has where the file has none. */
static void print_values(const struct setting *row, struct buf *out)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s%s", row->kind == SETTING_TEXTS || row->kind == SETTING_FALLBACK ? "A list; each element is " : "Must be ",
	           settings_kind_wants(row));
	if (row->kind == SETTING_PORT || row->kind == SETTING_COUNT)
		buf_printf(&text, " from %llu to %llu", (unsigned long long)row->least, (unsigned long long)row->most);
	if (row->initial && row->initial[0] != '\0')
		buf_printf(&text, "; default %s", row->initial);
	buf_add_byte(&text, '.');
	print_text(out, buf_text(&text));
	buf_free(&text);
}

static void print_row(const struct setting *row, struct buf *out)
{
	bool has_group = row->kind == SETTING_GROUPS || row->kind == SETTING_INSIDE;
	struct buf text = { 0 };

	buf_printf(out, ".It Ic %s\n", row->name);
	print_text(out, row->sentence);
	if (!has_group && row->kind != SETTING_GROUP)
		print_values(row, out);
	if (row->known_as) {
		buf_printf(&text, "Known as %s.", row->known_as);
		print_text(out, buf_text(&text));
		buf_free(&text);
	}
	if (row->kind == SETTING_GROUPS)
		buf_add_text(out, "A list of groups, each with:\n");
	if (has_group)
		print_rows(row->group, out);
}

static void print_rows(const struct setting_group *table, struct buf *out)
{
	buf_add_text(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < table->count; i++)
		if (!table->rows[i].later)
			print_row(&table->rows[i], out);
	buf_add_text(out, ".El\n");
}

void config_print_manual(struct buf *out)
{
	print_rows(&settings_table, out);
}
