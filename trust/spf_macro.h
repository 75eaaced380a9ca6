/* SPDX-License-Identifier: ISC */
/*
 * spf_macro - the macros of SPF records (RFC 7208 section 7): checked, and
 * expanded. Pure.
 *
 * A letter in upper case escapes what it stands for as a URL does. The letters c,
 * r and t are for explanations alone.
 */
#ifndef TRUST_SPF_MACRO_H
#define TRUST_SPF_MACRO_H

#include "dns/target.h"

struct spf_macro_values {
	struct span sender, local, sender_domain;   /* s, l, o */
	struct span domain, helo;                   /* d, h */
	struct ip_address client;                   /* i, c, v */
	struct span validated;                      /* p: the client's name, or "unknown" */
	struct span receiver;                       /* r: this host's name, or "unknown" */
	int64_t now_s;                              /* t */
};

enum spf_macro_place {
	SPF_MACRO_DOMAIN,     /* domain-spec: ends in a macro or a top-level label */
	SPF_MACRO_VALUE,      /* of a modifier that nobody knows */
	SPF_MACRO_EXPLAIN,    /* the text that exp= leads to: blanks, c, r and t are fine */
};

/* NULL, or what is wrong at text.at[*at]: a part of a sentence. */
const char *spf_macro_check(struct span text, enum spf_macro_place place, size_t *at);

/* Does a sound text have a macro of that (lower case) letter? */
bool spf_macro_has(struct span text, char letter);

/* Appends a sound text, expanded; what is not sound goes as it is. */
void spf_macro_expand(struct span text, const struct spf_macro_values *values, struct buf *out);

#endif
