/*
 * store - the queue on disk: messages, recipients, destinations and history in
 * SPOOL/queue.db. The only module that knows SQLite.
 *
 * SQLite in WAL mode with synchronous=FULL: when store_commit returns 0, all
 * since store_begin is on stable storage. Between the two nothing fails: the
 * first thing that cannot be written is remembered, what follows is skipped,
 * and store_commit says so and takes everything back. Reading sees what has
 * been written, committed or not.
 *
 * One process opens a store: it is locked for as long as it is open. Deleted
 * text is overwritten where that costs no extra write (secure_delete=FAST):
 * the file is its owner's alone, and a full overwrite would double the writes
 * of every message.
 *
 * Texts in rows are owned; each row type has its free function.
 */
#ifndef RELAY_QUEUE_STORE_H
#define RELAY_QUEUE_STORE_H

#include "base/buf.h"
#include "base/fault.h"
#include "relay/protocol.h"
#include "relay/queue/schedule.h"

enum { STORE_VERSION = 1 };

#define STORE_NEVER INT64_MAX

struct store;

/* Opens or makes it. Faults 4.3.5: network file system, newer version, locked by another. Permanent: corrupt. */
struct store *store_open(const char *spool, struct fault *f);
void store_close(struct store *s);

void store_begin(struct store *s);                    /* again inside is nothing */
int store_commit(struct store *s, struct fault *f);   /* 0, or -1 and all is taken back */
void store_rollback(struct store *s);
bool store_is_open(const struct store *s);            /* between begin and commit */
bool store_is_corrupt(const struct store *s);         /* found at any time; fault text names the recovery */
const struct fault *store_trouble(const struct store *s);

/* ---- destinations ---- */

/*
 * via is the names of the next hops joined by commas. Special: VIA_HELD for
 * what waits for the owner, VIA_BY_MX where the route depends on the MX.
 */
#define VIA_HELD ""
#define VIA_BY_MX "?"

struct store_destination {
	uint64_t id;
	char *domain;             /* "" when the hops are smarthosts only */
	char *via;
	struct hop_state hops;
	int64_t wake_ms;          /* when there is something to do; STORE_NEVER */
	struct fault fault;       /* the last that concerned all of it */
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

/* ---- accepting ---- */

/*
 * One part of a submission. Sets *known when (uid, id, part) is there already,
 * and then *id is that of the message there. *id is chosen here otherwise.
 */
void store_put_message(struct store *s, const struct submission *m, int64_t now_ms, uint64_t *id, bool *known);

enum recipient_state {
	RECIPIENT_WAITING, RECIPIENT_DELIVERED,
	RECIPIENT_REPORT,         /* failed, and the sender is still to be told */
	RECIPIENT_FAILED,
};

struct store_recipient {
	uint64_t id, message, destination;
	uint32_t uid;
	char *address, *original, *orcpt, *relay;
	uint8_t notify;
	enum recipient_state state;
	unsigned failures;
	int64_t due_ms, expires_ms;
	struct fault fault;       /* the last */
};

void store_recipient_free(struct store_recipient *r);
void store_put_recipient(struct store *s, const struct store_recipient *r);   /* id is ignored */

/* After the recipients: how many wait, and when failures are to be reported (STORE_NEVER). */
void store_put_waiting(struct store *s, uint64_t message, unsigned waiting, int64_t report_ms);

/* ---- sending ---- */

struct store_message {
	uint64_t id;
	uint32_t uid;
	char *sender, *envid, *from_domain, *message_id, *body_file;
	enum dsn_ret ret;
	bool eight_bit, utf8, redirected;
	int64_t arrival_ms;
	uint64_t size_bytes;
	unsigned waiting;
};

void store_message_free(struct store_message *m);
bool store_load_message(struct store *s, uint64_t id, struct store_message *out);
void store_load_body(struct store *s, uint64_t id, struct buf *out);

/* The next submitter of a destination above uid (as a signed number, -1 first) with mail waiting; -1: none. */
int64_t store_next_submitter(struct store *s, uint64_t destination, int64_t after_uid);
int64_t store_first_due(struct store *s, uint64_t destination, uint32_t uid);   /* STORE_NEVER: none */

/* Where a walk through a submitter's waiting recipients stands: in the order of due time and id. */
struct store_cursor { int64_t due_ms; uint64_t id; };

/* The next recipients of one message that are due, at most max; moves the cursor. */
size_t store_next_recipients(struct store *s, uint64_t destination, uint32_t uid, int64_t now_ms,
                             struct store_cursor *cursor, struct store_recipient *out, size_t max);

/* Recipients that wait at the destination and whose time is over, at most max. */
size_t store_expired(struct store *s, uint64_t destination, int64_t now_ms, struct store_recipient *out, size_t max);

/* ---- outcomes ---- */

void store_recipient_done(struct store *s, uint64_t id, enum recipient_state state, int64_t now_ms,
                          const struct fault *f, const char *relay);
void store_recipient_retry(struct store *s, uint64_t id, int64_t due_ms, unsigned failures,
                           const struct fault *f, const char *relay);

/*
 * That many fewer wait; report_ms, unless STORE_NEVER, is when to report
 * failures. When nothing waits and nothing is to be reported the message is
 * finished: its body goes and *finished is set. body_file (may be NULL) gets the name of a
 * file to be removed once this is committed.
 */
void store_progress(struct store *s, uint64_t message, unsigned done, int64_t report_ms, int64_t now_ms,
                    bool *finished, char **body_file);
void store_mark_redirected(struct store *s, uint64_t message);   /* and one more waits */

/* ---- reports ---- */

/* The message whose failures are to be told first but for `skip` others, and when; false: none. */
bool store_next_report(struct store *s, uint64_t skip, uint64_t *id, int64_t *report_ms);
size_t store_report_recipients(struct store *s, uint64_t message, struct store_recipient *out, size_t max);
void store_reported(struct store *s, uint64_t recipient);
void store_postpone_report(struct store *s, uint64_t message, int64_t report_ms);

/* The report is made: when no more failures wait to be told, report_ms goes. As store_progress. */
void store_report_done(struct store *s, uint64_t message, int64_t now_ms, bool *finished, char **body_file);

/* ---- looking ---- */

struct store_place { int64_t uid; uint64_t id; };   /* start with { -1, 0 }, or { uid, 0 } for one user's */

/* The next unfinished message in the order of (uid, id); only_uid -1 is everybody. */
bool store_next_open(struct store *s, struct store_place *at, int64_t only_uid, struct store_message *out);

struct store_waiting {    /* one waiting recipient as a listing shows it */
	char *address;
	char *via;
	unsigned hop;
	uint64_t destination;
	int64_t next_ms;          /* when it can be tried; STORE_NEVER when held */
	char *status, *reason;
};
void store_waiting_free(struct store_waiting *w);
size_t store_waiting(struct store *s, uint64_t message, struct store_waiting *out, size_t max);

/* All that wait of this message become due; the destinations they wait at, at most max. */
size_t store_hurry_message(struct store *s, uint64_t message, int64_t now_ms, uint64_t *destinations, size_t max);

struct store_counts { uint64_t open, history; };
struct store_counts store_counts(const struct store *s);

/* ---- upkeep ---- */

bool store_body_is_known(struct store *s, const char *body_file);

/* Forgets up to max finished messages older than that id, or the oldest when there are too many. */
unsigned store_purge(struct store *s, uint64_t older_than, uint64_t keep, unsigned max);
bool store_wal_is_large(const struct store *s);
void store_checkpoint(struct store *s);     /* what can be moved without waiting */
void store_shrink(struct store *s);         /* gives a little free room back to the file system */

/* Times further away than any retry become due: after the clock was set back. */
void store_pull_forward(struct store *s, int64_t limit_ms, int64_t now_ms);
/* Waiting recipients that a forward step of the clock would end live that much longer. */
void store_extend_life(struct store *s, int64_t now_ms, int64_t step_ms);

/* Waiting recipients in the order of id, after *after; for routing them anew. */
size_t store_walk_recipients(struct store *s, uint64_t *after, struct store_recipient *out, size_t max);
void store_move_recipient(struct store *s, uint64_t id, const char *address, uint64_t destination, int64_t due_ms,
                          const struct fault *reason);

uint64_t store_number(struct store *s, const char *name);    /* small facts kept with the queue; 0: not there */
void store_set_number(struct store *s, const char *name, uint64_t value);

#endif
