/* SPDX-License-Identifier: ISC */
/*
 * rig - a queue in a test's hands: its core in this process, with the test as
 * its parent, all its peers over socketpairs, and its clock. Time stands still
 * until rig_advance, or until who waits in rig_receive finds that all is quiet.
 *
 * A core that is killed leaves its memory as a process does; its store, its
 * descriptors and its channels are closed. What a process alone shows is asked
 * of the real one (rig_exec), by the same calls and in real time.
 */
#ifndef TESTS_RELAY_QUEUE_RIG_H
#define TESTS_RELAY_QUEUE_RIG_H

#include "relay/protocol.h"
#include "relay/queue/core.h"

#include <sys/types.h>

struct rig {
	char folder[64], spool[80], log[80];
	struct settings settings;
	bool is_process;              /* the real one: */
	pid_t pid;
	struct settings given;        /* else, as a process gets them */
	struct core_setup core;
	struct queue *queue;          /* NULL: it is over */
	struct channel *parent, *pickup, *signer, *resolver;
	void (*bails)(void);          /* says how it came to that, before the rig ends the test; may be NULL */
	unsigned long steps;          /* of its cores */
	bool is_timed;                /* which takes a tenth of the time of a step */
	int64_t longest_step_us;      /* of the processor's time, so that what else this machine does is not counted */
};

/* ---- time ---- */

struct core_time rig_now(void);
void rig_clock_set(struct core_time now);        /* of cores; before the first begins, or as if somebody set it */

void rig_settle(struct rig *r);                  /* all that is ready, until it waits for something */
void rig_advance(struct rig *r, int64_t until_boot_ms);   /* to when it next wants a step, or until then */
void rig_pass(int64_t ms);                       /* both, until that has passed */

/* As channel_receive, with time that passes once all is quiet. */
int rig_receive_until(struct channel *c, struct frame *out, int64_t until_boot_ms);
int rig_receive(struct channel *c, struct frame *out, int64_t wait_ms);

/* ---- one queue after the other on one spool ---- */

void rig_make(struct rig *r);                    /* folders, and settings to be changed before it begins */
void rig_fall_back_to_isp(struct rig *r);
void rig_fall_back_when_blocked(struct rig *r, int64_t stay_ms);   /* of what is blocked alone, for stay_ms */
void rig_without_keys(struct rig *r);
char *rig_set(char **where, const char *value);

void rig_begin(struct rig *r);
void rig_give_helpers(struct rig *r);            /* a pickup, a signer and a resolver */
void rig_start(struct rig *r);                   /* both */
void rig_exec(struct rig *r);
void rig_start_process(struct rig *r);

void rig_kill(struct rig *r);                    /* it may begin again */
void rig_close(struct rig *r);                   /* what this end has of it: it ends by itself */
int rig_wait(struct rig *r);                     /* its exit status; -1 or 1000 and a signal where a process has none */

/* ---- talking ---- */

/* This end of a new channel to it; instance: that of the spawn for which it is. */
struct channel *rig_give_peer(struct rig *r, enum role role, uint64_t instance);

#define SEND(c, type, prefix, value) \
	do { \
		struct buf b_ = { 0 }; \
		prefix##_encode((value), &b_); \
		channel_send((c), (type), buf_span(&b_), -1); \
		buf_free(&b_); \
	} while (0)

void rig_run_command(const char *format, const char *argument);

#endif
