/* SPDX-License-Identifier: ISC */
/*
 * control - the owner's dialogue with the queue role, on a socket of its own
 * (0600, owner root or whoever started signetd).
 *
 * Same frames as the submission socket's queries (base/mail/submit.h), with these
 * operations beside those of enum submit_operation, which here speak of
 * everybody's messages.
 */
#ifndef BASE_VIEW_CONTROL_H
#define BASE_VIEW_CONTROL_H

#include "base/mail/reply.h"
#include "base/mail/submit.h"
#include "base/shape.h"

#define CONTROL_NO_SITE "no such site is passed by"
#define CONTROL_STRAIGHT "mx"
#define CONTROL_NOT_SUPPRESSED "no server has refused it lately"

enum control_operation {
	CONTROL_STATUS = 16,     /* rows: none; the end's text is "name value" lines */
	CONTROL_RELOAD,          /* check the new configuration, drain, restart */

	/*
	 * Orders; the argument is a selection (base/view/selection.h) that must say
	 * something. Rows: struct control_act, once it is on stable storage;
	 * several may speak of one message. SUBMIT_DELETE is one of them, and
	 * SUBMIT_FLUSH where its argument has lines.
	 */
	CONTROL_HOLD,
	CONTROL_RELEASE,
	CONTROL_MOVE,            /* to "via" */

	CONTROL_EXPORT,          /* one id; rows: pieces of the message in normal form */

	/*
	 * Sends a test message from "sender" to "recipient", over "via" if given,
	 * and tells what happens. Rows: struct control_event. The end's text
	 * begins with "delivered", "deferred" or "bounced" and the status. With
	 * "no-data" nothing is sent but MAIL and RCPT: "accepted", "deferred" or
	 * "refused".
	 */
	CONTROL_TEST,

	CONTROL_STICKY = 48,     /* rows: struct control_sticky, the blocked sites */
	CONTROL_STICKY_CLEAR,    /* argument: a site, one of its hosts, CONTROL_STRAIGHT for the detours, or "all"; the end says what was done, or CONTROL_NO_SITE */

	CONTROL_DESTINATIONS = 52,   /* rows: struct control_destination */

	CONTROL_POLICY = 56,     /* argument: a domain; rows: struct control_policy, one where anything is known */

	CONTROL_HISTORY = 60,    /* argument: a selection's "newer" or nothing; rows: struct history_count (base/view/history.h) */

	CONTROL_SUPPRESSED = 64, /* rows: struct control_suppressed, of the selection's "recipient" or all */
	CONTROL_SUPPRESS_REMOVE, /* the selection must have "recipient"; the end says what was done, or CONTROL_NOT_SUPPRESSED */

	CONTROL_DETOURS = 68,    /* rows: struct control_detour, those in force */
	CONTROL_STANDING,        /* argument: a struct control_standing; rows: those in force then */
};

enum control_side { CONTROL_NOTE, CONTROL_OURS, CONTROL_THEIRS };

struct control_event {
	uint32_t after_ms;       /* since the question */
	enum control_side side;
	char *text;
};
SHAPE_CODEC(control_event)

struct control_act {
	char *queue_id;
	uint32_t done;           /* recipients */
	uint32_t in_delivery;    /* that were left alone */
};
SHAPE_CODEC(control_act)

struct control_sticky {
	char *site;              /* "mx " and its hosts in order, or "via " and a smarthost's name */
	int64_t since_ms, until_ms;
	uint32_t times;          /* blocked in a row */
	bool trial;              /* a message is testing it at this moment */
	char *domain;            /* it is for mail to that recipient domain alone; "" for all */
	char *address;           /* of this host, that is refused; "" not known */
	bool alone;              /* no other address of this host reaches the site, so that mail takes another hop */
	struct reply reply;      /* that caused it */
};
SHAPE_CODEC(control_sticky)

struct control_destination {
	char *domain;            /* "" where smarthosts take all mail that goes there, or the owner holds it */
	char *via;               /* next hops between commas; "" when held or the MX must be known first */
	bool held, waits;        /* mail is held; waits or is on its way */
	uint32_t sessions;       /* open with its hosts, whoever they serve */
	uint32_t failures;       /* in a row */
	int64_t tried_ms;        /* wall: when it last failed; 0 never */
	int64_t next_try_ms;     /* wall; 0: now, or there is nothing to try */
	char *status, *reply;    /* why it failed or pauses; "" */
};
SHAPE_CODEC(control_destination)

struct control_policy {      /* of MTA-STS */
	char *id, *policy;       /* what holds, as sts_policy_print writes it (dns/sts.h); "" for none */
	int64_t expires_ms;
	char *barred_id;         /* what could not be fetched just now; "" */
};
SHAPE_CODEC(control_policy)

struct control_suppressed {  /* an address whose mailbox does not exist, as a server said */
	char *address;
	char *queue_id;          /* of the message that it said so of */
	int64_t refused_ms;
	int64_t until_ms;        /* mail for it is not tried; 0: the setting suppress is off */
	struct reply reply;
};
SHAPE_CODEC(control_suppressed)

/* What "signet check" has found out of an address of this host. */
enum standing { STANDING_UNKNOWN, STANDING_TRUSTED, STANDING_DISTRUSTED, STANDINGS };

struct control_standing {
	uint32_t family;         /* 4 or 6 */
	char *address;           /* that the outside sees */
	char *before;            /* that it saw when signet check looked last; "" not known */
	enum standing standing;
	char *why;               /* what the world has against it, for a person; "" */
};
SHAPE_CODEC(control_standing)

struct control_detour {      /* mail that would go straight by that family goes via smarthosts */
	uint32_t family;
	char *address, *before;  /* the one that the world does not trust, and the one that mail went from until then */
	char *via;               /* the smarthosts, between commas */
	int64_t since_ms;
	char *why;
};
SHAPE_CODEC(control_detour)

/* Called for each SUBMIT_ROW; text is the row. Non-zero stops. */
typedef int control_row(void *context, struct span text);

/*
 * Asks at the socket and hands over rows until the end; the end's text goes to
 * `end` (may be NULL). -1 with a fault: no signetd (4.3.2), refused, malformed.
 */
int control_ask(const char *socket_path, struct submit_query query, control_row *row, void *context,
                struct buf *end, struct fault *f);

/* The same for an answer that takes its time: so long a silence is not a fault. */
int control_follow(const char *socket_path, struct submit_query query, int64_t silence_ms, control_row *row,
                   void *context, struct buf *end, struct fault *f);

#endif
