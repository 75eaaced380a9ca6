/* SPDX-License-Identifier: ISC */
/*
 * dmarc_record - a DMARC policy record (RFC 9989 section 4.7 and 4.8): what it
 * says, and what in it is wrong, obsolete or unknown. Pure.
 *
 * Whatever is wrong behind the version is left out, and has its default
 * (section 4.7). Columns count the record's bytes from 1. Tag names are taken in
 * either case, as readers do.
 */
#ifndef TRUST_DMARC_RECORD_H
#define TRUST_DMARC_RECORD_H

#include "base/buf.h"
#include "base/text_list.h"

enum dmarc_policy { DMARC_ABSENT, DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

const char *dmarc_policy_name(enum dmarc_policy p);   /* "none", "quarantine", "reject"; "" for absent */

enum dmarc_note_kind {
	DMARC_WRONG,        /* left out: neither a tag nor a value that the RFC has, or a second one */
	DMARC_OBSOLETE,     /* pct, rf, ri and a "!size": some readers still heed them */
	DMARC_UNKNOWN,      /* ignored */
	DMARC_ORDER,        /* p is not the second tag: fine today, and readers of RFC 7489 ignore the record */
};

struct dmarc_note {
	enum dmarc_note_kind kind;
	size_t column;
	char *text;         /* a sentence without its end; printable */
};

struct dmarc_record {
	enum dmarc_policy p, sp, np;     /* a missing p is none (section 4.7); sp and np may be DMARC_ABSENT */
	char psd;                        /* 'y', 'n' or 'u' */
	bool test;                       /* t=y: what applies is one step weaker */
	bool strict_dkim, strict_spf;    /* adkim=s, aspf=s */
	struct text_list rua, ruf;       /* sound URIs, without "!size" */
	char *fo;                        /* "0" where it is missing or wrong */
	bool usable;                     /* else DMARC is not applied: p, sp or np has a value that is none, and there is no
	                                    sound rua; with one, all of them are none (section 4.10.1) */
	struct dmarc_note *notes;
	size_t note_count;
};

/* "v=DMARC1" alone or before a ";". */
bool dmarc_is_record(struct span text);

/* text is a record. */
void dmarc_record_parse(struct span text, struct dmarc_record *out);
void dmarc_record_free(struct dmarc_record *r);

/* The host of a mailto: URI; empty where it is another. */
struct span dmarc_uri_domain(struct span uri);

#endif
