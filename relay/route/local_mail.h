/* SPDX-License-Identifier: ISC */
/*
 * local_mail - who gets mail that stays on this host: root's reader, or where
 * root is not set the user whose name it is. Where there is no local delivery
 * either, the mail is held so that nothing is lost. Pure.
 *
 * hostname_is_here: mail for hostname stays too, as far as is known
 * (relay/route/route.h); pickup, which cannot ask, says false and leaves that to the queue.
 */
#ifndef RELAY_ROUTE_LOCAL_MAIL_H
#define RELAY_ROUTE_LOCAL_MAIL_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/fault.h"

/*
 * A program of the aliases is a recipient as well: "| /path arguments". No address_check lets that pass, so nobody can
 * give it as an address; nor does any user have such a name.
 */
void local_mail_print_program(const char *command, struct buf *out);
struct span local_mail_program(struct span address);      /* the command, in it; empty: it is none */

/* A bare name, a program, or an address of a local domain. */
bool local_mail_stays(const struct settings *s, bool hostname_is_here, struct span address);

/* The same where it is asked what aliases are for: with local_map "domain" names at hostname, too, where that is not domain. */
bool local_mail_is_name(const struct settings *s, bool hostname_is_here, struct span address);

/* A local name that is a mailbox at domain, by local_map. */
bool local_mail_maps(const struct settings *s, struct span address);

/* Someone reads it whatever aliases say: root, postmaster and MAILER-DAEMON where root is set; all where local_map maps them. */
bool local_mail_is_known(const struct settings *s, struct span address);

/*
 * *reader is the address itself, or root in place of one that stays. It may stay as well: then it goes to a mailbox
 * here. -1: there is no local delivery; the fault, temporary 4.3.5, says what to do.
 */
int local_mail_reader(const struct settings *s, bool hostname_is_here, struct span address, struct span *reader,
                      struct fault *f);

/*
 * Appends the user that an address of this host names: its local part in lower case, without quotes and without
 * what follows a "+". May come to nothing, or to a name that no user has. A program is itself.
 */
void local_mail_user(struct span address, struct buf *out);

#endif
