/*
 * explain - the part of a report that is for a person: what happened to the
 * mail, who said so, what it means and what to do.
 */
#ifndef RELAY_BOUNCE_EXPLAIN_H
#define RELAY_BOUNCE_EXPLAIN_H

#include "relay/bounce/report.h"

enum { EXPLAIN_MAX = 20 * 1024 };

/* Seven bits, at most EXPLAIN_MAX bytes: what does not fit is named or counted. header: the mail's. */
void explain_write(const struct bounce_job *job, struct span header, const struct report_context *c,
                   struct buf *out);

#endif
