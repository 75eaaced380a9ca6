/* SPDX-License-Identifier: ISC */
/*
 * ca_bundle - the file with the root certificates by which servers are verified:
 * the one that is set, or the one that this system has (Debian's package
 * ca-certificates; other systems have theirs).
 */
#ifndef BASE_CONF_CA_BUNDLE_H
#define BASE_CONF_CA_BUNDLE_H

#include "base/conf/settings.h"

/* set, where it is not ""; else the first bundle that this system has. NULL: a fault 4.3.5, it has none. */
const char *ca_bundle(const char *set, struct fault *f);

/* -1: these settings need one and there is none; the fault says what that means, and what to do. */
int ca_bundle_check(const struct settings *s, struct fault *f);

#endif
