/* SPDX-License-Identifier: ISC */
/*
 * esmtp_words - the values of ESMTP parameters that describe an envelope:
 * NOTIFY, ORCPT, RET and ENVID (RFC 3461 section 4) and BODY (RFC 6152 section
 * 2). Case does not matter but in xtext. Pure. False: it is not such a value.
 */
#ifndef BASE_MAIL_ESMTP_WORDS_H
#define BASE_MAIL_ESMTP_WORDS_H

#include "base/mail/record.h"

/* "NEVER", or a list of SUCCESS, FAILURE and DELAY, as NOTIFY_ bits. */
bool esmtp_words_notify(struct span value, uint8_t *out);

bool esmtp_words_ret(struct span value, enum dsn_ret *out);
bool esmtp_words_body(struct span value, enum body_type *out);

/* xtext of 1 to 100 bytes. */
bool esmtp_words_envid(struct span value);

/*
 * "type;xtext" of at most 500 bytes, appended. That of the type utf-8, which
 * may have UTF-8 in it, becomes ASCII with "\x{...}" (RFC 6533 section 3).
 */
bool esmtp_words_orcpt(struct span value, struct buf *out);

#endif
