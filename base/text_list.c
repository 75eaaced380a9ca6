#include "base/text_list.h"

#include "base/buf.h"

#include <stdlib.h>

void text_list_add(struct text_list *list, struct span text)
{
	list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = mem_text_span(text);
}

bool text_list_has_nocase(const struct text_list *list, struct span text)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_eq_nocase(span_of(list->items[i]), text))
			return true;
	return false;
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){ 0 };
}
