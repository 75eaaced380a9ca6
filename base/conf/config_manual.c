/* The table of settings as mdoc(7) text. */
#include "base/conf/config.h"

#include "base/conf/settings_kind.h"

static void print_rows(const struct setting_group *table, struct buf *out);

static bool has_group(const struct setting *row)
{
	return row->kind == SETTING_GROUPS || row->kind == SETTING_INSIDE;
}

/* Like the sentence, texts of mdoc lines: a backslash or a leading dot would be markup. */
static void print_value(struct buf *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\\')
			buf_add_text(out, "\\e");
		else if (*text == '"')
			buf_add_text(out, "\\(dq");
		else
			buf_add_byte(out, *text);
}

static void print_row(const struct setting *row, struct buf *out)
{
	buf_printf(out, ".It Ic %s\n", row->name);
	print_value(out, row->sentence);
	buf_add_byte(out, '\n');
	if (has_group(row) || row->kind == SETTING_GROUP) {
		if (row->kind == SETTING_GROUPS)
			buf_add_text(out, "A list of groups, each with:\n");
		if (has_group(row))
			print_rows(row->group, out);
		return;
	}
	buf_add_text(out, row->kind == SETTING_TEXTS || row->kind == SETTING_FALLBACK ? "A list; each element is " : "Must be ");
	print_value(out, settings_kind_wants(row));
	if (row->kind == SETTING_PORT || row->kind == SETTING_COUNT)
		buf_printf(out, " from %llu to %llu", (unsigned long long)row->least, (unsigned long long)row->most);
	if (row->initial && row->initial[0] != '\0') {
		buf_add_text(out, "; default ");
		print_value(out, row->initial);
	}
	buf_add_text(out, ".\n");
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
