/* SPDX-License-Identifier: ISC */
/*
 * log - one event, one line, in the shape Postfix's readers know:
 *
 *   2026-03-01T10:00:00.123Z HOST signet/smtp[99]: 1A2B: to=<...>, relay=...
 *
 * Every byte outside printable ASCII is escaped here (\xNN), and so is the
 * backslash, so foreign bytes cannot forge a line or a terminal sequence.
 * Warnings and errors begin with "warning: " and "error: ".
 *
 * A line is written with one call, and nobody is held up by the log: what a
 * full pipe or socket does not take within 20 ms is dropped, and then all at
 * once until there is room; so is what of a line goes beyond LOG_LINE_MAX bytes. Lines
 * that were dropped are counted, and the next that goes through is preceded by
 * one that says how many.
 *
 * Memory for lines is asked for by log_open, not by those of the usual length:
 * the handler of a signal that a system call of its own process caused may log.
 *
 * log_as_json: on descriptor 2 each line is one JSON object (RFC 8259) in printable
 * ASCII, at most LOG_LINE_MAX bytes, whose names stay as they are:
 *
 *   {"time": "2026-03-01T10:00:00.123Z", "level": "info", "host": "web1", "program": "signet/smtp", "pid": 99,
 *    "queue_id": "1A2B", "recipient": …, "relay": …, "tls": …, "dsn": …, "status": …, "message": "1A2B: to=<...>, ..."}
 *
 * level is error, warning, info or debug, and not part of message; what struct log_about does not have is left out. Of a
 * line that is too long the end of the message is lost.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/log_addresses.h"

#include <limits.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum { LOG_LINE_MAX = PIPE_BUF };

/*
 * What a line is about: journald's fields SIGNET_QUEUE_ID and so on, each
 * where it is not NULL. program: as whom the line is written, when not as
 * log_open said (the queue writes the words of smtp, once they are committed).
 */
struct log_about {
	const char *program;
	const char *queue_id, *recipient, *relay, *tls, *dsn, *status;
};

/*
 * program is "signet/smtp", and lasts. target: "stderr" (descriptor 2, which may be a file
 * or a pipe to the journal) or "syslog" (facility mail): journald by its own
 * socket where it is the one that listens, with fields, else /dev/log. Call
 * before confinement. False: nobody listens there (yet).
 */
bool log_open(const char *program, const char *target);
void log_show_addresses(enum log_addresses how);     /* in all lines from then on; FULL until it is called */
void log_as_json(bool json);                         /* likewise */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_about(enum log_level level, const struct log_about *about, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
