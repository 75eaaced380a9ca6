/* SPDX-License-Identifier: ISC */
/*
 * refusal_text - a reply's text as refusals are read from it, and the patterns
 * that are looked for in it. For base/mail/refusal.c.
 *
 * Lower case, blanks and control bytes as one blank each. Left out, because
 * others chose it or because it repeats what is known: what stands in <>, the
 * server's own name, the reply's code and enhanced statuses within the text. A
 * mail address becomes one byte, and so does an IP address: whether it is ours
 * is all that matters of it. Our host's name is as good as our address.
 */
#ifndef BASE_MAIL_REFUSAL_TEXT_H
#define BASE_MAIL_REFUSAL_TEXT_H

#include "base/mail/refusal.h"

#define OUR_ADDRESS_MARK "\x01"
#define OTHER_ADDRESS_MARK "\x02"
#define MAILBOX_MARK "\x03"

struct refusal_text {
	char text[REFUSAL_LOOKED_AT_MAX];
	size_t len;
	char status[12];          /* the first, where it fits the code: "5.7.1"; "" none */
	unsigned char pairs[512]; /* which pairs of bytes may occur: most patterns are told from that */
};

void refusal_text_read(const struct refusal_heard *heard, struct refusal_text *out);

/* To be told when the bytes of text were changed. */
void refusal_text_changed(struct refusal_text *t);

/*
 * Whether the pattern occurs: '#' is a digit, '*' anything between, '\b' the
 * edge of a word. The pieces between '*' stand in that order.
 */
bool refusal_text_has(const struct refusal_text *t, const char *pattern);

/* Whether s is what pattern says, '#' being a digit; "" is any. */
bool refusal_code_fits(const char *pattern, const char *s);

/* Of a host's name, or what passes for one. */
static inline bool refusal_is_name_byte(char c)
{
	return byte_is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}

#endif
