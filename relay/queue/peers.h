/*
 * peers - the channels to the other roles, and who speaks on each.
 */
#ifndef RELAY_QUEUE_PEERS_H
#define RELAY_QUEUE_PEERS_H

#include "relay/queue/queue.h"
#include "relay/life.h"

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

void peers_begin(struct queue *q);
void peers_end(struct queue *q);     /* closes them, as the end of a process does */

/* Takes over fd. */
struct peer_channel *peers_add(struct queue *q, const struct peer_handler *handler, enum role role, uint64_t instance, int fd);
struct peer_channel *peers_find(struct queue *q, uint64_t serial);     /* NULL: gone */

/* Of a role that several processes may play, the one with the least in flight; NULL: none there. */
struct peer_channel *peers_least_busy(struct queue *q, enum role role);

/* Boot time at which an answer to what is asked now has taken too long; ms is what a role may take. */
int64_t peers_overdue_boot_ms(const struct queue *q, int64_t ms);

/* Reads what a process that is gone has still said. */
void peers_drain(struct queue *q, struct peer_channel *p);
void peers_close(struct queue *q, struct peer_channel *p);

/* It does what it may not: the parent is asked to end its process. what is for the log, after its name. */
void peers_misbehaves(struct queue *q, struct peer_channel *p, const char *what);

/* It gave a sign of life; and the next one is late, for which it may be ended. */
void peers_alive(struct queue *q, struct peer_channel *p);
void peers_is_silent(struct queue *q, uint64_t serial);

/* An answer to what was not asked, as one that is late. True: they are so many that it misbehaves. */
bool peers_is_strange(struct queue *q, struct peer_channel *p);

/* Writes what the sockets take, watches what they do not, frees the dead. */
void peers_flush(struct queue *q);

void queue_watch(struct queue *q, int fd, struct source *source, uint32_t events);

/*
 * Before fd is closed and source freed: closing alone does not end the watch
 * while a process that signetd is just forking has the same socket.
 */
void queue_unwatch(struct queue *q, int fd, struct source *source);

#endif
