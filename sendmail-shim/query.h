/* SPDX-License-Identifier: ISC */
/*
 * query - asks signetd for the queue, for mailq, or to run it, for -q.
 */
#ifndef SENDMAIL_SHIM_QUERY_H
#define SENDMAIL_SHIM_QUERY_H

#include "base/mail/submit.h"

/* 0 goes on; anything else ends it. */
typedef int query_row(void *context, struct span row);

/*
 * Hands over each row; end gets the closing sentence. -1: 5.4.1
 * (EX_UNAVAILABLE) when signetd does not answer, else what it said.
 */
int query_ask(const char *socket_path, const struct submit_query *query, query_row *row, void *context,
              struct buf *end, struct fault *f);

/*
 * mailq: the rows to stdout, of what argument chooses (base/view/selection.h). -1: faults of query_ask, or 5.3.0 when
 * stdout is broken.
 */
enum query_form { QUERY_PLAIN, QUERY_VERBOSE, QUERY_JSON, QUERY_COUNT };   /* QUERY_COUNT: the closing lines alone */
int query_print_queue(const char *socket_path, struct span argument, enum query_form form, struct fault *f);

#endif
