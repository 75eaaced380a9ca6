/* SPDX-License-Identifier: ISC */
#include "signet/conf/config_set.h"

#include "base/conf/config_scan.h"
#include "signet/conf/config_file.h"

struct change {
	const struct config_new_setting *settings;
	size_t count;
};

bool config_set_has(struct span text, const char *name)
{
	struct scanner s = scan_from(text);
	int depth = 0;

	for (;;) {
		struct scan_token t = scan_next(&s);
		if (t.kind == SCAN_END || t.kind == SCAN_OPEN_STRING || t.kind == SCAN_OPEN_COMMENT)
			return false;
		if (scan_skip_directive(&s, &t))
			continue;
		struct scanner ahead = s;
		struct scan_token after = scan_next(&ahead);
		if (depth == 0 && t.kind == SCAN_WORD && after.kind == SCAN_MARK && strchr("=:", after.mark) && span_eq(t.text, span_of(name)))
			return true;
		if (t.kind == SCAN_MARK)
			depth += strchr("{([", t.mark) ? 1 : strchr("})]", t.mark) ? -1 : 0;
	}
}

int config_set_text(struct span text, const struct config_new_setting *settings, size_t count, struct buf *out, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		if (config_set_has(text, settings[i].name))
			return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s is set already, and stays as it is", settings[i].name);
	buf_add_span(out, text);
	if (text.len > 0 && text.at[text.len - 1] != '\n')
		buf_add_byte(out, '\n');
	for (size_t i = 0; i < count; i++) {
		if (settings[i].why)
			buf_printf(out, "# %s\n", settings[i].why);
		buf_printf(out, "%s = %s;\n", settings[i].name, settings[i].value);
	}
	return 0;
}

/* ---- the file ---- */

static int change_text(const void *how, struct span old, struct buf *out, struct fault *f)
{
	const struct change *c = how;

	return config_set_text(old, c->settings, c->count, out, f);
}

static bool sets(const struct change *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->settings[i].name, name) == 0)
			return true;
	return false;
}

/* domain follows hostname, and default_via other settings, where they are not set. */
static bool take_out(const void *how, struct settings *was, struct settings *is)
{
	const struct change *c = how;

	for (size_t i = 0; i < settings_table.count; i++) {
		const struct setting *row = &settings_table.rows[i];
		bool follows = strcmp(row->name, "default_via") == 0 || (strcmp(row->name, "domain") == 0 && sets(c, "hostname"));
		if ((follows || sets(c, row->name)) && row->kind != SETTING_GROUP)
			setting_copy(row, is, was);
	}
	return true;
}

static int set_file(const char *path, struct change c, bool only_tried, struct fault *f)
{
	struct config_change change = { .text = change_text, .take_out = take_out, .how = &c, .may_make = true, .only_tried = only_tried };

	return config_file_change(path, &change, f);
}

int config_set_file(const char *path, const struct config_new_setting *settings, size_t count, struct fault *f)
{
	return set_file(path, (struct change){ settings, count }, false, f);
}

int config_set_try(const char *path, const struct config_new_setting *settings, size_t count, struct fault *f)
{
	return set_file(path, (struct change){ settings, count }, true, f);
}
