/* SPDX-License-Identifier: ISC */
/*
 * tags - tag=value lists (RFC 6376 section 3.2) of signature fields and key
 * records.
 *
 * Nothing is copied: names and values borrow from the list. A list that
 * breaks the grammar, names a tag twice or holds more than TAGS_MAX tags is
 * refused as a whole, for a semicolon too many as well, as in "v=DKIM1;; p=":
 * other readers refuse it.
 */
#ifndef SIGN_TAGS_H
#define SIGN_TAGS_H

#include "base/span.h"

enum { TAGS_MAX = 100 };

struct tag {
	struct span name;    /* case matters */
	struct span value;   /* without white space around it; folding inside stays */
	struct span room;    /* all between "=" and ";" or the end: what is left out when b= is hashed */
};

struct tags {
	struct tag items[TAGS_MAX];
	size_t count;
};

/* NULL, or why the list is refused: a part of a sentence. out then holds what came before. */
const char *tags_parse(struct span list, struct tags *out);

/* The tag of that name, or NULL. */
const struct tag *tags_find(const struct tags *t, const char *name);

/*
 * True when the colon-separated list names the word, case ignored. White space around its items does not count
 * (h=, q=, s=, t= of sections 3.5 and 3.6.1).
 */
bool tags_list_has(struct span list, const char *word);

#endif
