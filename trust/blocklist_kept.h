/* SPDX-License-Identifier: ISC */
/*
 * blocklist_kept - what blocklists have said with certainty, for a day: they ask
 * not to be asked the same again by each run, and refuse those who do. Pure.
 *
 * A list's answer about one address or domain is kept by the name that was asked
 * (RFC 5782), which has both in it. Certain is an answer of a list whose test points
 * hold, listed or not. What is not known is never kept.
 */
#ifndef TRUST_BLOCKLIST_KEPT_H
#define TRUST_BLOCKLIST_KEPT_H

#include "base/buf.h"
#include "base/text_list.h"

#include <stdint.h>

enum { BLOCKLIST_KEPT_S = 24 * 60 * 60, BLOCKLIST_KEPT_MAX = 2000, BLOCKLIST_REASON_MAX = 400 };

struct blocklist_answer {
	char *name;
	int64_t asked_s;           /* wall */
	struct text_list codes;    /* the addresses that it answered; none: not listed */
	char *reason;              /* its TXT record; "" is none */
};

struct blocklist_kept {
	struct blocklist_answer *items;
	size_t count;
};

/* NULL: there is none, or it is older than a day, or of the future. */
const struct blocklist_answer *blocklist_kept_find(const struct blocklist_kept *k, const char *name, int64_t now_s);

/* In the place of an older one. Control characters of the reason become blanks; it is cut. */
void blocklist_kept_put(struct blocklist_kept *k, const char *name, int64_t asked_s, const struct text_list *codes, const char *reason);

/*
 * As lines of text with a version, the newest BLOCKLIST_KEPT_MAX of those that count at now_s. false: text is none that this
 * wrote, whole; out is empty. Empty text is none.
 */
void blocklist_kept_print(const struct blocklist_kept *k, int64_t now_s, struct buf *out);
bool blocklist_kept_read(struct span text, struct blocklist_kept *out);

void blocklist_kept_free(struct blocklist_kept *k);

#endif
