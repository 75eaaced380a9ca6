/* SPDX-License-Identifier: ISC */
/*
 * refusal_shapes - what a refusal is about where no row of the table has the
 * reply: which words together mean what. For base/mail/refusal.c.
 *
 * A shape asks for groups of words and forbids others; the first that fits
 * decides.
 */
#ifndef BASE_MAIL_REFUSAL_SHAPES_H
#define BASE_MAIL_REFUSAL_SHAPES_H

#include "base/mail/refusal_words.h"

/*
 * The shapes that are asked before the table, those after it, and those after
 * the status; the name of a reason, or NULL. Postfix says in front which of its checks a policy spoke
 * in ("Sender address rejected: .."): where the words that follow speak of our
 * host, they decide.
 */
const char *refusal_shape_first(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t);
const char *refusal_shape_behind_check(const struct refusal_heard *heard, const struct refusal_text *t);
const char *refusal_shape(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t);
const char *refusal_shape_last(uint64_t words, const struct refusal_heard *heard, const struct refusal_text *t);

/* What the enhanced status says by itself, then the code; the name of a reason, or NULL. */
const char *refusal_status_says(const char *status, unsigned code);

#endif
