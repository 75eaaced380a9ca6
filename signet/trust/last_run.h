/*
 * last_run - what "signet check" found the last time, in SPOOL/check, and what it found when it last wrote a mail
 * about changes, in SPOOL/check.told, which no run between two mails alters: a line
 * "finding ID DOMAIN FAMILY STATE" for each finding, where "-" is no domain, and "egress FAMILY
 * ADDRESS" for each address that the outside saw.
 */
#ifndef SIGNET_TRUST_LAST_RUN_H
#define SIGNET_TRUST_LAST_RUN_H

#include "trust/facts.h"
#include "trust/finding.h"

enum last_run { LAST_RUN_SEEN, LAST_RUN_TOLD };

/* The file, whole; empty where there is none or it cannot be read. */
void last_run_read(const struct settings *s, enum last_run which, struct buf *out);

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
 * Moves the findings to changed whose state is not the one that text has; what passes and was not there before is no change.
 * egress.changed tells of a change itself: it is one whenever it warns, and never when it passes.
 */
void last_run_take_changed(struct span text, struct findings *found, struct findings *changed);

#endif
