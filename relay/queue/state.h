/*
 * state - what the queue role holds in memory, for the modules of this folder
 * only: one struct queue, one thread, one loop.
 *
 * A turn of the loop: read what came, decide; commit all changes as one
 * transaction; only then answer and log; then hand out work; then write.
 *
 *   destination   what one retry state is kept for (relay/queue/schedule.h);
 *                 in memory only while it is due or just was
 *   lane          within a destination, whose mail takes turns with others'
 *   site          where destinations lead to now: a smarthost, or a set of MX
 *                 hosts; owns sessions and the jobs picked for them
 *   pacer         how fast mail goes there; one for all sites of those hosts
 *   job           one message and some of its recipients, on its way
 *   mail          a message's row, bytes and signature while jobs need them
 *   result        what became of a job, until it is committed
 */
#ifndef RELAY_QUEUE_STATE_H
#define RELAY_QUEUE_STATE_H

#include "relay/channel.h"
#include "relay/life.h"
#include "relay/protocol.h"
#include "relay/queue/lane.h"
#include "relay/queue/schedule.h"
#include "relay/queue/store.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_message.h"
#include "relay/queue/table.h"
#include "relay/queue/timers.h"
#include "relay/queue/turn.h"
#include "relay/queue_id.h"
#include "relay/route/route.h"

#include <stdint.h>

enum { DELIVERY_RECIPIENTS_MAX = 1000 /* of the settings */, LINGER_MS = 2000 };

struct queue;

/* What epoll watches; first member of whatever it is part of. */
struct source {
	void (*ready)(struct queue *q, struct source *source, uint32_t events);
	uint32_t watched;
};

struct peer_channel;

/* What the queue does for a role. */
struct peer_handler {
	uint16_t only;                /* the one type of frame that it may send; 0: frame looks itself */
	void (*frame)(struct queue *q, struct peer_channel *p, struct frame *frame);
	void (*lost)(struct queue *q, struct peer_channel *p);     /* its channel is closed already; NULL: nothing to do */
};

struct peer_channel {
	struct source source;
	struct channel *channel;
	const struct peer_handler *handler;
	enum role role;
	uint64_t instance;
	uint64_t serial;              /* never used twice */
	unsigned in_flight;           /* signer: jobs it has; as many as it may have, for one that goes alone */
	unsigned strange;             /* answers that nobody waited for */
	struct life life;             /* pickup: whether its loop goes on; of others their answers tell */
	bool dead;                    /* freed at the end of the turn */
	struct peer_channel *next;
};

struct mail {
	struct store_message row;
	char queue_id[QUEUE_ID_TEXT];
	struct buf body;              /* inline only */
	bool missing;                 /* its bytes cannot be read, */
	bool damaged;                 /* and never will: they are not what was stored */
	struct fault body_fault;      /* why */
	unsigned jobs;                /* that need it */
	enum { MAIL_UNSIGNED, MAIL_SIGNING, MAIL_SIGNED } signing;
	uint64_t sign_ticket;
	uint64_t signer;              /* serial of the peer that has it; 0 none yet */
	bool signs_alone;             /* the signer that has it has nothing else (strikes.h) */
	struct buf fields;
	struct fault sign_fault;
	struct mail *newer, *older;   /* kept though no job needs them */
	struct mail *sign_next;       /* waits for a signer */
};

struct destination;
struct site;
struct blocked;                   /* blocked.c */
struct pacer;
struct smtp_session;

struct job {
	uint64_t ticket;
	struct mail *mail;
	struct destination *destination;
	struct smtp_session *session;      /* it was handed to */
	struct store_recipient *recipients;
	size_t recipient_count;
	unsigned hop;                      /* of the destination when it was picked */
	struct text_list tried;            /* hosts that put it off in this round (relay/queue/hosts.h) */
	uint8_t trouble;                   /* enum delivery_trouble that its session told of; 0 none */
	int64_t begun_boot_ms;
	struct job *next;
};

struct job_list {
	struct job *first, *last;
	size_t count;
};

struct lane {
	uint64_t number;
	bool done;                    /* nothing due beyond the cursor */
	struct store_cursor cursor;
	int64_t again_ms;             /* what is due till then goes now: destination_due_at_once */
};

enum destination_state {
	DESTINATION_LOADED,           /* its round begins */
	DESTINATION_ROUTING,          /* the resolver is asked for the MX, on which the route itself hangs, */
	DESTINATION_PLANNING,         /* or for the hosts of its hop, */
	DESTINATION_FETCHING,         /* whose MTA-STS policy is fetched first, */
	DESTINATION_PLANNING_AGAIN,   /* and with which it is asked once more */
	DESTINATION_OPEN,             /* belongs to a site */
	DESTINATION_ENDING,           /* what waits there gets end_reply first */
	DESTINATION_LEAVING,          /* to be written and forgotten */
	DESTINATION_STATES
};

struct destination {
	struct store_destination row;
	char *name;                   /* its domain or its next hops: for the log */
	enum destination_state state;
	struct text_list hops;        /* names: "mx" or a smarthost's */
	struct hop_rules hop_rules;
	uint64_t plan_ticket;         /* 0: not asked yet */
	uint64_t plan_peer;           /* serial of the resolver that was asked */
	struct site *site;
	struct blocked *passed;       /* this round goes round that blocked site; NULL: round none */
	char *earlier;                /* what the first hop said before this round went on, for a person; NULL nothing */
	bool limited;                 /* this round goes round a hop whose limit is used up */
	bool hope;                    /* an earlier hop failed only temporarily */
	struct job_list carried;      /* picked for one hop, and on their way to the next */
	struct lane *lanes;
	size_t lane_count, turn;
	bool more;                    /* something may be due */
	bool dirty;                   /* row differs from the store */
	bool touched;                 /* results changed what waits: row.wake_ms may be wrong */
	struct reply end_reply;
	int64_t end_before_ms;        /* for those that expire before */
	unsigned in_flight;           /* jobs and results */
	int64_t begun_boot_ms;        /* this round of attempts */
	int64_t idle_boot_ms;         /* since when nothing is to do; 0 busy */
	struct destination *next;     /* of all */
};

enum smtp_state { SMTP_SPAWNED, SMTP_DIALLING, SMTP_OPEN, SMTP_QUITTING, SMTP_OVER };

struct smtp_session {
	uint64_t ticket;
	enum smtp_state state;
	struct site *site;
	uint64_t peer;                /* serial; 0 before PEER and after its loss */
	unsigned credits;             /* WANTs not used */
	struct job_list sent;
	unsigned uncommitted;         /* outcomes that it does not know to be committed */
	uint8_t needs;                /* it was begun for: NEED_ bits, */
	struct text_list skipped;     /* without these hosts, */
	struct text_list refused;     /* and not from these addresses of ours */
	bool for_rest;                /* for what other hosts have put off; */
	uint64_t destination;         /* of that job, or of whatever it was begun for; 0 none */
	uint8_t can;                  /* the host it has can do, besides */
	char *host, *source;          /* the host it has, and this end's address; NULL before READY */
	unsigned dials;               /* connections that are counted for it (relay/queue/pace.h) */
	bool heard, fruitful;         /* an outcome at all; a final one */
	bool of_use;                  /* it brought on more than another session did, and costs no dial */
	size_t settled;               /* recipients with a final word */
	bool ended;                   /* SESSION_END came */
	bool struck;                  /* it ended because of a message, not of its site */
	bool watched;                 /* it may send its transcript: */
	unsigned lines;
	char *relay;
	char *tls;                    /* as the log says it: "TLSv1.3/verified" */
	bool dsn;                     /* its server takes NOTIFY */
	bool idle;                    /* it has nothing to do: TIMER_SESSION_IDLE ends it */
	int64_t begun_boot_ms;
	int64_t heard_boot_ms;        /* when it last said something, or was given work while it rested */
	uint32_t uid;                 /* whose mail it was begun for; it holds a place of his */
	struct smtp_session *next;
};

struct turn_entry;                /* turn.c */
struct kept_ticket;               /* tickets.c */
struct look;                      /* look.c */
struct watch;                     /* watch.c */
struct control_client;            /* control_server.c */
struct control_handler;

struct queue {
	const struct settings *settings;
	struct routes *routes;
	bool hostname_is_here;        /* that was heard just now: its mail is to be placed again */
	int64_t hostname_boot_ms;     /* when the DNS was last heard of hostname's MX; relay/queue/plans.h */
	struct schedule_rules rules;
	struct store *store;
	struct channel *parent;
	struct source parent_source;
	int epoll;
	uint64_t last_ticket;
	uint64_t random;
	int64_t wall_ms, boot_ms;     /* of this turn */
	struct timers timers;
	int64_t started_boot_ms;
	struct clock_watch clock;
	struct buf scratch;           /* for encoding one frame */

	/* Of each module what nobody else sees, from its begin function on. */
	struct results *results;
	struct reports *reports;
	struct reroute *reroute;
	struct upkeep *upkeep;
	struct mails *mails;
	struct pacers *pacers;
	struct policies *policies;
	struct peers *peers;
	struct control *control;
	struct strikes *strikes;

	struct destination *destinations;
	struct table destination_ids, plan_tickets;
	size_t destination_count;
	bool places_wanted;           /* one that is due found no room */
	bool look_for_due;            /* the store may hold a destination that is due */
	int64_t next_wake_ms;         /* wall: the first that is not */
	int64_t resolved_ms;          /* wall: when a name last resolved */
	uint64_t control_plan;        /* ticket of the question that proves DNS works */

	struct site *sites;
	struct blocked *blocked;
	struct smtp_session *sessions;
	struct table session_tickets;
	unsigned session_count;
	unsigned slow_count;          /* of them, those that have dialled for long */
	size_t job_count;
	struct kept_ticket *tickets;

	struct turn_entry *after, **after_end;    /* the turn's commit */
	struct lane_senders lane_senders;
	int64_t next_report_ms;       /* wall */

	struct look *looks;
	struct watch *watches;

	bool store_bad;               /* the last commit failed */
	bool draining, drained;
	int exit_status;              /* -1: it goes on */
};

static inline uint64_t queue_ticket(struct queue *q)
{
	return ++q->last_ticket;
}

/* This turn leaves something to do. */
static inline void queue_turn_at_once(struct queue *q)
{
	timers_set(&q->timers, TIMER_AT_ONCE, 0, q->boot_ms);
}

/* xorshift64*: jitter and shuffles, nothing secret. */
static inline uint32_t queue_random(struct queue *q)
{
	q->random ^= q->random >> 12;
	q->random ^= q->random << 25;
	q->random ^= q->random >> 27;
	return (uint32_t)(q->random * 0x2545f4914f6cdd1dU >> 32);
}

#endif
