/* SPDX-License-Identifier: ISC */
/*
 * suppress - recipients that are not tried because a server has said that
 * their mailbox does not exist: the setting suppress.
 *
 * What servers say is noted whether the setting is on or not, so that it
 * counts as soon as it is on. It is forgotten when a server takes mail for the
 * address, when the owner says so (signet suppress remove), and with time.
 *
 * Mail with the null sender is tried all the same: a report that found no
 * reader has to come to its end, and nobody could be told of it.
 */
#ifndef RELAY_QUEUE_SUPPRESS_H
#define RELAY_QUEUE_SUPPRESS_H

#include "relay/protocol.h"
#include "relay/queue/store_refused.h"

#include "base/conf/settings.h"

/*
 * A server's last word is that there is no such mailbox, and it said so of this
 * recipient: in reply to RCPT, or of a message to nobody else. Pure.
 */
bool suppress_counts(const struct reply *r, bool alone);

/* A recipient has come to its end: delivered, or failed with that reply. */
void suppress_delivered(struct store *s, const char *address);
void suppress_failed(struct store *s, const char *address, uint64_t message, const struct reply *r, bool alone, int64_t now_ms);

/* Until when that refusal counts; 0: the setting is off. */
int64_t suppress_until(const struct settings *s, const struct store_refused *r);

/* Marks those recipients of the submission as refused (relay/protocol.h) that are not to be tried. */
void suppress_recipients(struct store *s, const struct settings *settings, struct submission *part, int64_t now_ms);

/* As long as anything is of use; older than that it is forgotten. */
int64_t suppress_keeps_ms(const struct settings *s);

#endif
