/* SPDX-License-Identifier: ISC */
/*
 * recipients - who gets the message: the arguments and, with -t, the header
 * section; the union of both.
 *
 * What cannot be parsed is passed on unchanged, so that it bounces: programs
 * that cron runs do not look at the exit code. Control bytes are never passed
 * on: in an argument they are a fault, in a header the address is left out
 * with a warning.
 */
#ifndef SENDMAIL_SHIM_RECIPIENTS_H
#define SENDMAIL_SHIM_RECIPIENTS_H

#include "base/fault.h"
#include "base/mail/record.h"

/* An argument may hold a list, as Sendmail takes it. -1: 5.1.3. */
int recipients_from_argument(struct record *r, const char *argument, uint8_t notify, struct fault *f);

/*
 * To, Cc and Bcc; where there are Resent- fields, those of the last resending
 * alone, which stand first (RFC 5322 section 3.6.6). Warnings go one a line.
 */
void recipients_from_header(struct record *r, struct span message, uint8_t notify, struct buf *warnings);

/* Each address once; the first stays. */
void recipients_unite(struct record *r);

/* The argument of -f: "" and "<>" are the null sender. -1: 5.1.7. */
int sender_from_argument(struct record *r, const char *argument, struct fault *f);

#endif
