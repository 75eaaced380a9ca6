/* SPDX-License-Identifier: ISC */
/*
 * refusal_reasons - the rows of struct refusal_reason. For base/mail/refusal.c, and
 * for tests that want each to be met.
 */
#ifndef BASE_MAIL_REFUSAL_REASONS_H
#define BASE_MAIL_REFUSAL_REASONS_H

#include "base/mail/refusal.h"

/* The first is "unknown". */
extern const struct refusal_reason refusal_reasons[];
extern const size_t refusal_reasons_rows;

#endif
