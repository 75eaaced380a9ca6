/* SPDX-License-Identifier: ISC */
/*
 * pace - how fast mail goes to one site (relay/queue/site.h): how many
 * sessions at once, when the next message, and when to leave the site alone
 * for a while. Pure functions of what is known, what was heard, and the time;
 * randomness is a parameter. Nothing here can fail.
 *
 *   sessions   begin with few, twice as many after each round of messages taken,
 *              up to what is set. A refused connection while others stand shows
 *              the site's limit; it is kept to, and one more is tried after a wait
 *              that doubles, so that it is exceeded rarely.
 *   pauses     a site that takes no connection, or says of messages that they
 *              are too many, is left alone for seconds, doubling to minutes;
 *              then one message goes alone. When that has gone on too long the
 *              next hop has failed as a whole, and relay/queue/schedule.h
 *              takes over.
 *   rate       as set, and as learnt: what a site took from one pause to the
 *              end of the next is what it takes in that time, whatever it
 *              counts in. A little less than that is sent evenly, and after a
 *              wait that doubles a little more is tried.
 *   dials      connections in a stretch of time, whatever the reason for them: a
 *              bound beside all that ends or begins sessions. One that was of
 *              use costs nothing, so that a server that takes a message a
 *              connection is not slowed.
 *   cap        what is set for a smarthost per day or the like: exact in any
 *              such stretch of time, and kept beyond a restart.
 *
 * Times are milliseconds of a clock that only goes forward; those of the cap
 * are wall clock. All that is learnt of a site but the cap is in memory only: a restart
 * costs a refusal or two until it is learnt again, while a cap that is
 * forgotten may cost an account.
 */
#ifndef RELAY_QUEUE_PACE_H
#define RELAY_QUEUE_PACE_H

#include "base/conf/settings.h"
#include "base/mail/reply.h"

#include <stdbool.h>
#include <stdint.h>

/* With the one that a message has for nothing, five for it in that time (pacer_meets_message). */
enum { PACE_FIRST_SESSIONS = 2, PACE_DIALS = 4 };

struct pace_rules {
	unsigned sessions;              /* most at once; at least 1 */
	struct rate rate;               /* of messages; count 0 for none */
	int64_t pause_min_ms, pause_max_ms;
	int64_t dials_window_ms;        /* PACE_DIALS connections in that time that came to nothing */
};

struct pace {                       /* zeroed: nothing is known */
	unsigned sessions;              /* learnt: so many may be open; 0 not yet */
	unsigned round;                 /* messages taken since that changed, once there is a ceiling */
	unsigned ceiling;               /* so many were open when one more was refused; 0 never */
	int64_t ceiling_wait_ms, ceiling_until_ms;

	unsigned pauses;                /* in a row; 0 when the last word of the site was a good one */
	unsigned deferred;              /* messages in a row that it put off */
	bool slowed;                    /* it said in one of them that messages are too many */
	int64_t trial_until_ms;         /* the one message after a pause is on its way; 0 it is not */
	int64_t paused_until_ms, pauses_since_ms;
	int64_t taken_ms;               /* when it last took a message; 0 never */

	int64_t cycle_since_ms;         /* what it took since then tells its rate; 0 nothing yet */
	unsigned cycle_taken;
	int64_t spacing_us;             /* learnt: from one message to the next; 0 for none */
	int64_t spacing_wait_ms, spacing_until_ms;
	unsigned steps;                 /* since then it was made shorter so often */
	int64_t proven_us;              /* and was this before the last time */

	int64_t dials_ms[PACE_DIALS];   /* when the last were made, in no order; 0 none */
	int64_t rate_us, learnt_us;     /* when a message would be due if none had been early */
};

enum pace_event {
	PACE_UNREACHABLE,               /* no host of it answered */
	PACE_REFUSED,                   /* it answered, and wanted no session now */
	/* To a message; where its recipients got different answers, the last of these counts: */
	PACE_DEFERRED,                  /* it put the message off, for whatever reason */
	PACE_GREYLISTED,                /* it wants to see it again */
	PACE_CLOSED,                    /* it ended a session that had done something */
	PACE_SLOWED,                    /* it said that there are too many, or 421 to the first of a session */
	PACE_TAKEN,                     /* it took the message, or refused it permanently for its own sake */
};

/*
 * What a reply to a message tells of the site. early: the session has done
 * nothing yet; one that has and is ended was only long enough. That a mailbox
 * gets too much (X.2.X) concerns nobody else.
 */
enum pace_event pace_event_of(const struct reply *r, bool early);

/* The same of a reply to a connection; open as below. */
enum pace_event pace_event_of_refusal(const struct reply *r, unsigned open);

enum pace_verdict {
	PACE_ON,
	PACE_PAUSE,                     /* nothing to this site until paused_until_ms */
	PACE_FAILED,                    /* it has paused in vain for too long */
};

/* open: sessions that stand, without the one that was refused. */
enum pace_verdict pace_hear(struct pace *p, const struct pace_rules *r, enum pace_event event, unsigned open,
                            int64_t now_ms, uint32_t random);

/* The owner wants it tried now, whatever it said or cost before. */
void pace_forgive(struct pace *p);

/* Sessions at once; 0 during a pause. */
unsigned pace_sessions(const struct pace *p, const struct pace_rules *r, int64_t now_ms);

/*
 * Messages that may be handed out now; when there is room for one, now_ms when there is; and when there is room for one
 * more than now, if nothing is sent or heard meanwhile: INT64_MAX when there never is.
 */
unsigned pace_room(const struct pace *p, const struct pace_rules *r, int64_t now_ms);
int64_t pace_next_ms(const struct pace *p, const struct pace_rules *r, int64_t now_ms);
int64_t pace_more_ms(const struct pace *p, const struct pace_rules *r, int64_t now_ms);

void pace_sent(struct pace *p, const struct pace_rules *r, int64_t now_ms);
void pace_unsent(struct pace *p, const struct pace_rules *r);   /* one came back as it was */

/*
 * Connections that may be made now, at most PACE_DIALS, and when there may be
 * one. made: they were, or so many more than was thought; of use: as many of
 * those made at made_ms are as if they had not been, as are those that no server
 * answered. Those that are forgotten by then stay so, and no others are in their
 * place.
 */
unsigned pace_dials(const struct pace *p, const struct pace_rules *r, int64_t now_ms);
int64_t pace_next_dial_ms(const struct pace *p, const struct pace_rules *r, int64_t now_ms);
void pace_dials_made(struct pace *p, unsigned count, int64_t now_ms);
void pace_dials_of_use(struct pace *p, unsigned count, int64_t made_ms);

/* ---- caps ---- */

enum { PACE_CAP_SLOTS = 26 };

struct pace_cap {                   /* zeroed: none were sent */
	struct pace_cap_slot { int64_t begin_ms; uint32_t count; } slots[PACE_CAP_SLOTS];
};

/*
 * How many more there may be now; when there may be one, now_ms when at once; and when there may first be more or fewer
 * than now, if none are sent, INT64_MAX when never: some count no more, or the clock, which was set back, has come to
 * when some were sent. rate.count 0: no cap.
 */
uint32_t pace_cap_room(const struct pace_cap *c, const struct rate *rate, int64_t now_ms);
int64_t pace_cap_next_ms(const struct pace_cap *c, const struct rate *rate, int64_t now_ms);
int64_t pace_cap_changes_ms(const struct pace_cap *c, const struct rate *rate, int64_t now_ms);

/* Counts them; returns the index of the slot that has changed. */
size_t pace_cap_add(struct pace_cap *c, const struct rate *rate, uint32_t count, int64_t now_ms);
void pace_cap_undo(struct pace_cap *c, size_t slot, uint32_t count);   /* they did not go */

#endif
