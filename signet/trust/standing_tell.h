/* SPDX-License-Identifier: ISC */
/*
 * standing_tell - tells signetd what a check has found out of this host's
 * addresses, for on_address_change, and hears from it which mail takes a detour.
 */
#ifndef SIGNET_TRUST_STANDING_TELL_H
#define SIGNET_TRUST_STANDING_TELL_H

#include "trust/facts.h"
#include "trust/finding.h"

/*
 * Of each family whose address the outside has told; whole as in trust/standing.h. Fills the detours of facts. True:
 * it did, and the checks that look at them are to be run again.
 */
bool standing_tell(const struct findings *found, bool whole, struct facts *facts);

#endif
