/* SPDX-License-Identifier: ISC */
/*
 * The first byte is a syntax, the rest a text of it: items come in the order
 * of their lines, with a key wherever the syntax has one.
 */
#include "signet/import/foreign.h"
#include "signet/import/maps.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct foreign_items items = { 0 };
	struct text_list words = { 0 };
	unsigned line = 0;

	if (size == 0)
		return 0;
	enum foreign_syntax syntax = data[0] % FOREIGN_SYNTAXES;
	struct span text = { (const char *)data + 1, size - 1 };
	foreign_parse(text, syntax, &items);
	for (size_t i = 0; i < items.count; i++) {
		const struct foreign_item *item = &items.items[i];
		if (item->line <= line || (item->key[0] == '\0') != (syntax == FOREIGN_LINE || syntax == FOREIGN_MASTER_CF))
			abort();
		line = item->line;
		foreign_is_yes(item->value);
		foreign_words(span_of(item->value), &words);
		foreign_pieces(span_of(item->value), ",; ", &words);
		maps_split(span_of(item->value), &words);
	}
	text_list_free(&words);
	foreign_items_free(&items);
	return 0;
}
