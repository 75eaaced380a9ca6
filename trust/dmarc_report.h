/* SPDX-License-Identifier: ISC */
/*
 * dmarc_report - an aggregate report (RFC 9990; RFC 7489 appendix C, as most are
 * sent today), read from its XML. The one door to expat. Pure; reads hostile
 * bytes.
 *
 * Element names count without their namespace, and what is not known is passed
 * over, as extensions are meant to be. A document type is refused, and with it
 * all entities of its own: no report has one. Bounded by DMARC_ROWS_MAX, the
 * depth and the lengths below.
 *
 * Faults, permanent, 5.6.0: not XML, with line and column; a document type; not
 * a report; beyond a bound.
 */
#ifndef TRUST_DMARC_REPORT_H
#define TRUST_DMARC_REPORT_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum { DMARC_ROWS_MAX = 50 * 1000, DMARC_AUTHS_MAX = 20, DMARC_TEXT_MAX = 300, DMARC_DEPTH_MAX = 16 };

struct dmarc_auth {          /* auth_results */
	bool is_dkim;            /* else SPF */
	char *domain, *selector, *result, *scope;   /* "" where it says none; selector of DKIM, scope of SPF */
};

struct dmarc_row {
	char *source;            /* source_ip as written, trimmed */
	uint64_t count;
	char *disposition;       /* "none", "quarantine", "reject", "pass" */
	char *dkim, *spf;        /* policy_evaluated: "pass" or "fail", alignment included */
	char *reason;            /* types of overrides, with commas: "forwarded"; "" */
	char *header_from, *envelope_from, *envelope_to;
	struct dmarc_auth *auths;
	size_t auth_count;
};

struct dmarc_report {
	char *org_name, *email, *id;
	int64_t begin_s, end_s;
	char *domain, *policy, *subdomains, *missing;    /* p, sp, np */
	char *adkim, *aspf, *testing;                    /* testing: "y"; or pct where it is not 100 */
	struct dmarc_row *rows;
	size_t row_count;
};

/* Any field of text may be "" but is never NULL. -1: out holds nothing. */
int dmarc_report_read(struct span xml, struct dmarc_report *out, struct fault *f);
void dmarc_report_free(struct dmarc_report *r);

static inline bool dmarc_row_passes(const struct dmarc_row *r)
{
	return strcmp(r->dkim, "pass") == 0 || strcmp(r->spf, "pass") == 0;
}

/* Why it does not pass by DKIM or by SPF, in words; nothing where it does. */
void dmarc_row_dkim(const struct dmarc_row *r, struct buf *out);
void dmarc_row_spf(const struct dmarc_row *r, struct buf *out);

#endif
