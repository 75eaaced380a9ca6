/* SPDX-License-Identifier: ISC */
/*
 * main_cf - the parameters of Postfix (postconf(5)): what main.cf says, and
 * the defaults that others rest on, with $name in values resolved. Pure.
 */
#ifndef SIGNET_IMPORT_MAIN_CF_H
#define SIGNET_IMPORT_MAIN_CF_H

#include "signet/import/foreign.h"

enum { MAIN_CF_DEPTH_MAX = 20, MAIN_CF_VALUE_MAX = 256 * 1024 };

/*
 * Appends the value of text: $name, ${name}, $(name), ${name?text}, ${name:text}, either with {text} in braces, and
 * ${name?{text}:{text}}; $$ is a dollar. What items do not set is its default where that is known, else empty, and
 * so is what names itself or is nested deeper than MAIN_CF_DEPTH_MAX. hostname is the host's own.
 */
void main_cf_expand(const struct foreign_items *items, const char *hostname, struct span text, struct buf *out);

/*
 * Takes a parameter out of items that is empty and must not be: Postfix does not start with it ("bad string length 0 < 1"),
 * and without it its default counts. The name, and the line it is on; NULL: there is none, or no more.
 */
const char *main_cf_drop_empty(struct foreign_items *items, const char *hostname, unsigned *line);

/*
 * One item for each parameter that items set, the last of its name counts, with its value resolved. Those that are
 * only mentioned in others stay in the list; main_cf_is_mentioned tells them.
 */
void main_cf_settle(const struct foreign_items *items, const char *hostname, struct foreign_items *out);
bool main_cf_is_mentioned(const struct foreign_items *items, const char *name);

/* What it is set to or, where it is not, its default; "" where none is known. The caller frees it. settled comes from main_cf_settle. */
char *main_cf_value(const struct foreign_items *settled, const char *hostname, const char *name);

/* "5d", "300", "1h 30m" as ours, appended; a number without a unit is of that one (s, m, h, d, w). False: it is not a time. */
bool main_cf_time(struct span value, char unit, struct buf *out);

#endif
