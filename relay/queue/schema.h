/* SPDX-License-Identifier: ISC */
/*
 * schema - the tables of the queue's database, and the steps that bring an
 * older one up to date. Newer reads older; older refuses newer and touches
 * nothing.
 */
#ifndef RELAY_QUEUE_SCHEMA_H
#define RELAY_QUEUE_SCHEMA_H

#include "relay/queue/sql.h"

/*
 * Looked at before anything opens it for writing: a newer version, another
 * program's, or none beside bodies of messages (4.3.5), no database (permanent,
 * 4.3.0).
 */
int schema_check(const char *spool, struct fault *f);

/* Makes the tables, or takes the steps that are missing, in one transaction. -1: sql_trouble says why. */
int schema_ready(struct sql *s, const char *spool);

/* Of the newest schema; the database of a step before it is stored as that number. */
uint32_t schema_version(void);

#endif
