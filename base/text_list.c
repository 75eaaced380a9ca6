/* SPDX-License-Identifier: ISC */
#include "base/text_list.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

void text_list_add(struct text_list *list, struct span text)
{
	if (list->count >= list->room) {
		list->room = list->count ? 2 * list->count : 1;
		list->items = mem_resize(list->items, list->room, sizeof *list->items);
	}
	list->items[list->count++] = mem_text_span(text);
}

void text_list_copy(const struct text_list *list, struct text_list *out)
{
	for (size_t i = 0; i < list->count; i++)
		text_list_add(out, span_of(list->items[i]));
}

bool text_list_has_nocase(const struct text_list *list, struct span text)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_eq_nocase(span_of(list->items[i]), text))
			return true;
	return false;
}

bool text_list_eq(const struct text_list *a, const struct text_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){ 0 };
}
