/*
 * log - one event, one line.
 *
 * Every byte outside printable ASCII is escaped here (\xNN), and so is the
 * backslash, so foreign bytes cannot forge a line or a terminal sequence.
 * A line is written with one call and never waits for descriptor 2: what a
 * full pipe does not take is dropped, as is what of a line goes beyond
 * PIPE_BUF bytes.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/*
 * program is "signet/smtp". target: "stderr" (timestamped lines on descriptor
 * 2, which may be a file or a pipe to the journal) or "syslog" (facility
 * mail). Call before confinement.
 */
void log_open(const char *program, const char *target);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends s with everything but printable ASCII escaped. */
void log_escape(struct buf *out, struct span s);

#endif
