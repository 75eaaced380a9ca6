/* SPDX-License-Identifier: ISC */
/*
 * tell_caller - what sendmail says of trouble: a line on stderr for who called,
 * and the same in the log (syslog, facility mail) for who owns the host, since
 * many callers throw stderr away. Foreign bytes are escaped.
 */
#ifndef SENDMAIL_SHIM_TELL_CALLER_H
#define SENDMAIL_SHIM_TELL_CALLER_H

#include "base/fault.h"
#include "base/span.h"

void tell_caller_as(const char *program);                      /* argv[0]'s name */
void tell_caller(struct span text);
void tell_caller_lines(const char *prefix, struct span lines); /* each of them */

/* Says the fault; returns its sysexits(3) code. */
int tell_caller_of(const struct fault *f);

#endif
