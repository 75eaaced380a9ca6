/*
 * store_destination - the destinations of the queue as rows: where mail waits
 * for, what is known of the way there, and when there is something to do.
 */
#ifndef RELAY_QUEUE_STORE_DESTINATION_H
#define RELAY_QUEUE_STORE_DESTINATION_H

#include "relay/queue/schedule.h"
#include "relay/queue/store.h"

#include <string.h>

/*
 * via is the names of the next hops joined by commas. Special: VIA_HELD for
 * what waits for the owner, VIA_BY_MX where the route depends on the MX, with
 * the sender behind it ("<>" is the null one) where it depends on that as well.
 * With VIA_CHOSEN before them the names are the owner's own choice, and no
 * rule's. After VIA_ALONE, a word and a blank comes any of them: that of one
 * message which has its sessions for itself (signet test). What the owner has
 * put on hold is the destination VIA_HELD with a domain that is none.
 */
#define VIA_HELD ""
#define VIA_BY_MX "?"
#define VIA_CHOSEN '='
#define VIA_ALONE '#'
#define DOMAIN_HELD_BY_OWNER "!"

static inline bool via_is_by_mx(const char *via)
{
	return via[0] == VIA_BY_MX[0];
}

static inline bool via_is_alone(const char *via)
{
	return via[0] == VIA_ALONE;
}

/* As it would be if it were not alone. */
static inline const char *via_plain(const char *via)
{
	const char *blank = via_is_alone(via) ? strchr(via, ' ') : NULL;

	return blank ? blank + 1 : via;
}

/* Names between commas; "" when held or by MX. For people. */
static inline const char *via_names(const char *via)
{
	const char *plain = via_plain(via);

	return via_is_by_mx(plain) ? "" : plain[0] == VIA_CHOSEN ? plain + 1 : plain;
}

struct store_destination {
	uint64_t id;
	char *domain;             /* "" when the hops are smarthosts only */
	char *via;
	struct hop_state hops;
	int64_t wake_ms;          /* when there is something to do; STORE_NEVER */
	struct reply reply;       /* the last that concerned all of it */
};

void store_destination_free(struct store_destination *d);
/* Finds or makes it; 0 when the store is in trouble. wake_ms may be NULL. */
uint64_t store_destination_id(struct store *s, const char *domain, const char *via, int64_t *wake_ms);
void store_wake(struct store *s, uint64_t destination, int64_t wake_ms);
void store_save_destination(struct store *s, const struct store_destination *d);
bool store_load_destination(struct store *s, uint64_t id, struct store_destination *out);

/* The first in the order of wake_ms, at most max. Returns how many. */
struct store_due { uint64_t id; int64_t wake_ms; };
size_t store_due_destinations(struct store *s, struct store_due *out, size_t max);

/* Destinations after *after that nothing waits for and nothing is to be remembered of; *after is 0 at the end. */
size_t store_idle_destinations(struct store *s, int64_t now_ms, uint64_t *after, uint64_t *out, size_t max);
void store_forget_destination(struct store *s, uint64_t id);

/* Ends backoff of the destination and makes it due. */
void store_hurry_destination(struct store *s, uint64_t id, int64_t now_ms);

#endif
