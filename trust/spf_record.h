/* SPDX-License-Identifier: ISC */
/*
 * spf_record - an SPF record (RFC 7208 section 4.6.1 and 12) as terms, and all
 * that is wrong with it. Pure.
 *
 * Nothing is copied: spans borrow from the record. Columns count its bytes from
 * 1. Records with errors mean permerror, whatever stands before the error; the
 * terms that are sound are there all the same.
 */
#ifndef TRUST_SPF_RECORD_H
#define TRUST_SPF_RECORD_H

#include "base/buf.h"
#include "base/ip_network.h"

enum { SPF_LOOKUPS_MAX = 10, SPF_VOIDS_MAX = 2, SPF_NAMES_MAX = 10 };   /* section 4.6.4 */

enum spf_result { SPF_NONE, SPF_NEUTRAL, SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_TEMPERROR, SPF_PERMERROR };

const char *spf_result_name(enum spf_result r);   /* "none" ...: the words of RFC 7208 and 8601 */

enum spf_kind {
	SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6, SPF_EXISTS,   /* mechanisms */
	SPF_REDIRECT, SPF_EXP, SPF_UNKNOWN_MODIFIER,
};

struct spf_term {
	enum spf_kind kind;
	enum spf_result qualifier;    /* of a mechanism: what it means when it matches */
	struct span text;             /* as written */
	size_t column;
	struct span domain;           /* domain-spec, unexpanded; empty: the domain itself */
	uint8_t bits4, bits6;         /* a, mx: of the prefixes */
	struct ip_network network;    /* ip4, ip6 */
};

struct spf_error {
	size_t column;
	struct span term;             /* the whole term that it stands in */
	char *text;                   /* a sentence without its end; holds no byte of the record that is not printable */
};

struct spf_record {
	struct spf_term *terms;
	size_t count;
	const struct spf_term *redirect, *exp, *all;   /* NULL: none. all: the first, after which nothing counts */
	struct spf_error *errors;
	size_t error_count;
	unsigned lookups;             /* terms of this record that ask the DNS, where all are evaluated (section 4.6.4) */
};

/* "v=spf1" alone or with a blank after it, case ignored (section 4.5). */
bool spf_is_record(struct span text);

/* text is a record. */
void spf_record_parse(struct span text, struct spf_record *out);
void spf_record_free(struct spf_record *r);

/* Does evaluating it cost a look-up? */
bool spf_kind_asks(enum spf_kind kind);

#endif
