/* SPDX-License-Identifier: ISC */
/*
 * date - a time as fields of a message write it (RFC 5322 section 3.3):
 * "Fri, 13 Feb 2009 23:31:30 +0000". Pure but for the local time zone.
 */
#ifndef BASE_MAIL_DATE_H
#define BASE_MAIL_DATE_H

#include "base/buf.h"

#include <stdint.h>

enum date_zone { DATE_UTC, DATE_LOCAL };

/* wall_ms as base/clock.h has it. Appends to out. */
void date_print(int64_t wall_ms, enum date_zone zone, struct buf *out);

#endif
