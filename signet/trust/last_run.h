/*
 * last_run - what "signet check" found the last time, in SPOOL/check: a line
 * "finding ID DOMAIN FAMILY STATE" for each finding, where "-" is no domain, and "egress FAMILY
 * ADDRESS" for each address that the outside saw.
 */
#ifndef SIGNET_TRUST_LAST_RUN_H
#define SIGNET_TRUST_LAST_RUN_H

#include "trust/facts.h"
#include "trust/finding.h"

/* The file, whole; empty where there is none or it cannot be read. */
void last_run_read(const struct settings *s, struct buf *out);

/* Replaces it at once. -1: 4.3.0. */
int last_run_write(const struct settings *s, struct span text, struct fault *f);

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

/* Removes the findings whose state is the one that text has; what passes and was not there before is no change either. */
void last_run_keep_changed(struct span text, struct findings *found);

#endif
