/* SPDX-License-Identifier: ISC */
/*
 * refusal_table - the rows of struct known_refusal. For base/mail/refusal.c, and for
 * tests that ask which row it was.
 */
#ifndef BASE_MAIL_REFUSAL_TABLE_H
#define BASE_MAIL_REFUSAL_TABLE_H

#include "base/mail/refusal_text.h"

extern const struct known_refusal refusal_table[];
extern const size_t refusal_table_rows;

/* The first row that fits. NULL: none. */
const struct known_refusal *refusal_table_find(unsigned code, const struct refusal_text *t);

#endif
