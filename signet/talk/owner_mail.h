/* SPDX-License-Identifier: ISC */
/*
 * owner_mail - a mail to root's reader from a command that a timer runs.
 *
 * It goes the way of sendmail's mail (sendmail-shim/submission.h): into the queue or,
 * while signetd does not answer, into the drop folder. The sender is null, so that no bounce
 * comes back, and Auto-Submitted (RFC 3834 section 5) keeps responders silent. What else a header
 * needs pickup adds, as for all mail.
 */
#ifndef SIGNET_TALK_OWNER_MAIL_H
#define SIGNET_TALK_OWNER_MAIL_H

#include "base/conf/settings.h"
#include "base/fault.h"

/* Appends the header up to the subject's words, which the caller writes, and what ends it. Texts are to be ASCII. */
void owner_mail_begin(const struct settings *s, struct buf *out);
void owner_mail_end_header(struct buf *out);

/* 0: it is on stable storage; *dropped: but signetd does not answer. -1: as submission_hand_over() has it. */
int owner_mail_send(const struct settings *s, struct span message, bool *dropped, struct fault *f);

#endif
