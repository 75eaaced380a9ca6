/* SPDX-License-Identifier: ISC */
/*
 * template - a disposable role (smtp, esmtp, bounce, sts, local) as a process that is
 * copied for each piece of work, so that none costs an execution.
 *
 * The role begins as any does, makes ready whatever does not depend on the
 * work, confines itself with CONFINE_COPIES and calls template_serve. From
 * then on signetd orders copies: a PLACE frame with each descriptor that the
 * copy gets, then CLONE. The answer is CLONED, with the copy's process.
 *
 * A copy is signetd's own child. Besides standard error, the log and the lock
 * it has the order's descriptors alone, at the numbers of relay/role.h. It can
 * make no copies, does one piece of work and ends.
 *
 * The template hears nobody but signetd, and an order holds nothing but
 * numbers and descriptors: a copy finds nothing of another's work in it.
 */
#ifndef RELAY_TEMPLATE_H
#define RELAY_TEMPLATE_H

#include "relay/role.h"

/* What argv[1] of a template is, and how much room a copy finds there for its number. */
#define TEMPLATE_NAME "template            "

/* Copies are confined as their template is, and further; or do it themselves, since they begin with more than they keep. */
enum template_copies { TEMPLATE_CONFINES, TEMPLATE_COPIES_CONFINE };

/*
 * Returns in copies only: out then has the copy's instance and channels, NULL
 * for one that was not ordered. Of a copy with a parent's channel, on_frame
 * hears what signetd says before START, as in role_begin. A template that lacks
 * something ends after TEMPLATE_LACKING_MS, and signetd begins another.
 */
enum { TEMPLATE_LACKING_MS = 60 * 1000 };

void template_serve(char **argv, enum template_copies how, bool lacks, role_frame *on_frame, void *context, struct role_start *out);

/*
 * How a copy ends: its memory goes as it is. What it shares with the template
 * would be copied first only to be given back. With sanitizers it is exit(3),
 * which looks for leaks.
 */
__attribute__((noreturn))
void template_copy_end(int code);

#endif
