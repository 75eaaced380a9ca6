/*
 * schedule - when and where a message is tried next: pure functions of what
 * is known and the time. Randomness is a parameter.
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
	int64_t floor_ms;           /* who asks for a try at once gets it so long after the last */
	int64_t queue_life_ms;
	int64_t delay_notice_ms;    /* after so long a sender is told that his mail is late; 0 never */
};

/* The wait after that many failures in a row: doubling, capped, and an eighth more or less. */
int64_t schedule_wait_ms(const struct schedule_rules *r, unsigned failures, uint32_t random);

/*
 * The same where the server only wants to see the message again (RFC 6647):
 * soon, just after the five minutes that most ask for, then in even steps
 * through the quarter of an hour that some do; from there on as others.
 */
int64_t schedule_greylisted_wait_ms(const struct schedule_rules *r, unsigned failures, uint32_t random);

/* ---- destinations ---- */

struct hop_rules {
	size_t hops;                /* next hops in order; at least one */
	bool on_unreachable;        /* go to the next when one cannot be reached */
	int64_t stay_ms;            /* how long to stay at another hop than the first */
	bool on_temporary;          /* or fails temporarily for so long: */
	int64_t temporary_after_ms;
	bool on_limit;              /* or takes no more for now, by its limit */
	bool on_blocked;            /* or distrusts this host's address (relay/queue/fallback.h) */
	int64_t blocked_stay_ms;    /* how long to pass it by then */
};

struct hop_state {              /* persists */
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

/* A failure of that kind leads on to another hop. */
bool schedule_leads_on(const struct hop_state *s, const struct hop_rules *r, enum hop_failure how, int64_t now_ms);

/* The server at a hop put a mail off, or had a final word on one. */
void schedule_hop_deferred(struct hop_state *s, unsigned hop, int64_t now_ms);
void schedule_hop_decided(struct hop_state *s, unsigned hop);

/* A session with the current hop stands. */
void schedule_hop_reached(struct hop_state *s, const struct hop_rules *r, int64_t now_ms);

/*
 * The domain does not exist, says an answer nobody signed. True: believe it
 * now, because it was said before, long enough ago, and another name has
 * resolved since (other_ms; 0 never). False: state says when to ask again.
 */
bool schedule_nxdomain(struct hop_state *s, const struct schedule_rules *rules, int64_t other_ms, int64_t now_ms);

/*
 * When somebody asks for a try at once, it is made: floor_ms after the last,
 * lest a loop of such requests becomes a storm. A last try in the future is of
 * a clock that was set, and counts for nothing.
 */
int64_t schedule_hurried(const struct schedule_rules *r, int64_t tried_ms, int64_t now_ms);

/* ---- recipients ---- */

enum verdict { VERDICT_DELIVERED, VERDICT_RETRY, VERDICT_FAILED, VERDICT_EXPIRED,
	VERDICT_HELD                 /* by outcome_hold: waits for the owner */
};

struct attempt {
	enum fault_kind kind;       /* what the server or session said of this recipient */
	bool unknown;               /* lost after the dot */
	bool no_room;               /* it took others, and only had no room for this one beside them */
	bool after_fallback;        /* an earlier hop failed only temporarily: this hop's word is not final */
	bool blocked;               /* this host's address is refused, not the mail, and the route knows other hops: never
	                               final before its time is over */
	bool moved;                 /* on to another hop: due at once, or when hop_until_ms is over */
	bool trusted_clock;         /* made since start and since the last step of the clock */
	unsigned failures;          /* of this recipient before */
	int64_t expires_ms;
	int64_t hop_until_ms;
	bool greylisted;            /* the server only wants to see it again */
	bool site_busy;             /* it spoke of the site, which waits (relay/queue/pace.h), and not of this one: a few
	                               such tries are as soon as the site may be tried; then this one waits as others do */
};

/* due_ms is filled for VERDICT_RETRY. */
enum verdict schedule_recipient(const struct attempt *a, const struct schedule_rules *r, int64_t now_ms,
                                uint32_t random, int64_t *due_ms);

/*
 * When the sender of a message that comes now is to be told that it is late.
 * INT64_MAX for never: he does not want it, or has the mail back by then.
 */
int64_t schedule_notice(const struct schedule_rules *r, bool wanted, int64_t now_ms);

/*
 * Now, as an attempt has failed? notice_ms as schedule_notice had it; 0 once
 * that is decided, INT64_MAX once he was told.
 */
bool schedule_is_late(int64_t notice_ms, bool trusted_clock, int64_t now_ms);

/* ---- clocks ---- */

/* No retry is that far away: the clock was set back after it was written. */
bool schedule_too_far(const struct schedule_rules *r, int64_t due_ms, int64_t now_ms);

struct clock_watch {            /* zeroed before the first look */
	int64_t offset_ms;          /* wall minus boot */
	int64_t step_boot_ms;       /* when it last changed by more than a little */
};

/* Looks at both clocks; returns by how much the wall clock was set since the last look, 0 for not. */
int64_t schedule_clock_step(struct clock_watch *w, int64_t wall_ms, int64_t boot_ms);

/* An attempt that began at that time was made by the clock as it is: what has expired may be given up after it. */
bool schedule_clock_is_trusted(const struct clock_watch *w, int64_t begun_boot_ms);

/* ---- sessions ---- */

struct session_need {
	unsigned open;              /* of the site, with those that are ending */
	unsigned usable;            /* without them */
	unsigned dialling;
	unsigned limit;             /* of the site */
	unsigned total, total_limit;
	size_t work;                /* messages picked for the site and not handed out */
	bool more_work;             /* and others beyond them */
};

/* Another session now? One dials at a time, and a second one must have something to do. */
bool schedule_wants_session(const struct session_need *n);

#endif
