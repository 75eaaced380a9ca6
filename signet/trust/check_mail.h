/*
 * check_mail - what has changed since the last such mail, as a mail to root's reader
 * ("signet check --changed --mail", which signet-check.timer runs each day).
 *
 * It goes the way of sendmail's mail (sendmail-shim/submission.h): into the queue or,
 * while signetd does not answer, into the drop folder. The sender is null, so that no bounce
 * comes back, and Auto-Submitted (RFC 3834 section 5) keeps responders silent. What else a header
 * needs pickup adds, as for all mail.
 */
#ifndef SIGNET_TRUST_CHECK_MAIL_H
#define SIGNET_TRUST_CHECK_MAIL_H

#include "base/conf/settings.h"
#include "trust/finding.h"

/*
 * Pure. The subject names the worst of what has changed, which is what to do first; where that is only for the better,
 * what is still to be done of the rest, the findings that have not changed. Another address, of which much else follows,
 * is the first line of the text.
 */
void check_mail_print(const struct settings *s, const struct findings *changed, const struct findings *rest, struct buf *out);

/* 0: it is on stable storage; *dropped: but signetd does not answer. -1: as submission_hand_over() has it. */
int check_mail_send(const struct settings *s, struct span message, bool *dropped, struct fault *f);

#endif
