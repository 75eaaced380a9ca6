/* SPDX-License-Identifier: ISC */
/*
 * standing - what the findings of a check say of an address of this host: does
 * the world trust mail that comes from it? Pure.
 *
 * One that speaks against the address makes it distrusted. It is trusted only
 * where all that there is to look at was looked at, and nothing is unknown.
 */
#ifndef TRUST_STANDING_H
#define TRUST_STANDING_H

#include "base/view/control.h"
#include "trust/finding.h"

/*
 * whole: nothing was left out, and nothing is still wanted. *against: of what speaks against it, what is to be fixed
 * first; of what is unknown where that is why; NULL for nothing.
 */
enum standing standing_of(const struct findings *found, unsigned family, bool whole, const struct finding **against);

#endif
