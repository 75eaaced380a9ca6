/*
 * local_mail - who gets mail that stays on this host: root's reader. Where
 * there is none, the mail is held so that nothing is lost. Pure.
 *
 * hostname_is_here: mail for hostname stays too, as far as is known
 * (relay/route/route.h); pickup, which cannot ask, says false and leaves that to the queue.
 */
#ifndef RELAY_ROUTE_LOCAL_MAIL_H
#define RELAY_ROUTE_LOCAL_MAIL_H

#include "base/conf/settings.h"
#include "base/fault.h"

/* A bare name, or an address of a local domain. */
bool local_mail_stays(const struct settings *s, bool hostname_is_here, struct span address);

/*
 * *reader is the address itself, or root in place of one that stays. -1: that stays as
 * well; the fault, temporary 4.3.5, says why and what to do.
 */
int local_mail_reader(const struct settings *s, bool hostname_is_here, struct span address, struct span *reader,
                      struct fault *f);

#endif
