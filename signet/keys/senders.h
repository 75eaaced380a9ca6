/* SPDX-License-Identifier: ISC */
/*
 * senders - what the SPF records of our domains must allow (RFC 7208): this
 * host's addresses, and what the providers of smarthosts name. Merged with what
 * is published, of which there is never a second one.
 */
#ifndef SIGNET_KEYS_SENDERS_H
#define SIGNET_KEYS_SENDERS_H

#include "signet/keys/records.h"

/* For all look-ups. */
enum { SENDERS_LOOKUPS_MS = 10 * 1000 };

/*
 * Adds an SPF record for each domain that has a DMARC record in r or signs as itself; addresses are those given on the
 * command line, else mx_source. Where no sender is known nothing is done. A record that
 * allows all of them already is added as it is. What a DMARC record already says for a domain takes the place of the one to
 * begin with, which is removed. Faults are complained of: where the published record cannot be looked up, or has errors,
 * none is added. Returns the exit status.
 */
bool senders_are_known(const struct settings *s, const struct text_list *addresses);
int senders_add(const struct settings *s, const struct text_list *addresses, struct records *r);

#endif
