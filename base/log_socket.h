/* SPDX-License-Identifier: ISC */
/*
 * log_socket - one line to the log of the system, never waiting for it:
 * journald's own protocol, whose entries have fields, or that of syslog(3).
 *
 * The socket is not connected: each line finds who listens at that path now,
 * so a log that was restarted is found by a process that can no longer open
 * anything.
 */
#ifndef BASE_LOG_SOCKET_H
#define BASE_LOG_SOCKET_H

#include "base/log.h"

#include <stdint.h>
#include <sys/un.h>

#define LOG_SOCKET_JOURNAL "/run/systemd/journal/socket"
#define LOG_SOCKET_SYSLOG "/dev/log"

struct log_socket {
	int fd;                   /* -1: not open */
	bool journal;             /* which of the two protocols */
	struct sockaddr_un to;
};

struct log_entry {
	enum log_level level;
	const char *program;
	int64_t wall_ms;
	struct span text;                 /* one line of printable ASCII */
	const struct log_about *about;    /* escaped here; NULL: nothing */
};

/*
 * The journal's socket where it is there and syslog's is missing or leads into the journal
 * as well; else syslog's. False: nobody listens there.
 */
bool log_socket_open(struct log_socket *s, const char *journal, const char *syslog);
void log_socket_close(struct log_socket *s);

/* False with errno: it did not take it (EAGAIN: it is full), or nobody is there. */
bool log_socket_send(const struct log_socket *s, const struct log_entry *e);

#endif
