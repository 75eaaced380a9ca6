/* SPDX-License-Identifier: ISC */
/*
 * rates - who submits more messages than the owner allows: a uid more than
 * user_rate, a unit or container more than unit_rate. Pure but for what it
 * remembers, which is in memory alone.
 *
 * All messages count, those that are held too. So a runaway stays held until it
 * has slowed down: until there were no more of its messages in the window than
 * the rate allows. From the first that is held until a whole window has passed
 * without one is an episode, of which the owner is told once, RATES_TELL_MS
 * after it began.
 *
 * Times are wall clock. A window is counted in 25 parts, and one too many counts
 * rather than one too few (relay/queue/pace.h). Of RATES_SENDERS that are known
 * the one heard from longest ago makes room, one in an episode last.
 */
#ifndef RELAY_QUEUE_RATES_H
#define RELAY_QUEUE_RATES_H

#include "relay/cgroup.h"
#include "relay/queue/pace.h"

enum { RATES_SENDERS = 512, RATES_SAMPLES = 3, RATES_TELL_MS = 60 * 1000 };

enum rates_kind { RATES_UID, RATES_UNIT, RATES_CONTAINER };

struct runaway {
	enum rates_kind kind;
	uint32_t uid;
	char name[CGROUP_NAME_MAX + 1];   /* "33", "cron.service", "lxc:web1" */
	struct pace_cap sent;
	int64_t heard_ms;                 /* its last message */
	int64_t since_ms, held_ms;        /* the first and the last that was held; since_ms 0: no episode */
	uint64_t held;
	bool told;
	struct buf samples;               /* lines about the first that were held, for people */
	unsigned sample_count;
};

struct rates {
	struct rate user, unit;           /* count 0: none */
	int64_t tell_ms;                  /* after the first that is held */
	struct runaway **senders;
	size_t count;
};

void rates_free(struct rates *r);

/* One more message of this caller. The sender that it is too much for, or NULL: it may go. */
struct runaway *rates_count(struct rates *r, uint32_t uid, const char *unit, const char *container, int64_t now_ms);

/* The owner has let its mail go: its count begins again. */
void rates_forgive(struct rates *r, uint32_t uid, const char *unit, const char *container);

/* One whose episode is to be told of now, or NULL; and when there will be one, INT64_MAX never. */
struct runaway *rates_untold(struct rates *r, int64_t now_ms);
int64_t rates_next_ms(const struct rates *r);

/* What was told of it could not be written. */
void rates_tell_again(struct rates *r, enum rates_kind kind, uint32_t uid, const char *name);

/* Appends "uid 33", "unit cron.service"; and why its mail is held, which names it and the setting. */
void rates_print(const struct runaway *who, struct buf *out);
void rates_reason(const struct rates *r, const struct runaway *who, struct buf *out);

/* Options of "signet queue" that mean what is held for that reason. */
void rates_options(const struct runaway *who, struct buf *out);

#endif
