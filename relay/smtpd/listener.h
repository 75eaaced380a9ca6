/* SPDX-License-Identifier: ISC */
/*
 * listener - the places of listen, and the SMTP sessions of those who come, many
 * at once: nothing here waits for any of them.
 *
 * Each session is one of base/mail/smtp_server.h with strict line ends. A
 * message is kept (spooled.h) until it is whole, and then offered to pickup
 * (offer.h); its client gets 250 with the queue id once the queue has it on stable
 * storage, or a temporary fault.
 *
 * Bounds: sessions in all and of one user or address (the settings connections
 * and connections_per_user; relay/seats.h says who gives way), bytes of all messages
 * in files (four times size_limit, of one user or address twice), and of all recipients in memory. A session ends
 * with 421 after five minutes without a byte, and after an hour without a message that was stored.
 */
#ifndef RELAY_SMTPD_LISTENER_H
#define RELAY_SMTPD_LISTENER_H

#include "relay/channel.h"
#include "relay/smtpd/client.h"

#include <poll.h>

struct listener;

/* All borrowed but diag; folder: for messages that are large. */
struct listener *listener_new(const struct settings *s, const struct client_rules *rules, int diag, const char *folder);
void listener_free(struct listener *l);

/* A listening socket, taken over. */
void listener_add(struct listener *l, int fd);

/* The channel to pickup, borrowed; NULL: there is none now. */
void listener_has_pickup(struct listener *l, struct channel *pickup);

/* Adds what to wait for to set, which has room for listener_poll_max; returns how many. */
size_t listener_poll_max(const struct listener *l);
size_t listener_prepare(struct listener *l, struct pollfd *set);

/* Does what can be done; set is what listener_prepare filled. */
void listener_work(struct listener *l, const struct pollfd *set);

/* Boot time of the next thing that is due without an event. */
int64_t listener_deadline_ms(const struct listener *l);

/* Takes no more sessions; those without a message on its way end with 421, the others after it. */
void listener_stop(struct listener *l);
bool listener_is_idle(const struct listener *l);

#endif
