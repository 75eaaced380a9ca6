/* SPDX-License-Identifier: ISC */
/*
 * last_run - what "signet check" found the last time, in SPOOL/check, and what it found when it last wrote a mail
 * about changes, in SPOOL/check.told, which no run between two mails alters: "time SECONDS" of the last run; a
 * line "finding ID DOMAIN FAMILY STATE" for each finding, where "-" is no domain, with "unknown" after the
 * state where the last run could not find it out; and "egress FAMILY ADDRESS" for each address that the
 * outside saw. Beside them, in SPOOL/check.blocklists, what blocklists have said
 * (trust/blocklist_kept.h).
 */
#ifndef SIGNET_TRUST_LAST_RUN_H
#define SIGNET_TRUST_LAST_RUN_H

#include "trust/facts.h"
#include "trust/finding.h"

enum last_run { LAST_RUN_SEEN, LAST_RUN_TOLD, LAST_RUN_BLOCKLISTS };

/* The file, whole; empty where there is none or it cannot be read. */
void last_run_read(const struct settings *s, enum last_run which, struct buf *out);

/* Where it lies, appended. */
void last_run_path(const struct settings *s, enum last_run which, struct buf *out);

/* Replaces it at once. -1: 4.3.0. */
int last_run_write(const struct settings *s, enum last_run which, struct span text, struct fault *f);

/* ---- pure ---- */

/* Of "egress FAMILY ADDRESS", 4 or 6; empty where there is none. Borrowed from text. */
struct span last_run_address(struct span text, unsigned family);

/* Fills egress[].before from it. */
void last_run_egress(struct span text, struct facts *facts);

/*
 * What to keep of this run. What before says of checks that were not made now, and of an address that the outside has not
 * told now, is kept, too.
 */
void last_run_print(struct span before, const struct facts *facts, const struct findings *found, struct buf *out);

/*
 * What counts as a change. What cannot be found out now, after a time-out, leaves what was known before in doubt, and neither
 * that nor its return is a change; when it is unknown a second time, that is what it is now, and told. What was not there
 * before is a change unless it passes or is information.
 */
struct last_run_state {
	bool there;
	enum finding_state certain;     /* as it was last known */
	bool doubted;                   /* the last run could not find it out */
};

/* True: a change. after: what to remember. */
bool last_run_step(struct last_run_state before, enum finding_state now, struct last_run_state *after);

/* Moves the findings to changed that are a change beside text. egress.changed is one itself whenever it warns, and never when it passes. */
void last_run_take_changed(struct span text, struct findings *found, struct findings *changed);

/* The last run at a glance. False: the text is not of a run. */
struct last_run_summary {
	int64_t time_s;
	size_t counts[FINDING_STATES];
	enum finding_state worst, first_state;
	const struct check *first;      /* what to do first; NULL: nothing is to be done */
	struct span domain;             /* of that; "" is the host. Borrowed from the text */
	unsigned family;
};

bool last_run_sum_up(struct span text, struct last_run_summary *out);

#endif
