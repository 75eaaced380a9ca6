/* SPDX-License-Identifier: ISC */
/*
 * check_mail - what has changed since the last such mail, as a mail to root's reader
 * ("signet check --changed --mail", which signet-check.timer runs each day; signet/talk/owner_mail.h
 * sends it).
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

#endif
