/* SPDX-License-Identifier: ISC */
/*
 * peers - the channels to the other roles, and who speaks on each.
 */
#ifndef RELAY_QUEUE_PEERS_H
#define RELAY_QUEUE_PEERS_H

#include "relay/queue/queue.h"
#include "relay/heartbeat.h"

struct peer_channel;

/* How the queue treats a role. */
struct peer_handler {
	uint16_t only;                /* the only type of frame that it may send; 0: frame() checks that */
	void (*frame)(struct queue *q, struct peer_channel *p, struct frame *frame);
	void (*lost)(struct queue *q, struct peer_channel *p);     /* called after its channel was closed; NULL: nothing to do */
};

struct peer_channel {
	struct source source;
	struct channel *channel;
	const struct peer_handler *handler;
	enum role role;
	uint64_t instance;
	uint64_t serial;              /* never used twice */
	unsigned in_flight;           /* signer: its jobs; a job that goes alone counts as all that it may have */
	unsigned strange;             /* answers that nobody waited for */
	struct heartbeat heartbeat;   /* pickup: whether its loop goes on; other roles show it by their answers */
	bool dead;                    /* freed at the end of the turn */
	struct peer_channel *next;
};

void peers_begin(struct queue *q);
void peers_end(struct queue *q);     /* closes all channels, as the end of the process would */

/* Takes over fd. */
struct peer_channel *peers_add(struct queue *q, const struct peer_handler *handler, enum role role, uint64_t instance, int fd);
struct peer_channel *peers_find(struct queue *q, uint64_t serial);     /* NULL: it is gone */

/* Of all processes of a role, the one with the least in flight; NULL: there is none. */
struct peer_channel *peers_least_busy(struct queue *q, enum role role);

/* The boot time at which an answer to a question asked now is too late. ms: what a role may take for it. */
int64_t peers_overdue_boot_ms(const struct queue *q, int64_t ms);

/* Reads what a process had said before it ended. */
void peers_drain(struct queue *q, struct peer_channel *p);
void peers_close(struct queue *q, struct peer_channel *p);

/* It did what it must not do: the parent is asked to end its process. what: for the log, after its name. */
void peers_expel(struct queue *q, struct peer_channel *p, const char *what);

/* Its heartbeat came. The next is late: it may be ended for that. */
void peers_heartbeat(struct queue *q, struct peer_channel *p);
void peers_timed_out(struct queue *q, uint64_t serial);

/* It answered a question that was not asked, or no longer. True: so often that it misbehaves. */
bool peers_is_strange(struct queue *q, struct peer_channel *p);

/* Writes what pickups are told: callers wait for it. All other frames go at the end of the turn, by peers_flush. */
void peers_answer_submitters(struct queue *q);

/* Writes what the sockets take, watches what they do not, frees the dead. */
void peers_flush(struct queue *q);

void queue_watch(struct queue *q, int fd, struct source *source, uint32_t events);

/*
 * To be called before fd is closed and source freed: closing alone does not end
 * the watch while a process that signetd is starting has the same socket.
 */
void queue_unwatch(struct queue *q, int fd, struct source *source);

#endif
