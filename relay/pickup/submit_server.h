/* SPDX-License-Identifier: ISC */
/*
 * submit_server - the submission socket (base/mail/submit.h) for many callers at once:
 * nothing here waits for any of them.
 *
 * Who a caller is comes from SO_PEERCRED, or from smtpd, which has asked the kernel. Connections are capped in all and
 * per uid (each pickup takes its share of the settings; relay/seats.h),
 * a caller that makes no progress for 30 s loses its connection, and sooner
 * where others wait for a place; what all together hold in memory is bounded:
 * who comes when it is full is told to try again. One user's lines in the log
 * are bounded too (relay/log_share.h).
 */
#ifndef RELAY_PICKUP_SUBMIT_SERVER_H
#define RELAY_PICKUP_SUBMIT_SERVER_H

#include "relay/pickup/pickup.h"

#include <poll.h>

struct submit_server;

struct submit_server *submit_server_new(struct pickup *p, int listen_fd);

/* One more, of a client that smtpd has heard; fd is taken over. It may hand over a record, and ask nothing. */
void submit_server_take(struct submit_server *s, int fd, const struct caller *who);

/* Adds what to wait for to the end of set, which has room for submit_server_poll_max more; returns how many. */
size_t submit_server_poll_max(const struct submit_server *s);
size_t submit_server_prepare(struct submit_server *s, struct pollfd *set);

/* Does what can be done; set is what submit_server_prepare filled. */
void submit_server_work(struct submit_server *s, const struct pollfd *set, size_t count);

/* Boot time of the next thing that is due without an event. */
int64_t submit_server_deadline_ms(const struct submit_server *s);

/* Frames of the queue; false when the ticket is not of this side. */
bool submit_server_submitted(struct submit_server *s, const struct submitted *answer);
void submit_server_row(struct submit_server *s, uint64_t ticket, struct span entry);
void submit_server_query_end(struct submit_server *s, uint64_t ticket, struct span text);
void submit_server_query_refused(struct submit_server *s, uint64_t ticket, const struct fault *f);

/* True while a caller reads its rows so slowly that the queue should not send more just now. */
bool submit_server_is_behind(const struct submit_server *s);

/* Takes no more connections; submit_server_is_idle when the last is gone. */
void submit_server_stop(struct submit_server *s);
bool submit_server_is_idle(const struct submit_server *s);

#endif
