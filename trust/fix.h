/* SPDX-License-Identifier: ISC */
/*
 * fix - the records of a fix in the form that nsupdate takes, so that it can be
 * copied, and is run by tests as it is printed. Pure.
 */
#ifndef TRUST_FIX_H
#define TRUST_FIX_H

#include "trust/facts.h"
#include "trust/finding.h"

enum { FIX_TTL_S = 3600 };

/* "update delete NAME. TXT …" for each of those, as they are published. */
void fix_delete_txt(struct finding *f, const char *name, const struct text_list *quoted);

/* "update add NAME. 3600 TXT …", in strings of at most 255 bytes. */
void fix_add_txt(struct finding *f, const char *name, const char *value);

#endif
