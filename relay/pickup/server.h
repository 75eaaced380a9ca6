/*
 * server - the submission socket (base/mail/submit.h) for many callers at once:
 * nothing here waits for any of them.
 *
 * Who a caller is comes from SO_PEERCRED. Connections are capped in all and
 * per uid (each pickup takes its share of the settings; relay/pickup/seats.h),
 * a caller that makes no progress for 30 s loses its connection, and sooner
 * where others wait for a place; what all together hold in memory is bounded:
 * who comes when it is full is told to try again. One user's lines in the log
 * are bounded too (relay/pickup/log_share.h).
 */
#ifndef RELAY_PICKUP_SERVER_H
#define RELAY_PICKUP_SERVER_H

#include "relay/pickup/pickup.h"

#include <poll.h>

struct server;

struct server *server_new(struct pickup *p, int listen_fd);

/* Adds what to wait for to the end of set, which has room for server_poll_max more; returns how many. */
size_t server_poll_max(const struct server *s);
size_t server_prepare(struct server *s, struct pollfd *set);

/* Does what can be done; set is what server_prepare filled. */
void server_work(struct server *s, const struct pollfd *set, size_t count);

/* Boot time of the next thing that is due without an event. */
int64_t server_deadline_ms(const struct server *s);

/* Frames of the queue; false when the ticket is not of this side. */
bool server_submitted(struct server *s, const struct submitted *answer);
void server_row(struct server *s, uint64_t ticket, struct span entry);
void server_query_end(struct server *s, uint64_t ticket, struct span text);

/* True while a caller reads its rows so slowly that the queue should not send more just now. */
bool server_is_behind(const struct server *s);

/* Takes no more connections; server_is_idle when the last is gone. */
void server_stop(struct server *s);
bool server_is_idle(const struct server *s);

#endif
