/* SPDX-License-Identifier: ISC */
/*
 * look_state - what the parts of look share: look.c (asking, and going on),
 * look_walk.c (which messages), look_list.c (what waits), look_trace.c (what
 * is known about one), look_export.c (its bytes), look_act.c (orders), look_test.c
 * (a test message on its way), look_destinations.c (where mail goes), look_history.c
 * (what became of it), look_suppress.c (addresses that were refused), look_ways.c
 * (what is known of ways for mail: blocked sites, detours, policies).
 */
#ifndef RELAY_QUEUE_LOOK_STATE_H
#define RELAY_QUEUE_LOOK_STATE_H

#include "base/view/selection.h"
#include "relay/queue/look.h"
#include "relay/queue/store_look.h"

struct look;
struct act;
struct act_done;

/* Whose messages one who asks at the submission socket may mean; the owner's socket means everybody's. */
enum look_reach {
	REACH_NONE,          /* it is not asked there */
	REACH_OWN,           /* their own */
	REACH_SEEN,          /* those that they may see: mailq_users everybody's, as root */
};

/* One operation. */
struct look_kind {
	unsigned operation;
	enum look_reach reach;
	bool writes;                  /* waits while the store is in trouble */
	bool wants_selection;         /* an order that must not mean all messages by accident */

	/* Checks the question; -1 with a fault: it is refused. May be NULL. */
	int (*begin)(struct queue *q, struct look *l, struct fault *f);

	/* Instead of begin, where what is asked is no selection. */
	int (*hear)(struct queue *q, struct look *l, struct span argument, struct fault *f);

	/* Goes on a little; true: it has finished. */
	bool (*step)(struct queue *q, struct look *l);

	/* The closing sentence. May be NULL. */
	void (*end)(const struct look *l, struct buf *text);

	/* For look_act.c: what is done to each recipient, and its name. */
	const struct act *act;
};

struct look {
	struct look_sink sink;
	const struct look_kind *kind;
	int64_t uid;                  /* of who asks at the submission socket; -1: the owner asks, at his own */
	int64_t only_uid;             /* -1: everybody */
	struct selection selection;
	bool through;                 /* it waits only for the commit */
	bool over;                    /* it has been answered */

	/* the walk */
	size_t next_id;               /* of selection.ids */
	struct store_open_cursor at;
	struct store_message message; /* whose recipients are being walked; id 0: none */
	uint64_t after;               /* the last recipient */
	bool counted;                 /* messages counts it already */

	/* look_trace.c, look_history.c */
	uint64_t telling;             /* a message; 0: none */
	uint64_t before, floor;       /* recipients, of the walk back */
	struct buf told;              /* messages, as uint64_t */

	/* look_export.c */
	int body_fd;                  /* -1: in body */
	struct buf body;
	size_t body_sent;

	/* look_test.c */
	uint64_t destination;         /* that the message has for itself; 0: it is not a test */
	char *message_name;           /* its message-id */
	bool uncommitted;             /* the message is in the open transaction */
	int64_t begun_boot_ms;

	/* look_suppress.c */
	bool forgets;                 /* some, in the open transaction */

	/* look_ways.c */
	bool ordered;                 /* changed in memory, to be written with the next commit */
	unsigned sites, families;     /* that are cleared */
	char *domain;                 /* whose policy; NULL: it is not about one */

	uint64_t messages, recipients, in_delivery;
	bool not_yet;                 /* flush: some were tried a moment ago */
	struct act_done *done, **done_end;   /* in the open transaction */
	struct act_done *page;        /* the last of them */
	struct buf rows;              /* packed spans, to be said when it is committed */

	struct look *next;
};

extern const struct look_kind look_list;
extern const struct look_kind look_show, look_trace, look_export;
extern const struct look_kind look_test, look_destinations, look_history, look_suppressed, look_suppress_remove;
extern const struct look_kind look_sticky, look_sticky_clear, look_detours, look_standing, look_policy;
extern const struct look_kind look_flush, look_hold, look_release, look_delete, look_move;

/* ---- look_walk.c ---- */

bool look_is_by_root(const struct look *l);        /* or by the owner: nothing is kept from them */

/* In one turn: about so many rows of messages and recipients are read, in so much time. */
enum { LOOK_STEP = 1000, LOOK_STEP_MS = 5 };

/*
 * Calls visit for l->message, which matches the selection, until visit returns
 * true; then for the next one. visit adds the rows it has read to *cost. True:
 * there are no more.
 */
typedef bool look_visit(struct queue *q, struct look *l, unsigned *cost);
bool look_walk(struct queue *q, struct look *l, look_visit *visit);

bool look_fits_recipient(const struct queue *q, const struct look *l, const struct store_waiting *w);

/* ---- look_test.c ---- */

void look_test_committed(struct queue *q, const struct committed *c, struct look *l);
void look_test_tell(struct queue *q, struct look *l);     /* tells what has happened since; it may be over then */
void look_test_left(struct queue *q, struct look *l);     /* nobody is watching any more */

/* ---- look_act.c ---- */

bool look_act_waits(const struct look *l);     /* for the commit */
void look_act_committed(struct queue *q, const struct committed *c, struct look *l);
void look_act_refused(struct look *l);

#endif
