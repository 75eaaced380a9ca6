/* SPDX-License-Identifier: ISC */
/*
 * tls_report - a TLS report (RFC 8460 section 4.4), read from its JSON: how
 * others fared when they sent mail to our domain by its TLS policy. The one door
 * to jansson. Pure; reads hostile bytes.
 *
 * Members that are not known are passed over. Bounded by TLS_REPORT_BYTES_MAX,
 * the counts below, and jansson's depth.
 *
 * Faults, permanent, 5.6.0: not JSON, with line and column; not a report; beyond
 * a bound.
 */
#ifndef TRUST_TLS_REPORT_H
#define TRUST_TLS_REPORT_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum { TLS_REPORT_BYTES_MAX = 4 * 1024 * 1024, TLS_POLICIES_MAX = 100, TLS_FAILURES_MAX = 1000, TLS_TEXT_MAX = 300 };

struct tls_failure {
	char *type;              /* result-type: "certificate-expired" */
	char *sender;            /* sending-mta-ip */
	char *mx, *helo;         /* receiving-mx-hostname, receiving-mx-helo */
	char *address;           /* receiving-ip */
	char *more;              /* additional-information, failure-reason-code */
	uint64_t sessions;
	const char *means, *advice;   /* static; of the type, never NULL */
};

struct tls_policy {
	char *type;              /* "sts", "tlsa", "no-policy-found" */
	char *domain;            /* of ours */
	char *mx;                /* mx-host, with commas */
	uint64_t good, failed;   /* sessions */
	struct tls_failure *failures;
	size_t failure_count;
};

struct tls_report {
	char *org_name, *contact, *id;
	char *begin, *end;       /* as written: "2026-11-29T00:00:00Z" */
	struct tls_policy *policies;
	size_t policy_count;
};

/* Texts are never NULL, and cut at TLS_TEXT_MAX. -1: out holds nothing. */
int tls_report_read(struct span json, struct tls_report *out, struct fault *f);
void tls_report_free(struct tls_report *r);

/* What kind of policy it was, in words: "MTA-STS". */
const char *tls_policy_words(const char *type);

#endif
