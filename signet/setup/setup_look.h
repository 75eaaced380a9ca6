/* SPDX-License-Identifier: ISC */
/*
 * setup_look - finds out what setup_plan wants to know of this host: its
 * names, how the outside sees it, and what Postfix and OpenDKIM were told here.
 * Changes nothing.
 */
#ifndef SIGNET_SETUP_SETUP_LOOK_H
#define SIGNET_SETUP_SETUP_LOOK_H

#include "base/conf/settings.h"
#include "signet/setup/setup_plan.h"

#define SETUP_POSTFIX "/etc/postfix/main.cf"
#define SETUP_OPENDKIM "/etc/opendkim.conf"

/* s are the settings of that text. Waits for the DNS and for servers outside, for some seconds at most. -1: 4.3.0. */
int setup_look(const struct settings *s, struct span text, const struct setup_answers *a, struct setup_found *out, struct fault *f);

/* "example.org" of "mail.example.org"; a name whose rest would be a top-level domain stays whole. */
const char *setup_domain_of(const char *hostname);

#endif
