/* SPDX-License-Identifier: ISC */
/*
 * encoded_word - text beyond ASCII in header fields: encoded words (RFC 2047)
 * and extended parameters (RFC 2231). Pure, and linear in the text.
 *
 * Words are Q or B, whichever is shorter for the whole text; they are cut
 * between characters, have at most 75 bytes, and each further one stands on a
 * line of its own. What a reader gets is the text, byte for byte: all blanks
 * are inside the words.
 */
#ifndef BASE_MAIL_ENCODED_WORD_H
#define BASE_MAIL_ENCODED_WORD_H

#include "base/buf.h"

enum { ENCODED_LINE_MAX = 76 };   /* of a line that has one: RFC 2047 section 2 */

/*
 * The charset of text: "utf-8" when it is that, ASCII included; else `named`,
 * as the message says it, where that can be a charset of such bytes; else
 * "unknown-8bit" (RFC 1428).
 */
struct span encoded_charset(struct span text, struct span named);

/* text is not empty and has no line ends; column is where the line in out stands. */
void encoded_words(struct span text, struct span charset, size_t column, struct buf *out);

/*
 * How many bytes at the front of text are one encoded word, be it longer than one may be or with characters in it that
 * belong in no phrase, as some programs write them; 0: none.
 */
size_t encoded_word_length(struct span text);

/* The whole of it is one encoded word. */
bool encoded_word_is(struct span word);

/*
 * Appends unstructured text as a reader sees it: unfolded, its encoded words
 * decoded, be they longer than one may be, without the blanks between those. False: one of them is in another
 * charset than UTF-8 or does not hold what it says; out has a part then.
 */
bool encoded_text_read(struct span value, struct buf *out);

/* NAME*=CHARSET''VALUE, in sections (NAME*0*=…) on lines of their own where it is long. */
void encoded_parameter(struct span name, struct span value, struct span charset, struct buf *out);

#endif
