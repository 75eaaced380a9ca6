/* SPDX-License-Identifier: ISC */
/*
 * date - a time as fields of a message write it (RFC 5322 section 3.3):
 * "Fri, 13 Feb 2009 23:31:30 +0000". Printing knows the local time zone, the
 * rest is pure.
 */
#ifndef BASE_MAIL_DATE_H
#define BASE_MAIL_DATE_H

#include "base/buf.h"

#include <stdint.h>

enum date_zone { DATE_UTC, DATE_LOCAL };

/* wall_ms as base/clock.h has it. Appends to out. */
void date_print(int64_t wall_ms, enum date_zone zone, struct buf *out);

/* The value of a Date field is a date, comments and the obsolete forms of section 4.3 included. */
bool date_is_valid(struct span value);

/* ---- words of dates ---- */

/* English, of three letters. */
bool date_is_weekday(struct span word);
bool date_is_month(struct span word);

/* Each 9 of the shape stands for a digit. */
bool date_is_shaped(struct span word, const char *shape);

#endif
