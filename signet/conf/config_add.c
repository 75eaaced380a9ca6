/* SPDX-License-Identifier: ISC */
#include "signet/conf/config_add.h"

#include "signet/conf/config_entries.h"
#include "signet/conf/config_file.h"

#include <stdlib.h>

/* ---- where it goes ---- */

enum place { PLACE_END, PLACE_LIST, PLACE_EMPTY_LIST, PLACE_GROUP, PLACE_ENTRY, PLACE_NOWHERE };

/* The first of the domain that has no DomainKeys key yet, or NULL. */
static const struct config_entry *entry_of(const struct config_entries *entries, const char *domain)
{
	for (size_t i = 0; i < entries->count; i++) {
		const struct config_entry *e = &entries->items[i];
		if (config_entry_is_name(e->domain, domain) && e->domainkeys_selector.at == NULL && e->end)
			return e;
	}
	return NULL;
}

static enum place place_of(const struct config_entries *entries, const struct config_addition *a)
{
	if (entries->kind == ENTRIES_STRANGE)
		return PLACE_NOWHERE;
	if (a->scheme == SIGN_DOMAINKEYS)
		return entry_of(entries, a->domain) ? PLACE_ENTRY : PLACE_NOWHERE;
	if (entries->kind == ENTRIES_NONE)
		return PLACE_END;
	if (entries->kind == ENTRIES_GROUP)
		return PLACE_GROUP;
	return entries->count > 0 ? PLACE_LIST : PLACE_EMPTY_LIST;
}

/* ---- the new text ---- */

/* The text with something before `at`. */
static void insert_text(struct span text, const char *at, const char *before, const char *what, const char *behind, struct buf *out)
{
	buf_add_span(out, span_between(text.at, at));
	buf_printf(out, "%s%s%s", before, what, behind);
	buf_add_span(out, span_between(at, text.at + text.len));
}

int config_add_text(struct span text, const struct config_addition *a, struct buf *out, struct fault *f)
{
	struct config_entries entries;

	config_entries_read(text, &entries);
	enum place place = place_of(&entries, a);
	switch (place) {
	case PLACE_END:
		buf_add_span(out, text);
		if (text.len > 0 && text.at[text.len - 1] != '\n')
			buf_add_byte(out, '\n');
		buf_printf(out, "dkim = (\n  %s\n);\n", a->text);
		break;
	case PLACE_LIST:
		insert_text(text, entries.items[entries.count - 1].end + 1, ",\n  ", a->text, "", out);
		break;
	case PLACE_EMPTY_LIST:
		insert_text(text, entries.open + 1, "\n  ", a->text, "\n", out);
		break;
	case PLACE_GROUP:      /* becomes a list of itself and the new one */
		buf_add_span(out, span_between(text.at, entries.open));
		buf_add_text(out, "( ");
		buf_add_span(out, span_between(entries.open, entries.close + 1));
		buf_printf(out, ",\n  %s )", a->text);
		buf_add_span(out, span_between(entries.close + 1, text.at + text.len));
		break;
	case PLACE_ENTRY:
		insert_text(text, entry_of(&entries, a->domain)->end, "", a->text, " ", out);
		break;
	case PLACE_NOWHERE:
		break;
	}
	config_entries_free(&entries);
	if (place != PLACE_NOWHERE)
		return 0;
	if (a->scheme == SIGN_DOMAINKEYS)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "no plain dkim entry of %.200s without a DomainKeys key is found in its text",
		                 a->domain);
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "dkim is not a plain list in its text");
}

/* ---- what to do by hand ---- */

static const char *const whereto[] = {
	[PLACE_END] = "Add this to %s:",
	[PLACE_LIST] = "Put this into dkim in %s, after its last entry and a comma:",
	[PLACE_EMPTY_LIST] = "Put this into dkim in %s, between its brackets:",
	[PLACE_GROUP] = "Put this into dkim in %s, as one more entry of a list, \"dkim = ( { ... }, { ... } );\":",
	[PLACE_ENTRY] = "Put this into the entry of the domain in dkim in %s, before its last brace:",
};

void config_add_how(struct span text, const struct config_addition *a, const char *path, struct buf *sentence,
                    struct buf *lines)
{
	struct config_entries entries;
	struct buf all = { 0 };

	config_entries_read(text, &entries);
	enum place place = place_of(&entries, a);
	config_entries_free(&entries);
	if (place == PLACE_NOWHERE)
		place = a->scheme == SIGN_DOMAINKEYS ? PLACE_ENTRY : PLACE_GROUP;
	buf_printf(sentence, whereto[place], path);
	if (place == PLACE_END)
		buf_printf(&all, "dkim = (\n  %s\n);", a->text);
	else
		buf_add_text(&all, a->text);
	for (struct span rest = buf_span(&all); rest.at;) {
		struct span line = span_cut(&rest, '\n');
		buf_printf(lines, "    %.*s\n", (int)line.len, line.at);
	}
	buf_free(&all);
}

/* ---- the file ---- */

static int change_text(const void *how, struct span old, struct buf *out, struct fault *f)
{
	return config_add_text(old, how, out, f);
}

static void free_text(char **at)
{
	free(*at);
	*at = mem_text("");
}

/* One entry alone may differ: it has a domainkeys group that it did not have. */
static bool take_out_group(const struct settings *was, struct settings *is)
{
	bool found = false;

	for (size_t i = 0; i < is->dkim_count && is->dkim_count == was->dkim_count && !found; i++) {
		found = was->dkim[i].domainkeys_selector[0] == '\0' && is->dkim[i].domainkeys_selector[0];
		if (!found)
			continue;
		free_text(&is->dkim[i].domainkeys_selector);
		free_text(&is->dkim[i].domainkeys_file);
	}
	return found;
}

/* New entries come last. That there is a first key makes "mx" the default way (settings_complete). */
static bool take_out_last(size_t count, const struct settings *was, struct settings *is)
{
	if (is->dkim_count != was->dkim_count + count)
		return false;
	while (is->dkim_count > was->dkim_count) {
		struct dkim_key *k = &is->dkim[--is->dkim_count];
		char *texts[] = { k->domain, k->selector, k->file, k->password_command, k->header_canon, k->body_canon, k->identity,
			k->domainkeys_selector, k->domainkeys_file, k->domainkeys_canon };
		for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
			free(texts[i]);
	}
	if (is->dkim_count == 0 && was->default_via.count == 0)
		text_list_free(&is->default_via);
	return true;
}

static bool take_out(const void *how, struct settings *was, struct settings *is)
{
	const struct config_addition *a = how;

	return a->scheme == SIGN_DOMAINKEYS ? take_out_group(was, is) : take_out_last(a->count, was, is);
}

int config_add_file(const char *path, const struct config_addition *a, struct fault *f)
{
	struct config_change change = { .text = change_text, .take_out = take_out, .how = a, .may_make = true };

	return config_file_change(path, &change, f);
}
