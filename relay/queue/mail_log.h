/* SPDX-License-Identifier: ISC */
/*
 * mail_log - the log lines about a message, in Postfix's form. Each is written
 * once what it says is on stable storage:
 *
 *   signet/pickup: ID: uid=1000 from=<a@example.org> unit=cron.service
 *   signet/cleanup: ID: message-id=<...>
 *   signet/qmgr: ID: from=<a@example.org>, size=612, nrcpt=1 (queue active)
 *   signet/smtp: ID: to=<b@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1.2,
 *       delays=0.01/0.1/0.6/0.5 tls=TLSv1.3/verified, dsn=2.0.0, status=sent (250 2.0.0 Ok)
 *   signet/qmgr: ID: removed
 *
 * tls= is where Postfix 3.11 has it, but without a comma before it: pflogsumm does not count a line with a field that it
 * does not know there.
 *
 * The names pickup, cleanup and smtp are those of Postfix's programs. The queue
 * role writes all of these lines, since only it knows what is committed.
 */
#ifndef RELAY_QUEUE_MAIL_LOG_H
#define RELAY_QUEUE_MAIL_LOG_H

#include "base/mail/reply.h"
#include "relay/protocol.h"
#include "relay/queue/turn.h"

/*
 * Where the time since arrival went, as Postfix's delays=a/b/c/d: until the
 * message was due (including all earlier attempts), from then until it had a
 * session, setting the session up, transmitting.
 */
struct delays {
	int64_t total_ms;
	int64_t part_ms[4];
};

struct delays delays_of(int64_t arrival_ms, int64_t due_ms, int64_t now_ms, int64_t setup_ms, int64_t transfer_ms);

/* "delay=1.2, delays=0.01/0.1/0.6/0.5": two digits, at most hundredths, without a final 0. */
void delays_print(const struct delays *d, struct buf *out);

enum delivery_status { DELIVERY_SENT, DELIVERY_DEFERRED, DELIVERY_BOUNCED, DELIVERY_ASKED };

struct mail_log_delivery {
	const char *queue_id;
	const char *address, *original;   /* original "": the same */
	enum delivery_status status;
	const struct reply *reply;        /* including the relay that gave it */
	const char *earlier;              /* what an earlier next hop said before the mail went on; NULL or "": nothing */
	struct delays delays;
	const char *tls;                  /* "TLSv1.3/verified", "none"; NULL: it was in no session */
	bool refused;                     /* it was refused when it was accepted, and never tried */
};

void mail_log_delivery(const struct committed *c, const struct mail_log_delivery *d);

/* Its whole destination is put off and it keeps waiting, which the store says already. */
void mail_log_waits(const struct mail_log_delivery *d);

/* It was accepted. by_caller: a caller submitted it; else it was made here, or is another entry of the same submission. */
void mail_log_accepted(const struct committed *c, const struct submission *part, uint64_t id, bool by_caller);

void mail_log_expired(const struct committed *c, const char *queue_id, const char *sender, bool returned);
void mail_log_removed(const struct committed *c, const char *queue_id);

/* what: "non-delivery", in `ID: sender non-delivery notification: ID2`. */
void mail_log_notification(const struct committed *c, uint64_t id, const char *what, uint64_t new_id);

#endif
