/* SPDX-License-Identifier: ISC */
/*
 * views - what this host's resolver still holds beside what the authoritative servers say. Pure.
 */
#ifndef TRUST_VIEWS_H
#define TRUST_VIEWS_H

#include "trust/facts.h"
#include "trust/finding.h"

/*
 * Adds a finding of that id where the resolver has other TXT records at name than all of its servers, since what it
 * holds others may hold, too.
 */
void views_compare(struct facts *f, const char *id, const char *domain, const char *name, const struct fact *fresh, struct findings *out);

#endif
