/* SPDX-License-Identifier: ISC */
/*
 * envelope - who a submission is from and to, in final form.
 *
 * Sender: as given with -f, else the login name at our domain. Any local user
 * may choose it, as with every sendmail, but those whom the settings restrict
 * (relay/pickup/submitter.h): a sender that is not their own becomes theirs, or
 * the message is refused. Recipients: bare names and addresses
 * of local domains go where aliases and the setting root say (relay/route/alias_expand.h);
 * what stays is kept apart, for the mailboxes of this host's users, or to be held where there is no local delivery. Duplicates are merged. Domains in UTF-8
 * become A-labels (base/mail/idn.h) here; original keeps what was given.
 *
 * With the setting redirect its address takes the place of all recipients that
 * can be read; else always_bcc gets a copy, where that is from anybody, and nobody is told what becomes of it.
 *
 * A request for reports goes on with an alias to all its members, who are one
 * recipient to the sender (RFC 3461 section 5.2.7). An alias with an owner- is a
 * list: its owner is the sender for its members, and the request ends there. The
 * first ENVELOPE_OWNERS_MAX of a message; the members of others keep its sender.
 *
 * Addresses that cannot be read are a group of their own, for the queue to
 * return: callers such as cron read no exit code. One record makes one report,
 * so that what exceeds ENVELOPE_REFUSED_MAX stands there as a number. A report
 * always has a reader: the sender; for the null sender root's reader; where
 * root is not set it is held for the owner.
 *
 * Faults: 5.1.7 sender, 5.7.1 a sender that the caller may not give, 5.5.4 no recipient given, 5.5.3 more than
 * recipient_limit; 5.1.3 when no recipient can be read, the sender is null and
 * there is no root: nobody but the caller could be told.
 */
#ifndef RELAY_PICKUP_ENVELOPE_H
#define RELAY_PICKUP_ENVELOPE_H

#include "relay/pickup/submitter.h"
#include "relay/protocol.h"
#include "relay/route/alias_expand.h"

struct envelope_group {      /* recipients that get the same bytes */
	struct submission_recipient *recipients;
	size_t count;
	char *sender;            /* "" is the null sender */
	char *held;              /* "" or why the queue holds it */
};

enum { ENVELOPE_REFUSED_MAX = 100, ENVELOPE_OWNERS_MAX = 8, ENVELOPE_REDIRECTED_MAX = 100 };

struct envelope_groups {           /* of one sender; a count of 0 where there are none */
	struct envelope_group leaving;
	struct envelope_group staying;
	struct envelope_group refused; /* to be returned to its sender at once, which is never the null sender */
};

struct envelope {
	char *author;                  /* goes into a From that is missing */
	char *replaced;                /* the sender that was given and not kept; NULL: it was */
	struct envelope_groups own;    /* of the message's sender */
	struct envelope_list {
		const struct alias *list;  /* borrowed from the source of aliases */
		struct envelope_groups of;
	} lists[ENVELOPE_OWNERS_MAX];  /* of the owners of lists */
	size_t list_count;
	struct text_list redirected;   /* the setting redirect: whom it would have gone to, the first of them; else empty */
};

/* out is to be freed also after -1. */
int envelope_make(const struct alias_rules *rules, const struct record *r, const struct submitter *who,
                  struct envelope *out, struct fault *f);

/*
 * The caller has gone, and the record cannot be taken because of why: all its
 * recipients are refused with that text. A sender that is not an address is the
 * caller. Cannot fail; out is to be freed.
 */
void envelope_refuse(const struct alias_rules *rules, const struct record *r, const struct submitter *who,
                     const struct fault *why, struct envelope *out);

void envelope_free(struct envelope *e);

/* About what it takes in memory. */
size_t envelope_bytes(const struct envelope *e);

#endif
