/* SPDX-License-Identifier: ISC */
/*
 * explain - the part of a report that is for a person: what happened to the
 * mail, who said so, what it means and what to do.
 */
#ifndef RELAY_BOUNCE_EXPLAIN_H
#define RELAY_BOUNCE_EXPLAIN_H

#include "relay/bounce/bounce_report.h"

enum { EXPLAIN_MAX = 20 * 1024 };

/*
 * At most EXPLAIN_MAX bytes, not encoded: what does not fit is named or counted. header: the mail's.
 * utf8: characters may be more than ASCII; without, foreign ones are \xNN.
 */
void explain_write(const struct bounce_job *job, struct span header, const struct bounce_report_context *c, bool utf8,
                   struct buf *out);

#endif
