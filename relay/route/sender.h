/* SPDX-License-Identifier: ISC */
/*
 * sender - a sender's address as it leaves this host. Pure.
 *
 * The first of these holds: a rule of the setting rewrite; the setting from;
 * masquerading, by which localhost, the host's first label, hostname where it is below
 * domain and no key is for it, and the domains of masquerade become domain.
 *
 * Of the rules an exact address comes before "user@", and that before "@host";
 * of equals the first. A bare name, and one at a masqueraded domain, is known to
 * the rules as name@domain and as name@hostname as well; "user@" is for the
 * names and domains of this host alone. Letters' case does not matter. What a rule gave is not rewritten again.
 */
#ifndef RELAY_ROUTE_SENDER_H
#define RELAY_ROUTE_SENDER_H

#include "base/buf.h"
#include "base/conf/settings.h"

/* Appends it; address is in normal form, not empty. */
void sender_rewrite(const struct settings *s, struct span address, struct buf *out);

/* A name of this host: bare, at hostname, or at a domain that is local or masqueraded. */
bool sender_is_account(const struct settings *s, struct span address);

#endif
