/* SPDX-License-Identifier: ISC */
/*
 * txt_damage - at which byte a published record departs from what should stand
 * there, and what stands there instead. Pure.
 *
 * It points; why it is so and what to do says sign_key_compare. Blanks around
 * tags do not matter. Bytes are counted from 1, as people count.
 */
#ifndef TRUST_TXT_DAMAGE_H
#define TRUST_TXT_DAMAGE_H

#include "base/buf.h"

/*
 * Appends a sentence without its period: "at byte 31 stands a zero width space (U+200B), which nobody sees, where
 * "M" belongs". False: there is no difference, and nothing is appended.
 */
bool txt_damage_point(struct span expected, struct span published, struct buf *out);

/*
 * The same of a record whose right form is not known: the first character that no record of mail has (quotes, a
 * backslash, what is not ASCII, the & of an HTML entity). False: there is none.
 */
bool txt_damage_foreign(struct span published, struct buf *out);

#endif
