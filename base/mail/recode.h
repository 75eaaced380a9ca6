/* SPDX-License-Identifier: ISC */
/*
 * recode - makes a message fit for SMTP: its parts that have a line over 998
 * bytes, a NUL, a CR that ends no line or, where asked, bytes above 0x7f are
 * encoded, and no other byte changes. Where 8-bit goes, what calls itself 8bit or binary and is not
 * becomes 7bit: relays go by the name and encode it (Postfix does).
 *
 * A part of text goes into quoted-printable, or base64 where that is shorter;
 * others into base64; one that is encoded already is encoded again as it was.
 * A message inside a message is gone into, since it must not be encoded itself
 * (RFC 2045 section 6.4, RFC 2046 section 5.2.1); what it rests on is the
 * structure as most readers see it: a boundary is a whole line, blanks may
 * follow it, an outer one ends what is inside, and a multipart in which its
 * boundary never comes is text. Where something is encoded, the message says
 * MIME-Version and the part its Content-Type, and what is around it no longer
 * calls itself 8bit or binary when it is not. What stands before and after
 * the parts, header sections of parts, and reports (message/delivery-status)
 * cannot be encoded: long lines are broken, and NUL and CR become blanks. In these,
 * in what is signed or encrypted as a whole (RFC 1847), and where the encoding
 * is unknown, bytes above 0x7f stay, except before and after parts, where
 * they become question marks.
 *
 * Faults, permanent: 5.6.2 such a line or byte in what is signed or encrypted;
 * 5.6.3 in an encoding or a structure that is not known here; each names the
 * part. And the sink's.
 *
 * The message's lines end in CRLF. Memory is O(1) in its size, and O(n) in
 * the number of parts that change, of which there is a limit.
 */
#ifndef BASE_MAIL_RECODE_H
#define BASE_MAIL_RECODE_H

#include "base/mail/recode_text.h"

struct recode;

/* message stays where it is until recode_free. NULL: the fault. */
struct recode *recode_plan(struct span message, bool eight_bit_too, struct fault *f);
void recode_free(struct recode *r);

/* False: recode_write would yield the message as it is. */
bool recode_is_needed(const struct recode *r);

int recode_write(const struct recode *r, recode_sink *sink, void *context, struct fault *f);

#endif
