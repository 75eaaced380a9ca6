/* SPDX-License-Identifier: ISC */
/*
 * store_detour - what is remembered of this host's addresses
 * (relay/queue/detour_rule.h), a row for each family, so that a restart forgets
 * no detour; and what waits to go straight, all at once.
 */
#ifndef RELAY_QUEUE_STORE_DETOUR_H
#define RELAY_QUEUE_STORE_DETOUR_H

#include "relay/queue/detour_rule.h"
#include "relay/queue/store.h"

/* Its texts are "" where there is none. */
void store_load_detour(struct store *s, uint32_t family, struct detour_row *out);
void store_save_detour(struct store *s, const struct detour_row *r);

/*
 * What waits for a destination whose route has "mx" is due now, but where a mail may have arrived already: that is kept
 * for the same hop. What the owner moved there is left alone.
 */
void store_hurry_straight(struct store *s, int64_t now_ms);

#endif
