/* SPDX-License-Identifier: ISC */
#include "sign/tags.h"

/* tag-name = ALPHA *ALNUMPUNC */
static bool is_name(struct span s)
{
	if (s.len == 0 || !byte_is_letter_or_digit(s.at[0]) || byte_is_digit(s.at[0]))
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!byte_is_letter_or_digit(s.at[i]) && s.at[i] != '_')
			return false;
	return true;
}

/* VALCHAR or folding white space; bytes above ASCII are RFC 8616's. */
static bool is_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if ((c < 0x21 && !byte_is_white(s.at[i])) || c == 0x7f)
			return false;
	}
	return true;
}

static bool has_tag(const struct tags *t, struct span name)
{
	for (size_t i = 0; i < t->count; i++)
		if (span_eq(t->items[i].name, name))
			return true;
	return false;
}

const char *tags_parse(struct span list, struct tags *out)
{
	out->count = 0;
	while (list.at) {
		struct span spec = span_cut(&list, ';');
		struct span room = spec, name = span_trim(span_cut(&room, '='));
		/* A semicolon may end the list, and it ends one tag elsewhere (RFC 6376 section 3.2). */
		if (span_trim(spec).len == 0 && list.at == NULL)
			continue;
		if (span_trim(spec).len == 0)
			return "there is a semicolon too many";
		if (room.at == NULL)
			return "a tag has no \"=\"";
		if (!is_name(name))
			return "the name of a tag must be a letter followed by letters and digits";
		if (!is_value(span_trim(room)))
			return "a tag holds a control character";
		if (has_tag(out, name))
			return "a tag appears twice";
		if (out->count == TAGS_MAX)
			return "there are too many tags";
		out->items[out->count++] = (struct tag){ .name = name, .value = span_trim(room), .room = room };
	}
	return out->count > 0 ? NULL : "there is no tag";
}

const struct tag *tags_find(const struct tags *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (span_eq(t->items[i].name, span_of(name)))
			return &t->items[i];
	return NULL;
}

bool tags_list_has(struct span list, const char *word)
{
	while (list.at)
		if (span_eq_nocase(span_trim(span_cut(&list, ':')), span_of(word)))
			return true;
	return false;
}
