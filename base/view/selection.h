/* SPDX-License-Identifier: ISC */
/*
 * selection - which messages and recipients of the queue are meant, and what
 * is to be done with them: what the options of "signet queue" say.
 *
 * It travels as the argument of a query (base/mail/submit.h): lines "name value",
 * or "name" alone for a flag, separated by LF. An argument of one word without
 * LF is a queue id, and an empty one means everything: sendmail says no more.
 *
 * All that is given must fit. A pattern is a whole text, case ignored, and "*"
 * at its beginning or end stands for anything there; "<>" is the null sender.
 */
#ifndef BASE_VIEW_SELECTION_H
#define BASE_VIEW_SELECTION_H

#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

enum { SELECTION_IDS_MAX = 500, SELECTION_VALUE_MAX = 1000 };

struct selection {
	/* of a message */
	struct text_list ids;
	struct text_list not_ids;     /* all but these */
	char *sender;                 /* patterns; NULL: any */
	char *not_sender;             /* those that it does not fit */
	int64_t uid;                  /* -1: any */
	char *unit, *container;       /* patterns */
	int64_t older_ms, newer_ms;   /* 0: any age */
	bool all;                     /* everything is meant, and said so */
	char *text;                   /* a message-id or an address: of the past, too */

	/* of a recipient that waits */
	char *recipient, *domain;
	char *not_recipient;
	char *reason;                 /* a part of what was last said of it, case ignored */
	bool held, deferred;

	/* what is to be done */
	bool dry_run;                 /* only say what would be */
	bool bounce;                  /* tell the sender */
	bool now;                     /* try at once, also what was tried a moment ago */
	bool no_data;                 /* of a test: the server is asked about the recipient, and gets no message */
	char *via;                    /* next hops, between commas */
	char *by;                     /* who asks, for the log */

	bool spoken;                  /* lines were given, not just an id or nothing */
};

/* Sets one by its name in a line. -1: a fault 5.5.4, no such name or no such value. */
int selection_set(struct selection *s, struct span name, struct span value, struct fault *f);
bool selection_is_flag(struct span name);     /* takes no value */

int selection_parse(struct span argument, struct selection *out, struct fault *f);   /* -1: out holds nothing */
void selection_free(struct selection *s);

/* Neither a filter nor "all": would mean everything by accident. */
bool selection_is_empty(const struct selection *s);

/* One that speaks of recipients, not only of messages. */
bool selection_has_recipients(const struct selection *s);

/* By all but its id. */
struct selection_message {
	uint32_t uid;
	const char *sender, *unit, *container;
	int64_t arrival_ms;
};
bool selection_fits_message(const struct selection *s, const struct selection_message *m, int64_t now_ms);

struct selection_recipient {
	const char *address, *status, *reason;
	bool held, deferred;
};
bool selection_fits_recipient(const struct selection *s, const struct selection_recipient *r);

/* The pattern, as above. */
bool selection_pattern_fits(const char *pattern, struct span text);

#endif
