/* SPDX-License-Identifier: ISC */
/*
 * submission - a record and its message on their way out of this process: what
 * every record has, however its message came, and its handover.
 */
#ifndef SENDMAIL_SHIM_SUBMISSION_H
#define SENDMAIL_SHIM_SUBMISSION_H

#include "base/conf/settings.h"
#include "base/fault.h"
#include "base/mail/record.h"
#include "sendmail-shim/stdin_message.h"

/* Gives it an id of its own, and program, argv[0]'s name. -1: 4.3.0. */
int submission_begin(struct record *r, const char *program, struct fault *f);

/* A copy with blanks for control characters. */
char *submission_text(const char *text);

/*
 * 0: it is on stable storage; queue_id is signetd's, or empty when it is in the drop
 * folder. -1: nothing was kept; as handover() has it, and 5.5.3 where the
 * recipients are too long a list.
 */
int submission_hand_over(struct record *r, const struct stdin_message *message, const struct settings *s, struct buf *queue_id,
                         struct fault *f);

#endif
