/* SPDX-License-Identifier: ISC */
/*
 * esmtp_job - what smtp and esmtp agree on besides SMTP itself.
 *
 * A job is one frame ESMTP_JOB on the jobs channel: a struct delivery that
 * names only what libesmtp shall say (recipients that were not refused
 * already; ret, notify, eight_bit and size_bytes only where the server offers
 * the extension; size_bytes is of fields and message together), and no bytes
 * of the message. Its answer is the dialogue.
 *
 * Before each SMTP session of libesmtp (there may be several during one real
 * session) esmtp writes the line ESMTP_CONNECT, so that the greeting never
 * arrives while the session before it is still reading. The answer to EHLO
 * comes with the greeting.
 *
 * After a message that was sent and taken, libesmtp says MAIL for its next job,
 * unless its session has had ESMTP_MESSAGES_MAX; after anything else it ends
 * its session.
 *
 * What libesmtp sends for each message is ESMTP_PREFACE and the dot: a header
 * section that has all that it would add to one, and no body. smtp puts the
 * real message in its place.
 */
#ifndef RELAY_ESMTP_JOB_H
#define RELAY_ESMTP_JOB_H

enum { ESMTP_JOB = 200 };

#define ESMTP_CONNECT "CONNECT"
#define ESMTP_PREFACE_FIELDS "Date: -\r\nFrom: -\r\nMessage-Id: -\r\n"
#define ESMTP_PREFACE ESMTP_PREFACE_FIELDS "\r\n"

/* libesmtp frees messages only with its session, so that ends after so many; real sessions go on. */
enum { ESMTP_MESSAGES_MAX = 200 };

/* libesmtp writes commands through a buffer of 1,024 bytes and reads past it when they are longer. */
enum { ESMTP_ADDRESS_MAX = 900 };

#endif
