/* SPDX-License-Identifier: ISC */
/*
 * received - what a message is worth that another server handed over: SPF (RFC
 * 7208) and DMARC (RFC 9989) beside its signatures, and what to do with it.
 */
#ifndef SIGNET_FILTER_RECEIVED_H
#define SIGNET_FILTER_RECEIVED_H

#include "signet/filter/record_source.h"
#include "trust/dmarc.h"
#include "trust/spf.h"

/* For all the look-ups of SPF and DMARC (RFC 7208 section 4.6.4: 20 s at least). */
enum { RECEIVED_LOOKUPS_MS = 20 * 1000 };

struct received {
	struct ip_address client;
	const char *helo;
	const char *from;              /* "": <> */
	const char *receiver;          /* this host */
};

enum received_advice {
	RECEIVED_DELIVER,
	RECEIVED_SUSPECT,    /* DMARC fails and quarantine is asked for; SPF fails without a DMARC record; or From is not one field */
	RECEIVED_REFUSE,     /* DMARC fails and reject is asked for */
	RECEIVED_LATER,      /* DMARC cannot be told now, and its policy may be more than none */
};

struct received_verdict {
	struct spf_verdict spf;
	struct dmarc_verdict dmarc;
	char *author;                  /* the domain of From; "" where it is not one alone */
	enum received_advice advice;
};

/* v has been finished; header is the message's, with any line ends. Waits for RECEIVED_LOOKUPS_MS at most. */
void received_judge(const struct received *r, const struct verifier *v, struct span header, struct record_source *source,
                    struct received_verdict *out);
void received_verdict_free(struct received_verdict *v);

/* spf and dmarc, for an Authentication-Results field. Texts are borrowed from both. */
enum { RECEIVED_RESULTS = 2 };
void received_results(const struct received *r, const struct received_verdict *v, struct other_result out[static RECEIVED_RESULTS]);

#endif
