/* SPDX-License-Identifier: ISC */
/*
 * own_name - this host's full name where what is configured, or what the
 * kernel says, is a single label: receivers refuse that in HELO, and nothing
 * can be sent as user@label.
 *
 * The system is asked first (hosts(5), then the DNS: getaddrinfo(3) with
 * AI_CANONNAME), then /etc/mailname. The system may be slow, so a process of its own asks, for
 * at most OWN_NAME_WAIT_MS. Once, when signetd starts: the roles get the name with the
 * settings; sendmail never asks.
 */
#ifndef BASE_CONF_OWN_NAME_H
#define BASE_CONF_OWN_NAME_H

#include "base/conf/settings.h"

enum { OWN_NAME_WAIT_MS = 3000 };

/*
 * Completes hostname where it has no dot, and domain where that is the same.
 * -1: nothing knows a full one. The settings stay; the fault 4.3.5 says what that means and what to do.
 */
int own_name_complete(struct settings *s, struct fault *f);

/*
 * Which to take for label, appended: the system's if it is label and more, else
 * that of mailname (the file's text) if it has a dot. False: neither. Pure.
 */
bool own_name_pick(struct span label, struct span system, struct span mailname, struct buf *out);

#endif
