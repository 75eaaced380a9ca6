/* SPDX-License-Identifier: ISC */
/*
 * command_user - the user as whom programs run that are nobody's (base/program.h):
 * one that hears of events, and those of the aliases.
 */
#ifndef RELAY_COMMAND_USER_H
#define RELAY_COMMAND_USER_H

#include "base/conf/settings.h"
#include "base/fault.h"
#include "relay/mailbox_user.h"

/* This process becomes that user, who must not be root. -1: 4.3.5, with what the owner can do; out is filled or zeroed. */
enum { COMMAND_USER_PROCESSES = 200 };      /* that this user may have while one runs, so that a fork bomb ends */
int command_user_become(const struct settings *s, struct mailbox_user *out, struct fault *f);

#endif
