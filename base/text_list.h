/* SPDX-License-Identifier: ISC */
/*
 * text_list - an owned list of C strings. A zeroed one is empty, and
 * text_list_free takes it back there.
 */
#ifndef BASE_TEXT_LIST_H
#define BASE_TEXT_LIST_H

#include "base/span.h"

struct text_list {
	char **items;
	size_t count;
	size_t room;             /* how many items there is memory for; 0: for count of them */
};

void text_list_add(struct text_list *list, struct span text);
void text_list_copy(const struct text_list *list, struct text_list *out);   /* after what out has */
bool text_list_has_nocase(const struct text_list *list, struct span text);
bool text_list_eq(const struct text_list *a, const struct text_list *b);   /* the same, in the same order */
void text_list_free(struct text_list *list);

#endif
