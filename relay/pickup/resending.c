/* SPDX-License-Identifier: ISC */
#include "relay/pickup/resending.h"

static uint8_t bit_of(struct span name)
{
	if (span_eq_nocase(name, SPAN("Resent-From")))
		return RESENT_FROM;
	if (span_eq_nocase(name, SPAN("Resent-Date")))
		return RESENT_DATE;
	return span_eq_nocase(name, SPAN("Resent-Message-ID")) ? RESENT_MESSAGE_ID : 0;
}

/* A block of which nothing stays needs nothing. */
void resending_complete(struct kept *k)
{
	struct resent block = { 0 };
	struct kept_field *first = NULL;
	uint8_t there = 0;
	bool stays = false;

	for (size_t i = 0; i < k->count; i++) {
		struct kept_field *kept = &k->fields[i];
		enum resent_place place = message_resent(&block, kept->field.name);
		if (place == RESENT_NOT)
			continue;
		if (place == RESENT_BEGINS) {
			first = kept;
			there = 0;
			stays = false;
		}
		bool sent = kept->action != KEPT_NOT && !kept->aside;
		stays |= sent;
		if (sent)
			there |= bit_of(kept->field.name);
		first->resent_missing = stays ? (uint8_t)((RESENT_FROM | RESENT_DATE | RESENT_MESSAGE_ID) & ~there) : 0;
	}
}
