/* SPDX-License-Identifier: ISC */
/*
 * refusal_plain - the parts of a refusal's text that single words are looked
 * for in. For base/mail/refusal_words.c and base/mail/refusal_shapes.c.
 */
#ifndef BASE_MAIL_REFUSAL_PLAIN_H
#define BASE_MAIL_REFUSAL_PLAIN_H

#include "base/mail/refusal_text.h"

/*
 * As t, for single words: without what servers note for their own postmaster,
 * whatever the reply is about (Gmail in front, QQ in brackets, Postfix in its
 * smtpd_reject_footer, "(host 192.0.2.1)" and ". Your IP: 192.0.2.1" at the end),
 * without our address in links and greetings, and without brackets around it
 * elsewhere; "host name.example [our address]" is our address.
 */
void refusal_plain(const struct refusal_text *t, struct refusal_text *out);

/* What comes after the first "address rejected: " or the like, as Postfix has it; false: nothing does. */
bool refusal_plain_behind_check(const struct refusal_text *t, struct refusal_text *out);

#endif
