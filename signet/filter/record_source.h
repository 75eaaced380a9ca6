/* SPDX-License-Identifier: ISC */
/*
 * record_source - where "signet verify" has DNS records from: the DNS, or a
 * file with one "NAME VALUE" a line.
 *
 * In a file a VALUE is a TXT record, joined; or "A ADDRESS", "AAAA ADDRESS",
 * "MX HOST" or "PTR HOST"; NXDOMAIN: the name does not exist, as one without a
 * line; "" (two quotes): an empty TXT record; ~~error~~: it cannot be looked up.
 * Names may have U-labels.
 */
#ifndef SIGNET_FILTER_RECORD_SOURCE_H
#define SIGNET_FILTER_RECORD_SOURCE_H

#include "base/conf/settings.h"
#include "sign/sign.h"
#include "trust/answers.h"

struct record_source {       /* starts zeroed */
	struct buf file;         /* its text; of the DNS: empty */
	struct settings settings;
	struct dns *dns;         /* NULL: the file */
};

/* path NULL: the DNS, as the configuration has it. Faults of either. */
int record_source_open(struct record_source *s, const char *path, struct fault *f);
void record_source_close(struct record_source *s);

/* A verify_lookup (sign/sign.h); the context is the source. */
void record_source_keys(void *context, struct key_lookup *lookups, size_t count);

/* All open questions, in patience_ms at most. */
void record_source_answer(struct record_source *s, struct answers *answers, int64_t patience_ms);

#endif
