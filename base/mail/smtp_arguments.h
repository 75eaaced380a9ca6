/* SPDX-License-Identifier: ISC */
/*
 * smtp_arguments - what stands after MAIL and RCPT (RFC 5321 sections 4.1.1.2
 * and 4.1.1.3): "FROM:" or "TO:", a path, and ESMTP parameters. Pure.
 *
 * Tolerated, as Sendmail does: blanks around the colon and inside the brackets,
 * a path without brackets, a route, a name without @domain. The address is
 * given in the normal form of base/mail/address.h, without its route.
 *
 * Both return 0, or the code of the reply: 501 with status 5.1.7 or 5.1.3 (the
 * path) or 5.5.4 (a value, or the form), 555 with 5.5.4 (a parameter that is not
 * known). f then says what is wrong and may quote foreign bytes. What is in out
 * then is to be freed nevertheless.
 */
#ifndef BASE_MAIL_SMTP_ARGUMENTS_H
#define BASE_MAIL_SMTP_ARGUMENTS_H

#include "base/mail/record.h"

/* Fills sender, sender_given, envid, ret, body_type and require_tls of out; *size is that of SIZE=, or 0. */
unsigned smtp_arguments_mail(struct span arguments, struct record *out, uint64_t *size, struct fault *f);

/* address and orcpt are owned by the caller. */
unsigned smtp_arguments_rcpt(struct span arguments, struct record_recipient *out, struct fault *f);

#endif
