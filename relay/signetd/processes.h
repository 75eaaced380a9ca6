/* SPDX-License-Identifier: ISC */
/*
 * processes - the roles that run: a record of each, from its beginning or from
 * the order of a copy until it has been reaped.
 */
#ifndef RELAY_SIGNETD_PROCESSES_H
#define RELAY_SIGNETD_PROCESSES_H

#include "relay/channel.h"
#include "relay/signetd/child.h"
#include "relay/signetd/slot.h"

#include <sys/types.h>

struct process {
	enum role role;
	uint64_t instance;
	pid_t pid;                     /* 0: a copy that is not there yet */
	struct channel *channel;       /* NULL: it has none, or has been asked to end */
	struct channel *files;         /* queue and pickup: on which they ask for files (relay/named_files.h). NULL: it has none */
	int64_t files_since_ms;        /* since when it has asked files_asked times */
	unsigned files_asked;
	struct slot *slot;             /* NULL: a copy, for one piece of work */
	int64_t began_ms;              /* boot, as all times here */
	int64_t answer_ms;             /* of a copy that is not there yet: when its template stands still */
	bool is_ordered;               /* of such a copy: its template has been told */
	int fds[ROLE_PLACES];            /* until then, what it is to get; else -1. Owned */
	int64_t kill_ms;               /* 0: may stay */
	int64_t idle_ms;               /* a template that is kept on demand: since when it has no copies; 0: it has some */
	const char *smarthost;         /* smtp: whose secret it may ask for; "" for none. Owned by the settings */
	uint64_t secret;               /* the number of the one it was given; 0: none yet */
	unsigned asked;                /* times that it asked for it */
	bool speaks;                   /* there is something to be heard of it, in this turn */
	bool deaf;                     /* it is not heard any more */
	bool overdue;                  /* it was asked to end and did not in time */
	bool doomed;                   /* to be killed as soon as it is there */
	bool is_stale;                 /* a template: another is to take its place when no copy is awaited */
};

struct processes {
	struct process **items;
	size_t count;
};

/* as, copied; fd is its channel's, taken over; -1 for none. */
struct process *processes_add(struct processes *list, const struct process *as, int fd);

/* Out of the list; process_free is the caller's. */
void processes_take(struct processes *list, const struct process *p);
void process_free(struct process *p);
void processes_free(struct processes *list);      /* the list alone: it must be empty */

/* The one for that piece of work, or of that slot; templates are found by processes_template alone. NULL: none. */
struct process *processes_find(const struct processes *list, enum role role, uint64_t instance);
struct process *processes_template(const struct processes *list, enum role role);
struct process *processes_of_pid(const struct processes *list, pid_t pid);
size_t processes_of_role(const struct processes *list, enum role role);

bool process_is_template(const struct process *p);

/* Copies of the role wait for a template. */
bool processes_wait_for(const struct processes *list, enum role role);

/* Copies have been ordered whose processes are not known. */
bool processes_await_copies(const struct processes *list);

void process_kill(struct process *p);
void processes_kill(struct processes *list);

#endif
