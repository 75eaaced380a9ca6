/* SPDX-License-Identifier: ISC */
/*
 * nearest - the known word that a mistyped one was probably meant to be.
 *
 *	struct nearest n = nearest_to(typed);
 *	for each known word: nearest_try(&n, word);
 *	n.word is NULL when none is near enough to be worth a guess.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/span.h"

struct nearest {
	struct span typed;
	const char *word;      /* the best so far, borrowed */
	size_t distance;       /* edits to it; a word must beat this */
};

struct nearest nearest_to(struct span typed);
void nearest_try(struct nearest *n, const char *word);

#endif
