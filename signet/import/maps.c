/* SPDX-License-Identifier: ISC */
#include "signet/import/maps.h"

#include "base/io.h"
#include "base/secret.h"
#include "signet/import/run_program.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { POSTMAP_PATIENCE_MS = 60 * 1000 };

enum type_kind { TYPE_COMPILED, TYPE_TEXT, TYPE_STATIC, TYPE_INLINE, TYPE_PATTERNS, TYPE_FOREIGN };

static const struct type {
	const char *name, *suffix;       /* of the compiled file */
	enum type_kind kind;
} types[] = {
	{ "hash", ".db", TYPE_COMPILED }, { "btree", ".db", TYPE_COMPILED }, { "lmdb", ".lmdb", TYPE_COMPILED },
	{ "cdb", ".cdb", TYPE_COMPILED }, { "dbm", ".pag", TYPE_COMPILED }, { "sdbm", ".pag", TYPE_COMPILED },
	{ "texthash", "", TYPE_TEXT }, { "static", "", TYPE_STATIC }, { "inline", "", TYPE_INLINE },
	{ "regexp", "", TYPE_PATTERNS }, { "pcre", "", TYPE_PATTERNS }, { "cidr", "", TYPE_PATTERNS },
};

static const struct type *type_of(struct span name)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (span_eq_nocase(name, span_of(types[i].name)))
			return &types[i];
	return NULL;
}

void maps_split(struct span spec, struct text_list *out)
{
	size_t depth = 0, from = 0;

	for (size_t i = 0; spec.len > 0 && i <= spec.len; i++) {
		char c = i < spec.len ? spec.at[i] : ',';
		depth += c == '{';
		depth -= c == '}' && depth > 0;
		if (i < spec.len && (depth > 0 || (c != ',' && !byte_is_white(c))))
			continue;
		struct span piece = span_trim(span_between(spec.at + from, spec.at + i));
		if (piece.len > 0)
			text_list_add(out, piece);
		from = i + 1;
	}
}

static struct map *add_map(struct maps *m, const char *file)
{
	m->items = mem_resize(m->items, m->count + 1, sizeof *m->items);
	m->items[m->count] = (struct map){ .file = mem_text(file) };
	return &m->items[m->count++];
}

/* inline:{ key=value, { key = value with blanks } } */
static void read_inline(struct span text, struct import_at at, struct maps *out)
{
	struct map *m = add_map(out, at.file);
	struct text_list pairs = { 0 };

	if (text.len >= 2 && text.at[0] == '{')
		maps_split((struct span){ text.at + 1, text.len - 2 }, &pairs);
	for (size_t i = 0; i < pairs.count; i++) {
		struct span pair = span_of(pairs.items[i]);
		if (pair.len >= 2 && pair.at[0] == '{')
			pair = span_trim((struct span){ pair.at + 1, pair.len - 2 });
		struct foreign_items one = { 0 };
		foreign_parse(pair, FOREIGN_MAIN_CF, &one);
		for (size_t k = 0; k < one.count; k++) {
			m->entries.items = mem_resize(m->entries.items, m->entries.count + 1, sizeof *m->entries.items);
			m->entries.items[m->entries.count++] = (struct foreign_item){ mem_text(one.items[k].key), mem_text(one.items[k].value), at.line };
		}
		foreign_items_free(&one);
	}
	text_list_free(&pairs);
}

static bool changed_since(const char *source, const char *compiled)
{
	struct stat text, table;

	return stat(source, &text) == 0 && stat(compiled, &table) == 0 && text.st_mtime > table.st_mtime;
}

/* The text where there is one; else what postmap finds in the table. */
static void read_compiled(struct import *i, const struct type *t, struct span path, const char *parameter, struct import_at at, struct maps *out)
{
	char *name = mem_text_span(path), *whole = import_path(i, name);
	struct buf text = { 0 }, compiled = { 0 }, table = { 0 };
	struct fault f = { 0 };
	int result = import_read_file(i, name, &text), error = errno;

	buf_printf(&compiled, "%s%s", whole, t->suffix);
	buf_printf(&table, "%s:%s", t->name, whole);
	if (result == 0 && t->kind == TYPE_COMPILED && changed_since(whole, buf_text(&compiled)))
		import_note(&i->plan, (struct import_at){ whole, 0 }, "has changed since postmap was run; what it says now was taken");
	if (result < 0 && error == ENOENT && t->kind == TYPE_COMPILED) {
		char *argv[] = { (char *)(uintptr_t)"postmap", (char *)(uintptr_t)"-c", (char *)(uintptr_t)i->config, (char *)(uintptr_t)"-s", table.at, NULL };
		result = run_program(argv, IMPORT_FILE_MAX, POSTMAP_PATIENCE_MS, &text, &f);
		if (result < 0)
			import_note(&i->plan, at, "%s: %s has no source file, and the table cannot be read: %s; postmap is a program of Postfix", parameter,
			            buf_text(&table), f.text);
	} else if (result < 0) {
		import_note(&i->plan, at, "%s: %s cannot be read: %s", parameter, whole, strerror(error));
	}
	if (result == 0)
		foreign_parse(buf_span(&text), FOREIGN_MAP, &add_map(out, whole)->entries);
	secret_free(&text);
	buf_free(&compiled);
	buf_free(&table);
	free(name);
	free(whole);
}

static void read_one(struct import *i, struct span spec, const char *type, const char *parameter, struct import_at at, struct maps *out)
{
	struct span path = spec, name = span_of(type);

	while (span_starts_nocase(path, SPAN("proxy:")))
		path = (struct span){ path.at + 6, path.len - 6 };
	if (path.len > 0 && path.at[0] != '/')
		name = span_cut(&path, ':');
	const struct type *t = type_of(name);
	if (path.at == NULL || t == NULL) {
		import_note(&i->plan, at, "%s: a table of the type \"%.*s\" cannot be read here; what it says is to be given by hand", parameter, (int)name.len, name.at);
		return;
	}
	switch (t->kind) {
	case TYPE_STATIC:
		free(out->everything);
		out->everything = mem_text_span(path);
		break;
	case TYPE_INLINE:
		read_inline(path, at, out);
		break;
	case TYPE_PATTERNS:
		import_note(&i->plan, at, "%s: patterns (%s:%s%.*s) are not carried over; give what they do by hand, for every sender alike with from, for "
		            "names of this host with rewrite, for recipients with routes", parameter, t->name, i->root, (int)path.len, path.at);
		break;
	case TYPE_COMPILED:
	case TYPE_TEXT:
	case TYPE_FOREIGN:
		read_compiled(i, t, path, parameter, at, out);
		break;
	}
}

void maps_read(struct import *i, struct span spec, const char *type, const char *parameter, struct import_at at, struct maps *out)
{
	struct text_list tables = { 0 };

	maps_split(spec, &tables);
	for (size_t k = 0; k < tables.count; k++)
		read_one(i, span_of(tables.items[k]), type, parameter, at, out);
	text_list_free(&tables);
}

void maps_free(struct maps *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->items[i].file);
		foreign_items_free(&m->items[i].entries);
	}
	free(m->items);
	free(m->everything);
	*m = (struct maps){ 0 };
}

const struct foreign_item *maps_find(const struct maps *m, const char *key, struct import_at *at)
{
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->items[i].entries.count; k++) {
			const struct foreign_item *e = &m->items[i].entries.items[k];
			if (!span_eq_nocase(span_of(e->key), span_of(key)))
				continue;
			if (at)
				*at = (struct import_at){ m->items[i].file, e->line };
			return e;
		}
	return NULL;
}
