/* SPDX-License-Identifier: ISC */
/*
 * config_needs - what the roles and the callers will miss although the
 * configuration is right: mail that nobody reads, faults of aliases, no way out, a host without
 * its name, and what is not installed as it should be. Each is a warning with what to do.
 */
#ifndef SIGNET_CONFIG_NEEDS_H
#define SIGNET_CONFIG_NEEDS_H

#include "relay/route/route.h"

/* Appends "warning: ..." lines. sendmail: SENDMAIL_OWNER_PLACE. Returns how many. */
size_t config_needs(const struct routes *r, const char *sendmail, struct buf *out);

#endif
