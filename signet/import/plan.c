/* SPDX-License-Identifier: ISC */
#include "signet/import/plan.h"

#include <stdlib.h>

enum { PLACES_MAX = 3 };    /* that a setting is told to be from */

/* ---- groups ---- */

static const struct setting *row_of(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	return NULL;
}

void import_plan_begin(struct import_plan *p)
{
	*p = (struct import_plan){ .top.table = &settings_table };
}

static struct import_group *add_group(struct import_group **list, size_t *count, const char *owner)
{
	*list = mem_resize(*list, *count + 1, sizeof **list);
	(*list)[*count] = (struct import_group){ .table = row_of(&settings_table, owner)->group };
	return &(*list)[(*count)++];
}

struct import_group *import_add_smarthost(struct import_plan *p)
{
	return add_group(&p->smarthosts, &p->smarthost_count, "smarthosts");
}

struct import_group *import_add_route(struct import_plan *p)
{
	return add_group(&p->routes, &p->route_count, "routes");
}

struct import_group *import_add_rewrite(struct import_plan *p)
{
	return add_group(&p->rewrites, &p->rewrite_count, "rewrite");
}

static void free_groups(struct import_group *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct import_group *g = &list[i];
		for (size_t k = 0; k < g->count; k++) {
			text_list_free(&g->items[k].values);
			free(g->items[k].from);
		}
		free(g->items);
		if (g->password)
			explicit_bzero(g->password, strlen(g->password));
		free(g->password);
		free(g->password_from);
	}
}

void import_drop(struct import_plan *p, const struct import_group *last)
{
	const struct {
		struct import_group *list;
		size_t *count;
	} lists[] = { { p->smarthosts, &p->smarthost_count }, { p->routes, &p->route_count }, { p->rewrites, &p->rewrite_count } };

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (*lists[i].count > 0 && last == &lists[i].list[*lists[i].count - 1])
			free_groups(&lists[i].list[--*lists[i].count], 1);
}

void import_plan_free(struct import_plan *p)
{
	free_groups(&p->top, 1);
	free_groups(p->smarthosts, p->smarthost_count);
	free_groups(p->routes, p->route_count);
	free_groups(p->rewrites, p->rewrite_count);
	free(p->smarthosts);
	free(p->routes);
	free(p->rewrites);
	for (size_t i = 0; i < p->file_count; i++) {
		if (p->files[i].secret)
			explicit_bzero(p->files[i].text, strlen(p->files[i].text));
		free(p->files[i].path);
		free(p->files[i].text);
		free(p->files[i].what);
	}
	free(p->files);
	for (size_t i = 0; i < p->note_count; i++) {
		free(p->notes[i].file);
		free(p->notes[i].lines);
		free(p->notes[i].text);
	}
	free(p->notes);
	text_list_free(&p->distrusted);
	*p = (struct import_plan){ 0 };
}

/* ---- values ---- */

static char *place_text(struct import_at at)
{
	struct buf text = { 0 };

	buf_add_text(&text, at.file);
	if (at.line)
		buf_printf(&text, ":%u", at.line);
	return buf_take(&text);
}

static bool is_list(const struct setting *row)
{
	return row->kind == SETTING_TEXTS || row->kind == SETTING_FALLBACK;
}

static struct import_said *said_of(const struct import_group *g, const char *name)
{
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->items[i].row->name, name) == 0)
			return &g->items[i];
	return NULL;
}

const char *import_said(const struct import_group *g, const char *name)
{
	const struct import_said *said = said_of(g, name);

	return said && said->values.count > 0 ? said->values.items[0] : NULL;
}

void import_said_all(const struct import_group *g, const char *name, struct text_list *out)
{
	const struct import_said *said = said_of(g, name);

	if (said)
		text_list_copy(&said->values, out);
}

/* By the table's own reader, into settings that nobody uses. */
static bool table_takes(const struct import_plan *p, const struct import_group *g, const struct setting *row, struct span value, struct fault *f)
{
	struct settings scratch;
	void *group = &scratch;
	const char *owner = NULL;

	(void)p;
	settings_begin(&scratch);
	if (g->table != &settings_table) {
		for (size_t i = 0; i < settings_table.count && owner == NULL; i++)
			if (settings_table.rows[i].kind == SETTING_GROUPS && settings_table.rows[i].group == g->table)
				owner = settings_table.rows[i].name;
		group = setting_add_group(row_of(&settings_table, owner), &scratch);
	}
	bool takes = setting_set(row, group, value, f) == 0;
	settings_free(&scratch);
	return takes;
}

/* Some of them; of many it is said that there are more. */
static void add_place(char **places, const char *place)
{
	struct buf more = { 0 };
	size_t commas = 0;

	for (const char *c = *places; *c; c++)
		commas += *c == ',';
	if (commas >= PLACES_MAX)
		return;
	buf_printf(&more, "%s%s%s", *places, **places ? ", " : "", commas + 1 == PLACES_MAX ? "and others" : place);
	free(*places);
	*places = buf_take(&more);
}

static struct import_said *said_or_new(struct import_group *g, const struct setting *row, struct import_at at)
{
	struct import_said *said = said_of(g, row->name);
	char *place = place_text(at);

	if (said == NULL) {
		g->items = mem_resize(g->items, g->count + 1, sizeof *g->items);
		said = &g->items[g->count++];
		*said = (struct import_said){ .row = row, .from = mem_text(place) };
	} else if (!is_list(row)) {
		text_list_free(&said->values);
		free(said->from);
		said->from = mem_text(place);
	} else if (strstr(said->from, place) == NULL) {
		add_place(&said->from, place);
	}
	free(place);
	return said;
}

bool import_say(struct import_plan *p, struct import_group *g, const char *name, struct span value, struct import_at at)
{
	const struct setting *row = row_of(g->table, name);
	struct fault f = { 0 };

	if (!table_takes(p, g, row, value, &f)) {
		import_note(p, at, "the value would be set as %s, which does not take it: %s; set %s by hand", name, f.text, name);
		return false;
	}
	if (row->runs && text_list_has_nocase(&p->distrusted, span_of(at.file))) {
		import_note(p, at, "%s: the command is not taken over, as others can write this file, or it is somebody else's; set it by hand", row->name);
		return false;
	}
	struct import_said *said = said_or_new(g, row, at);
	if (!text_list_has_nocase(&said->values, value))
		text_list_add(&said->values, value);
	return true;
}

void import_say_none(struct import_plan *p, struct import_group *g, const char *name, struct import_at at)
{
	(void)p;
	text_list_free(&said_or_new(g, row_of(g->table, name), at)->values);
}

void import_password(struct import_group *g, struct span password, struct import_at at)
{
	if (g->password)
		explicit_bzero(g->password, strlen(g->password));
	free(g->password);
	free(g->password_from);
	g->password = mem_text_span(password.len ? password : SPAN(""));
	g->password_from = place_text(at);
}

/* ---- files and notes ---- */

static void add_file(struct import_plan *p, const char *path, char *text, const char *what, bool secret)
{
	p->files = mem_resize(p->files, p->file_count + 1, sizeof *p->files);
	p->files[p->file_count++] = (struct import_file){ mem_text(path), text, mem_text(what), secret };
}

void import_add_file(struct import_plan *p, const char *path, struct buf *text, const char *what)
{
	add_file(p, path, buf_take(text), what, false);
}

void import_note(struct import_plan *p, struct import_at at, const char *format, ...)
{
	struct buf text = { 0 }, lines = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	for (size_t i = 0; i < p->note_count; i++) {
		struct import_note *n = &p->notes[i];
		if (strcmp(n->file, at.file) != 0 || strcmp(n->text, buf_text(&text)) != 0)
			continue;
		if (at.line != n->last_line && n->count < 20) {
			buf_printf(&lines, "%s%s%u", n->lines, n->lines[0] ? ", " : "", at.line);
			free(n->lines);
			n->lines = buf_take(&lines);
		}
		n->last_line = at.line;
		n->count++;
		buf_free(&text);
		return;
	}
	if (at.line)
		buf_printf(&lines, "%u", at.line);
	p->notes = mem_resize(p->notes, p->note_count + 1, sizeof *p->notes);
	p->notes[p->note_count++] = (struct import_note){ mem_text(at.file), buf_take(&lines), buf_take(&text), at.line, 1 };
}

/* ---- names and passwords of smarthosts ---- */

static bool name_is_taken(const struct import_plan *p, const struct import_group *but, const char *name)
{
	for (size_t i = 0; i < p->smarthost_count; i++) {
		const char *other = import_said(&p->smarthosts[i], "name");
		if (&p->smarthosts[i] != but && other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

const char *import_name_smarthost(struct import_plan *p, struct import_group *g, const char *name_hint)
{
	static const char *const reserved[] = { "mx", LOCAL_HOP, HOLD_HOP };
	struct buf name = { 0 };

	for (const char *c = name_hint; *c && name.len < 60; c++)
		buf_add_byte(&name, byte_is_letter_or_digit(*c) || strchr(".-_", *c) ? byte_lower(*c) : '-');
	size_t len = name.len;
	bool taken = len == 0 || buf_text(&name)[0] == '.' || name_is_taken(p, g, buf_text(&name));
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		taken |= strcmp(buf_text(&name), reserved[i]) == 0;
	for (unsigned n = 2; taken; n++) {
		name.len = len;
		if (len == 0 || name.at[0] == '.') {
			buf_clear(&name);
			buf_add_text(&name, "smarthost");
			len = name.len;
		}
		buf_printf(&name, "-%u", n);
		taken = name_is_taken(p, g, buf_text(&name));
	}
	import_say(p, g, "name", buf_span(&name), (struct import_at){ "", 0 });
	buf_free(&name);
	return import_said(g, "name");
}

void import_make_password_files(struct import_plan *p, const char *folder)
{
	for (size_t i = 0; i < p->smarthost_count; i++) {
		struct import_group *g = &p->smarthosts[i];
		struct buf path = { 0 }, text = { 0 }, what = { 0 };
		if (g->password == NULL)
			continue;
		buf_printf(&path, "%s/%s.password", folder, import_said(g, "name"));
		buf_reserve(&text, strlen(g->password) + 2);       /* one that grows leaves copies behind */
		buf_printf(&text, "%s\n", g->password);
		buf_printf(&what, "the password of %s, from %s", import_said(g, "user") ? import_said(g, "user") : "nobody", g->password_from);
		import_say(p, g, "password_file", buf_span(&path), (struct import_at){ g->password_from, 0 });
		add_file(p, buf_text(&path), buf_take(&text), buf_text(&what), true);
		buf_free(&path);
		buf_free(&what);
	}
}

/* ---- as signet.conf has it ---- */

static void render_value(const struct import_said *said, struct buf *out)
{
	bool bare = said->row->kind == SETTING_PORT || said->row->kind == SETTING_COUNT || said->row->kind == SETTING_FLAG;

	if (!is_list(said->row)) {
		if (bare)
			buf_add_text(out, said->values.items[0]);
		else
			buf_add_quoted(out, span_of(said->values.items[0]));
		return;
	}
	buf_add_text(out, said->values.count ? "[ " : "[");
	for (size_t i = 0; i < said->values.count; i++) {
		buf_add_text(out, i ? ", " : "");
		buf_add_quoted(out, span_of(said->values.items[i]));
	}
	buf_add_text(out, " ]");
}

/* In the table's order: each { a = 1; b = 2; } */
static void render_group(const struct import_group *g, struct buf *out)
{
	buf_add_text(out, "{");
	for (size_t i = 0; i < g->table->count; i++) {
		const struct import_said *said = said_of(g, g->table->rows[i].name);
		if (said == NULL)
			continue;
		buf_printf(out, " %s = ", said->row->name);
		render_value(said, out);
		buf_add_byte(out, ';');
	}
	buf_add_text(out, " }");
}

static void add_line(struct import_lines *out, const char *name, struct buf *value, const char *from)
{
	out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
	out->items[out->count++] = (struct import_line){ name, buf_take(value), mem_text(from) };
}

static void add_places(const struct import_group *g, struct text_list *out)
{
	for (size_t k = 0; k < g->count; k++) {
		const char *from = g->items[k].from;
		if (from[0] && strcmp(g->items[k].row->name, "password_file") != 0 && !text_list_has_nocase(out, span_of(from)))
			text_list_add(out, span_of(from));
	}
}

static void render_groups(const char *name, const struct import_group *list, size_t count, struct import_lines *out)
{
	struct buf value = { 0 };
	struct text_list places = { 0 };
	char *from = mem_text("");

	for (size_t i = 0; i < count; i++) {
		buf_add_text(&value, i ? ",\n  " : "(\n  ");
		render_group(&list[i], &value);
		add_places(&list[i], &places);
	}
	for (size_t i = 0; i < places.count; i++)
		add_place(&from, places.items[i]);
	buf_add_text(&value, " )");
	if (count > 0)
		add_line(out, name, &value, from);
	text_list_free(&places);
	buf_free(&value);
	free(from);
}

void import_render(const struct import_plan *p, struct import_lines *out)
{
	*out = (struct import_lines){ 0 };
	for (size_t i = 0; i < settings_table.count; i++) {
		const char *name = settings_table.rows[i].name;
		const struct import_said *said = said_of(&p->top, name);
		struct buf value = { 0 };
		if (strcmp(name, "smarthosts") == 0) {
			render_groups(name, p->smarthosts, p->smarthost_count, out);
		} else if (strcmp(name, "routes") == 0) {
			render_groups(name, p->routes, p->route_count, out);
		} else if (strcmp(name, "rewrite") == 0) {
			render_groups(name, p->rewrites, p->rewrite_count, out);
		} else if (said) {
			render_value(said, &value);
			add_line(out, name, &value, said->from);
		}
	}
}

void import_lines_free(struct import_lines *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].value);
		free(l->items[i].from);
	}
	free(l->items);
	*l = (struct import_lines){ 0 };
}
