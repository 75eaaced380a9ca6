/* SPDX-License-Identifier: ISC */
/*
 * sts - MTA-STS (RFC 8461): the TXT record that says there is a policy, and
 * the policy. Pure; where they come from is the caller's matter.
 *
 * A policy that cannot be used counts as none, so what can be ignored is:
 * fields of other versions, lines that are not fields, either line end, the
 * second of a field that may be there once. What it names must be whole.
 */
#ifndef DNS_STS_H
#define DNS_STS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

enum {
	STS_POLICY_BYTES_MAX = 64 * 1024,
	STS_MX_MAX = 500,
	STS_AGE_LEAST_S = 300,               /* so that nobody is asked for each message */
	STS_AGE_MOST_S = 31557600,           /* a year, section 3.2 */
};

enum sts_mode { STS_NONE, STS_TESTING, STS_ENFORCE };

struct sts_policy {
	enum sts_mode mode;
	uint32_t max_age_s;          /* within the bounds above */
	struct text_list mx;         /* lower case; "mx.example.org" or "*.example.org" */
};

/*
 * The id of the one record "v=STSv1; id=…" among TXT records as the DNS gave
 * them. False when there is none, more than one, or it is malformed: then the
 * domain has no policy (section 3.1).
 */
bool sts_record_read(const struct span *rdatas, size_t count, struct buf *id);

/* -1: a fault 4.7.5 that says what is wrong with it; nothing is to be freed. */
int sts_policy_read(struct span text, struct sts_policy *out, struct fault *f);
void sts_policy_free(struct sts_policy *p);

/* Appends what sts_policy_read reads as the same. */
void sts_policy_print(const struct sts_policy *p, struct buf *out);

/* "*." stands for one label (section 4.1). */
bool sts_policy_lists(const struct sts_policy *p, const char *host);

const char *sts_mode_name(enum sts_mode mode);

#endif
