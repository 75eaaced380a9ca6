/* SPDX-License-Identifier: ISC */
/*
 * texts - the TXT records of several names, looked up side by side: however
 * many there are, and however silent their servers, all is known by one
 * deadline.
 */
#ifndef DNS_TEXTS_H
#define DNS_TEXTS_H

#include "base/text_list.h"
#include "dns/dns.h"

struct texts_lookup {
	const char *name;         /* borrowed */
	struct fault fault;       /* 4.4.3: no answer (in time); 5.1.2: not a name; NONE: an answer, maybe empty */
	struct text_list texts;   /* each record, its strings joined, in the order of the answer; the caller's to free */
};

/* Fills fault and texts of each. Waits, for patience_ms * settings.time_scale at most. */
void texts_ask(struct dns *d, struct texts_lookup *lookups, size_t count, int64_t patience_ms);

#endif
