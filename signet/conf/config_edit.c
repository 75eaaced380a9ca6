/* SPDX-License-Identifier: ISC */
#include "signet/conf/config_edit.h"

#include "signet/conf/config_entries.h"
#include "signet/conf/config_file.h"

#include <stdlib.h>

/* ---- the one that is meant ---- */

static struct span selector_of(const struct config_entry *e, enum sign_scheme scheme)
{
	return scheme == SIGN_DKIM ? e->selector : e->domainkeys_selector;
}

static struct span file_of(const struct config_entry *e, enum sign_scheme scheme)
{
	return scheme == SIGN_DKIM || e->domainkeys_file.at == NULL ? e->file : e->domainkeys_file;
}

/* ---- the new text ---- */

struct replacement {
	struct span old;
	const char *new;
};

/* Replaces what stands in text, in the order in which it stands there. */
static void replace_in(struct span text, const struct replacement *r, size_t count, struct buf *out)
{
	const char *at = text.at;

	for (size_t i = 0; i < count; i++) {
		buf_add_span(out, span_between(at, r[i].old.at));
		buf_add_quoted(out, span_of(r[i].new));
		at = r[i].old.at + r[i].old.len;
	}
	buf_add_span(out, span_between(at, text.at + text.len));
}

int config_edit_text(struct span text, const struct config_edit *edit, struct buf *out, struct fault *f)
{
	struct config_entries entries;
	const struct config_entry *found = NULL;
	size_t count = 0;

	config_entries_read(text, &entries);
	for (size_t i = 0; i < entries.count; i++) {
		const struct config_entry *e = &entries.items[i];
		struct span file = file_of(e, edit->scheme);
		if (!config_entry_is_name(e->domain, edit->domain) ||
		    !config_entry_is_name(selector_of(e, edit->scheme), edit->old_selector) || file.at == NULL ||
		    !span_eq(config_entry_inside(file), span_of(edit->old_file)))
			continue;
		found = e;
		count++;
	}
	if (count == 1) {
		struct replacement selector = { selector_of(found, edit->scheme), edit->new_selector };
		struct replacement file = { file_of(found, edit->scheme), edit->new_file };
		bool selector_first = selector.old.at < file.old.at;
		struct replacement both[] = { selector_first ? selector : file, selector_first ? file : selector };
		if (edit->scheme == SIGN_DOMAINKEYS && found->domainkeys_file.at == NULL)
			replace_in(text, &selector, 1, out);
		else
			replace_in(text, both, 2, out);
	}
	config_entries_free(&entries);
	return count == 1 ? 0 : fault_set(f, FAULT_PERMANENT, "4.3.5", "%s dkim entry of %.200s with selector \"%.100s\" and file "
	                                  "\"%.200s\" is found in its text", count == 0 ? "no plain" : "more than one",
	                                  edit->domain, edit->old_selector, edit->old_file);
}

/* ---- the file ---- */

struct edit_list {
	const struct config_edit *edits;
	size_t count;
};

/* The n-th that is made: those of DomainKeys first, which may lean on the file that the others change. */
static const struct config_edit *nth_edit(const struct edit_list *list, size_t n)
{
	for (int dkim = 0; dkim < 2; dkim++)
		for (size_t i = 0; i < list->count; i++)
			if ((list->edits[i].scheme == SIGN_DKIM) == dkim && n-- == 0)
				return &list->edits[i];
	abort();
}

static int change_text(const void *how, struct span old, struct buf *out, struct fault *f)
{
	const struct edit_list *list = how;
	struct buf text = { 0 };
	int result = 0;

	buf_add_span(&text, old);
	for (size_t i = 0; i < list->count && result == 0; i++) {
		struct buf next = { 0 };
		result = config_edit_text(buf_span(&text), nth_edit(list, i), &next, f);
		buf_free(&text);
		text = next;
	}
	if (result == 0)
		buf_add_span(out, buf_span(&text));
	buf_free(&text);
	return result;
}

static void set_text(char **at, const char *text)
{
	free(*at);
	*at = mem_text(text);
}

/* False: no entry is meant by it. */
static bool change_entry(const struct config_edit *edit, struct settings *s)
{
	for (size_t i = 0; i < s->dkim_count; i++) {
		struct dkim_key *k = &s->dkim[i];
		bool dkim = edit->scheme == SIGN_DKIM, own = dkim || k->domainkeys_file[0];
		char **selector = dkim ? &k->selector : &k->domainkeys_selector;
		char **file = dkim || !own ? &k->file : &k->domainkeys_file;
		if (strcmp(k->domain, edit->domain) != 0 || strcmp(*selector, edit->old_selector) != 0 ||
		    strcmp(*file, edit->old_file) != 0)
			continue;
		set_text(selector, edit->new_selector);
		if (own)
			set_text(file, edit->new_file);
		return true;
	}
	return false;
}

/* The old settings become what they would be with the changes made. */
static bool change_settings(const void *how, struct settings *s, struct settings *is)
{
	const struct edit_list *list = how;
	bool fine = true;

	(void)is;
	for (size_t i = 0; i < list->count; i++)
		fine = change_entry(nth_edit(list, i), s) && fine;
	return fine;
}

int config_edit_file(const char *path, const struct config_edit *edits, size_t count, struct fault *f)
{
	struct edit_list list = { edits, count };
	struct config_change change = { .text = change_text, .take_out = change_settings, .how = &list };

	return config_file_change(path, &change, f);
}
