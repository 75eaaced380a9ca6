/*
 * complain - what sendmail says of trouble: a line on stderr for who called,
 * and the same in the log (syslog, facility mail) for who owns the host, since
 * many callers throw stderr away. Foreign bytes are escaped.
 */
#ifndef SENDMAIL_SHIM_COMPLAIN_H
#define SENDMAIL_SHIM_COMPLAIN_H

#include "base/fault.h"
#include "base/span.h"

void complain_as(const char *program);                      /* argv[0]'s name */
void complain(struct span text);
void complain_lines(const char *prefix, struct span lines); /* each of them */

/* Says the fault; returns its sysexits(3) code. */
int complain_of(const struct fault *f);

#endif
