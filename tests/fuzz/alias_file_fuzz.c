/* SPDX-License-Identifier: ISC */
/*
 * Aliases files: any bytes end in aliases or in faults. What was read, written
 * as a file again, is read as the same.
 */
#include "base/mail/address.h"
#include "base/mail/alias_file.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void write_quoted(const char *before, const char *text, struct buf *out)
{
	buf_printf(out, "\"%s", before);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, *text);
	}
	buf_add_byte(out, '"');
}

static void write_member(const struct alias_member *m, struct buf *out)
{
	switch (m->kind) {
	case ALIAS_ADDRESS: buf_printf(out, "<%s>", m->text); break;
	case ALIAS_ITSELF: buf_printf(out, "\\%s", m->text); break;
	case ALIAS_INCLUDE: write_quoted(":include:", m->text, out); break;
	case ALIAS_PROGRAM: write_quoted("|", m->text, out); break;
	case ALIAS_FILE: write_quoted("", m->text, out); break;
	case ALIAS_BAD: break;
	}
}

static void check_member(const struct alias_member *m)
{
	if (m->line == 0 || (m->why == NULL) != (m->kind != ALIAS_BAD))
		abort();
	if ((m->kind == ALIAS_ADDRESS || m->kind == ALIAS_ITSELF) && address_check(span_of(m->text), NULL) < 0)
		abort();
	if ((m->kind == ALIAS_INCLUDE || m->kind == ALIAS_FILE) && m->text[0] != '/')
		abort();
}

/* What has no form to be written in is left out, here and there. */
static bool counts(const struct alias_member *m)
{
	return m->kind != ALIAS_BAD && !(m->kind == ALIAS_ITSELF && strpbrk(m->text, "\"\\")) && m->text[0];
}

static size_t write_alias(const struct alias *a, struct buf *out)
{
	size_t members = 0;

	write_quoted("", a->name, out);
	buf_add_text(out, ":");
	for (size_t i = 0; i < a->count; i++) {
		check_member(&a->members[i]);
		if (!counts(&a->members[i]))
			continue;
		buf_add_text(out, members++ ? ",\n\t" : " ");
		write_member(&a->members[i], out);
	}
	buf_add_byte(out, '\n');
	return members;
}

static bool is_alike(const struct alias *a, const struct alias *b)
{
	size_t k = 0;

	for (size_t i = 0; i < a->count; i++) {
		if (!counts(&a->members[i]))
			continue;
		if (k == b->count || b->members[k].kind != a->members[i].kind || strcmp(b->members[k].text, a->members[i].text) != 0)
			return false;
		k++;
	}
	return k == b->count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = { (const char *)bytes, len };
	struct alias_file f, list, again;
	struct buf written = { 0 };
	size_t empty = 0;

	alias_file_read(text, &f);
	alias_list_read(text, &list);
	if (list.count != 1)
		abort();
	for (size_t i = 0; i < list.items[0].count; i++)
		check_member(&list.items[0].members[i]);
	for (size_t i = 0; i < f.count; i++) {
		if (alias_find(&f, span_of(f.items[i].name)) != &f.items[i])
			abort();
		empty += write_alias(&f.items[i], &written) == 0;
	}
	alias_file_read(buf_span(&written), &again);
	if (again.count != f.count || again.fault_count != empty)
		abort();
	for (size_t i = 0; i < f.count; i++)
		if (strcmp(f.items[i].name, again.items[i].name) != 0 || !is_alike(&f.items[i], &again.items[i]))
			abort();
	alias_file_free(&f);
	alias_file_free(&list);
	alias_file_free(&again);
	buf_free(&written);
	return 0;
}
