/* SPDX-License-Identifier: ISC */
/*
 * schedule - when and where a message is tried next. Pure functions of what is
 * known and the time; randomness is a parameter.
 *
 * Times are wall clock in milliseconds where they are stored, boot time only
 * where a name says so. A destination is a recipient domain with its next
 * hops, or just the next hops where no domain matters (smarthosts only).
 */
#ifndef RELAY_QUEUE_SCHEDULE_H
#define RELAY_QUEUE_SCHEDULE_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule_rules {
	int64_t retry_min_ms, retry_max_ms;
	int64_t nxdomain_ms;        /* how long until an unsigned NXDOMAIN may be confirmed */
	int64_t floor_ms;           /* a try that somebody asks for is made so long after the last one */
	int64_t queue_life_ms;
	int64_t delay_notice_ms;    /* after so long a sender is told that the mail is late; 0: never */
};

/* The wait after that many failures in a row: doubling, capped, and an eighth more or less. */
int64_t schedule_wait_ms(const struct schedule_rules *r, unsigned failures, uint32_t random);

/*
 * The same for greylisting (RFC 6647): first just after the five minutes that
 * most servers ask for, then in even steps up to the quarter of an hour that some
 * ask for, and from then on like any other wait.
 */
int64_t schedule_greylisted_wait_ms(const struct schedule_rules *r, unsigned failures, uint32_t random);

/* ---- destinations ---- */

struct hop_rules {
	size_t hops;                /* next hops in order; at least one */
	size_t detour;              /* hops behind those: no failure leads there, only an order (relay/queue/detour.h) */
	bool on_unreachable;        /* go to the next when one cannot be reached */
	int64_t stay_ms;            /* how long to stay at a hop that is not the first */
	bool on_temporary;          /* or when it has failed temporarily for so long: */
	int64_t temporary_after_ms;
	bool on_limit;              /* or when its limit is used up */
	bool on_blocked;            /* or when it distrusts this host's address (relay/queue/fallback.h) */
	int64_t blocked_stay_ms;    /* how long to avoid it then */
};

struct hop_state {              /* stored */
	unsigned hop;
	int64_t hop_until_ms;       /* until then hop is kept; else 0 */
	unsigned failures;          /* rounds over all hops, in a row */
	int64_t backoff_ms;         /* no attempt before; 0 for none */
	int64_t nxdomain_ms;        /* when an unconfirmed NXDOMAIN was first seen; 0 never */
	int64_t failing_since_ms;   /* since when the first hop has had only temporary refusals; 0 not */
	int64_t tried_ms;           /* when a round last came to nothing; 0 never */
	int64_t undecided_ms;       /* until then hop is kept since an outcome there is unknown; else 0 */
};

enum hop_failure { HOP_TEMPORARY, HOP_UNREACHABLE, HOP_BLOCKED, HOP_LIMIT };

enum hop_next {
	HOP_TRY_NEXT,               /* state.hop is another one: try it now */
	HOP_WAIT,                   /* until state.backoff_ms */
};

/* Begins a round of attempts: back to the first hop unless another is still to be kept. */
void schedule_round(struct hop_state *s, const struct hop_rules *r, int64_t now_ms);

/* The current hop failed as a whole. A round goes through the hops once: then it waits, whatever they said. */
enum hop_next schedule_hop_failed(struct hop_state *s, const struct hop_rules *r, const struct schedule_rules *rules,
                                  enum hop_failure how, int64_t now_ms, uint32_t random);

/* The hop is one of a detour. Among those any failure leads on that is not only of a message. */
bool schedule_is_detour(const struct hop_rules *r, unsigned hop);

/* There is another hop behind that one, on the route or on its detour. */
bool schedule_has_next(const struct hop_rules *r, unsigned hop);

/* An order, and no failure, takes what waits to the first hop of the detour. */
void schedule_take_detour(struct hop_state *s, const struct hop_rules *r);

/* A failure of that kind leads on to another hop. */
bool schedule_leads_on(const struct hop_state *s, const struct hop_rules *r, enum hop_failure how, int64_t now_ms);

/* The server at a hop put a message off; it gave a final reply for one. */
void schedule_hop_deferred(struct hop_state *s, unsigned hop, int64_t now_ms);
void schedule_hop_decided(struct hop_state *s, unsigned hop);

/* A session with the current hop is open. */
void schedule_hop_reached(struct hop_state *s, const struct hop_rules *r, int64_t now_ms);

/*
 * An unsigned answer says that the domain does not exist. True: it can be
 * believed now, because the same was said long enough ago and another name has
 * resolved since (other_ms; 0: never). False: the state says when to ask again.
 */
bool schedule_nxdomain(struct hop_state *s, const struct schedule_rules *rules, int64_t other_ms, int64_t now_ms);

/*
 * When a try that somebody asks for is made: floor_ms after the last one, so that
 * a loop of such requests does not become a storm. If the last try is in the
 * future, the clock was set back, and it does not count.
 */
int64_t schedule_hurried(const struct schedule_rules *r, int64_t tried_ms, int64_t now_ms);

/* ---- recipients ---- */

enum verdict { VERDICT_DELIVERED, VERDICT_RETRY, VERDICT_FAILED, VERDICT_EXPIRED,
	VERDICT_HELD,                /* by outcome_hold: waits for the owner */
	VERDICT_ASKED                /* of what is never sent: whatever was said, that is the end */
};

struct attempt {
	enum fault_kind kind;       /* what the server or the session said about this recipient */
	bool unknown;               /* lost after the dot */
	bool no_room;               /* the server took others and only had no room for this one in the transaction */
	bool after_fallback;        /* an earlier hop failed only temporarily: what this hop says is not final */
	bool blocked;               /* this host's address is refused, not the mail, and the route knows other hops: never
	                               final before its time is over */
	bool moved;                 /* it goes to another hop: due at once, or when hop_until_ms is over */
	bool trusted_clock;         /* the attempt was made since the start and since the clock was last set */
	unsigned failures;          /* of this recipient before */
	int64_t expires_ms;
	int64_t hop_until_ms;
	bool greylisted;            /* the server wants to see the message again later */
	bool site_busy;             /* the reply was about the site, which waits (relay/queue/pace.h), not about this recipient:
	                               a few tries are as soon as the site may be tried, then it waits like others */
};

/* due_ms is filled for VERDICT_RETRY. */
enum verdict schedule_recipient(const struct attempt *a, const struct schedule_rules *r, int64_t now_ms,
                                uint32_t random, int64_t *due_ms);

/*
 * When the sender of a message that arrives now is to be told that it is late.
 * INT64_MAX: never, because the sender does not want that or will have the
 * message back by then.
 */
int64_t schedule_notice(const struct schedule_rules *r, bool wanted, int64_t now_ms);

/*
 * An attempt has failed: the sender is to be told now. notice_ms is what
 * schedule_notice returned; 0 once that is decided, INT64_MAX once it was told.
 */
bool schedule_is_late(int64_t notice_ms, bool trusted_clock, int64_t now_ms);

/* ---- clocks ---- */

/* No retry can be that far away: the clock was set back after it was written. */
bool schedule_too_far(const struct schedule_rules *r, int64_t due_ms, int64_t now_ms);

struct clock_watch {            /* all zero before the first call */
	int64_t offset_ms;          /* wall minus boot */
	int64_t step_boot_ms;       /* when it last changed by more than a little */
};

/* Compares both clocks. Returns by how much the wall clock was set since the last call; 0: it was not. */
int64_t schedule_clock_step(struct clock_watch *w, int64_t wall_ms, int64_t boot_ms);

/* The clock has not been set since an attempt that began then: what has expired may be given up after it. */
bool schedule_clock_is_trusted(const struct clock_watch *w, int64_t begun_boot_ms);

/* ---- sessions ---- */

struct session_need {
	unsigned open;              /* of the site, including those that are ending */
	unsigned usable;            /* without those */
	unsigned dialling;
	unsigned limit;             /* of the site */
	unsigned total, total_limit;
	size_t work;                /* messages picked for the site and not handed out */
	bool more_work;             /* and others beyond them */
};

/*
 * Another session is wanted now. Only as many dial at a time as stand already, or one, so that who takes few is not met
 * by many; and one beside others must have something to do.
 */
bool schedule_wants_session(const struct session_need *n);

#endif
