/* SPDX-License-Identifier: ISC */
/*
 * selector - names for keys by the year they were made in: s2026a, s2026b, …
 * s2026z, s2026aa, … A new name for each key is what makes rotation possible:
 * both records stand side by side.
 */
#ifndef SIGNET_KEYS_SELECTOR_H
#define SIGNET_KEYS_SELECTOR_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/fault.h"

/* The n-th selector of a year, from 0. */
void selector_of_year(int year, unsigned n, struct buf *out);

/* The year of a wall time, in UTC. */
int selector_year(int64_t now_ms);

/*
 * The first of the year that no configured key has, whatever its domain, and
 * after which no file FOLDER/SELECTOR.pem is called.
 */
void selector_first_free(int year, const struct settings *s, const char *folder, struct buf *out);

/*
 * The one for a key that follows another: behind all of the year that configured keys have, so that the name of a key that
 * was revoked does not come again; not one of taken (borrowed texts), and not a file's.
 */
void selector_next(int year, const struct settings *s, const char *folder, const char *const *taken, size_t count, struct buf *out);

/*
 * What people write in place of one, told with what was meant (5.5.4): a selector that begins with "-", as an option
 * does, or holds "_domainkey"; a domain that holds it. Whether they are names for DNS is the signer's to judge.
 */
int selector_check(const char *domain, const char *selector, struct fault *f);

/* Where a key of that name lies: FOLDER/SELECTOR.pem. */
void selector_path(const char *folder, const char *selector, struct buf *out);

#endif
