/* SPDX-License-Identifier: ISC */
/*
 * smarthost_provider - what large providers of smarthosts want in the SPF record of a domain whose mail goes through them. Rows of
 * facts, each with its source; a provider that publishes nothing of the kind has none, and nothing is guessed. Pure.
 */
#ifndef TRUST_SMARTHOST_PROVIDER_H
#define TRUST_SMARTHOST_PROVIDER_H

#include "base/span.h"

#include <stddef.h>

struct smarthost_provider {
	const char *title;       /* "Fastmail" */
	const char *hosts;       /* words with blanks between them; ".example.org" is any name that ends so, and * is any part of one */
	const char *spf;         /* one mechanism, "include:..." */
	const char *source;
};

extern const struct smarthost_provider smarthost_provider_table[];
extern const size_t smarthost_provider_rows;

/* NULL: none of them is known by that name of a smarthost. Case ignored. */
const struct smarthost_provider *smarthost_provider_of(struct span host);

#endif
