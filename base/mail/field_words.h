/* SPDX-License-Identifier: ISC */
/*
 * field_words - the words of a header field in the making: those that may not
 * leave as they are become encoded words (base/mail/encoded_word.h), the others
 * stay, with the blanks between them. base/mail/field_form.h is what uses it.
 *
 * Words to be encoded that stand in a row are gathered with the blanks
 * between them, since a reader drops the blanks between encoded words; for the
 * same reason a blank beside an encoded word that was there goes inside.
 */
#ifndef BASE_MAIL_FIELD_WORDS_H
#define BASE_MAIL_FIELD_WORDS_H

#include "base/buf.h"

/* Zeroed at first; both bufs are to be freed. */
struct field_words {
	struct span charset;      /* what bytes that are not UTF-8 are taken for, or "" */
	struct buf out;           /* the field without its last CRLF */
	bool changed;
	struct buf pending;       /* to be encoded; empty: nothing is */
	struct span pending_charset;
	bool after_encoded;       /* the last word was an encoded one already */
};

enum word_syntax { PLAIN_WORDS, WORDS_WITH_PAIRS, WORDS_WITH_QUOTES };

/* Unstructured text. */
void field_words_text(struct field_words *f, struct span s);

/*
 * Comments, and what stands around addresses and the like: words where
 * phrases says that they are words of phrases, else only ASCII. `next` is what
 * follows in the field, '\0' its end. -1: it cannot be read, and a part of it may be in out.
 */
int field_words_structured(struct field_words *f, struct span s, bool phrases, char next);

/* Text to be encoded, after gap, the blanks before it; and the end of a row of words, with the blanks there. */
void field_words_gather(struct field_words *f, struct span gap, struct span text);
void field_words_end(struct field_words *f, struct span gap, char next);

/* ---- of which these are made ---- */

/* Bytes above 0x7f, or a run without a blank that no line has room for. */
bool field_must_encode(struct span s);

/* What a word stands for, appended. */
void field_read_word(struct span raw, enum word_syntax syntax, struct buf *out);

/* Behind the comment, quoted string or literal at i; 0 when it does not end. */
size_t field_skip_closed(struct span s, size_t i);

/* What ends a word in a structured field, but for blanks and comments. */
bool field_is_special(char c);

struct span field_part(struct span s, size_t from, size_t to);

/* ' ' at the start. */
char field_last_byte(const struct buf *b);

#endif
