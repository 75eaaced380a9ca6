/* SPDX-License-Identifier: ISC */
/*
 * handover - gives a record to signetd over its socket or, when there is no
 * answer, to signet-drop: the same bytes with the same id, so that what
 * arrives both ways is stored once. Where there is no queue (the setting queue)
 * it gives it to a process of its own, LIBEXEC/once (relay/once/main.c), which
 * delivers it at once; there is no other way then, and one that was not
 * delivered is nowhere.
 */
#ifndef SENDMAIL_SHIM_HANDOVER_H
#define SENDMAIL_SHIM_HANDOVER_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/fault.h"
#include "sendmail-shim/stdin_message.h"

struct handover {
	struct span head;              /* record_encode_head */
	const struct stdin_message *message;
	const struct settings *settings;
	int64_t progress_ms;           /* the longest wait for one step of the other side */
	int64_t connect_ms;            /* how long a full backlog is knocked at */
	int64_t busy_ms;               /* how long "busy" is retried */
};

#define HANDOVER_PROGRESS_MS (60 * 1000)
#define HANDOVER_CONNECT_MS  (5 * 1000)
#define HANDOVER_BUSY_MS     (60 * 1000)

/*
 * 0: it is on stable storage; queue_id is signetd's, or empty when it is in
 * the drop folder. Without a queue: the next hop has taken it, and queue_id is
 * what it said. -1: temporary (busy too long, or neither way is open) or
 * final (refused by signetd).
 */
int handover(const struct handover *h, struct buf *queue_id, struct fault *f);

/* A connected, non-blocking descriptor above stderr, or -1 with errno. */
int handover_connect(const char *path, int64_t wait_ms);

/* What its errno means, for a person: the unit that forbids Unix sockets is not a signetd that does not run. */
const char *handover_why_not(int error);

#endif
