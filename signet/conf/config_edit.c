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
	return scheme == SIGN_DKIM ? e->file : e->domainkeys_file;
}

/* ---- the new text ---- */

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
		/* The selector or the file may stand first. */
		struct span selector = selector_of(found, edit->scheme), file = file_of(found, edit->scheme);
		bool selector_first = selector.at < file.at;
		struct span first = selector_first ? selector : file, second = selector_first ? file : selector;
		buf_add_span(out, span_between(text.at, first.at));
		buf_add_quoted(out, span_of(selector_first ? edit->new_selector : edit->new_file));
		buf_add_span(out, span_between(first.at + first.len, second.at));
		buf_add_quoted(out, span_of(selector_first ? edit->new_file : edit->new_selector));
		buf_add_span(out, span_between(second.at + second.len, text.at + text.len));
	}
	config_entries_free(&entries);
	return count == 1 ? 0 : fault_set(f, FAULT_PERMANENT, "4.3.5", "%s dkim entry of %.200s with selector \"%.100s\" and file "
	                                  "\"%.200s\" is found in its text", count == 0 ? "no plain" : "more than one",
	                                  edit->domain, edit->old_selector, edit->old_file);
}

/* ---- the file ---- */

static int change_text(const void *how, struct span old, struct buf *out, struct fault *f)
{
	return config_edit_text(old, how, out, f);
}

static void set_text(char **at, const char *text)
{
	free(*at);
	*at = mem_text(text);
}

/* The old settings become what they would be with the change made. False: no entry is meant by it. */
static bool change_settings(const void *how, struct settings *s, struct settings *is)
{
	const struct config_edit *edit = how;

	(void)is;
	for (size_t i = 0; i < s->dkim_count; i++) {
		struct dkim_key *k = &s->dkim[i];
		char **selector = edit->scheme == SIGN_DKIM ? &k->selector : &k->domainkeys_selector;
		char **file = edit->scheme == SIGN_DKIM ? &k->file : &k->domainkeys_file;
		if (strcmp(k->domain, edit->domain) != 0 || strcmp(*selector, edit->old_selector) != 0 ||
		    strcmp(*file, edit->old_file) != 0)
			continue;
		set_text(selector, edit->new_selector);
		set_text(file, edit->new_file);
		return true;
	}
	return false;
}

int config_edit_file(const char *path, const struct config_edit *edit, struct fault *f)
{
	struct config_change change = { .text = change_text, .take_out = change_settings, .how = edit };

	return config_file_change(path, &change, f);
}
