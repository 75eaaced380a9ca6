/* SPDX-License-Identifier: ISC */
#include "signet/way/dialogue.h"

#include "base/mail/address.h"

#include <stdlib.h>

static bool is_list_of_rule_sets(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!byte_is_digit(word.at[i]) && word.at[i] != ',')
			return false;
	return word.len > 0;
}

enum dialogue_says dialogue_read(struct span line, struct buf *address, struct fault *f)
{
	struct span text = span_trim(line), rest = text, word = span_word(&rest);

	if (word.len == 0 || word.at[0] == '#')
		return DIALOGUE_NOTHING;
	if (memchr(text.at, '\0', text.len)) {
		fault_set(f, FAULT_PERMANENT, "5.5.4", "the line has a NUL in it");
		return DIALOGUE_WRONG;
	}
	rest = span_trim(rest);
	if (span_eq_nocase(word, SPAN("/quit")) || span_eq(word, SPAN("^D")))
		return DIALOGUE_QUIT;
	if (span_eq_nocase(word, SPAN("/try"))) {
		span_word(&rest);
		rest = span_trim(rest);
	} else if (!span_eq_nocase(word, SPAN("/parse")) && !(is_list_of_rule_sets(word) && rest.len > 0)) {
		if (word.at[0] == '/' || (text.len == 1 && word.at[0] == '?')) {
			fault_set(f, FAULT_PERMANENT, "5.5.4", "type an address, /parse ADDRESS, or /quit");
			return DIALOGUE_WRONG;
		}
		rest = text;
	}
	if (rest.len == 0) {
		fault_set(f, FAULT_PERMANENT, "5.5.4", "%.*s needs an address", (int)(word.len < 20 ? word.len : 20), word.at);
		return DIALOGUE_WRONG;
	}
	struct address_list list;
	if (address_list_read(rest, ADDRESS_COMMAS, &list, NULL) == 0 && list.count == 1)
		buf_add_text(address, list.items[0].address);
	else
		buf_add_span(address, rest);
	address_list_free(&list);
	return DIALOGUE_ADDRESS;
}
