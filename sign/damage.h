/* SPDX-License-Identifier: ISC */
/*
 * damage - what has become of a key record on its way into DNS: what forms,
 * shells, word processors and people do to text that is pasted. Pure.
 *
 * For records in which no key was found; a sound one may look damaged to it.
 * The answers are parts of a sentence, for a person who does not know the
 * grammar: what is wrong, and what to do.
 */
#ifndef SIGN_DAMAGE_H
#define SIGN_DAMAGE_H

#include "base/span.h"

/* What is said of a private key in a record: no other answer is this text, so that callers may compare addresses. */
extern const char damage_burnt[];

/* The whole record, which is not a list of tags with v=DKIM1 and p=. NULL: nothing that is known. */
const char *damage_of_record(struct span text);

/* Any part of one: characters that do not belong there, or a private key among whatever else. NULL: there are none. */
const char *damage_of_text(struct span text);

/* A value, in which another tag begins. */
bool damage_lacks_semicolon(struct span value);

/* Nothing but digits of base64, and "=" at their end at most: what was cut off from a key. */
bool damage_is_rest_of_key(struct span text);

#endif
