/* SPDX-License-Identifier: ISC */
/*
 * server - one server at the other end of a wire, while a session is being
 * set up: a command, then its reply, each with a deadline.
 */
#ifndef RELAY_SMTP_SERVER_H
#define RELAY_SMTP_SERVER_H

#include "base/mail/heard.h"
#include "relay/smtp/ehlo.h"
#include "relay/smtp/reply_reader.h"
#include "relay/smtp/wire.h"

#include <stdint.h>

/* What every wait of a session has in common. */
struct patience {
	double scale;            /* settings.time_scale */
	int64_t setup_until_ms;  /* boot time; IO_FOREVER once the session stands */
	int ours[2];             /* channels to our own; when one goes, this process ends */
};

/* ms as settings.time_scale has it, but not so short that a busy machine cannot keep it. */
int64_t patience_scaled(double scale, int64_t ms);

/* Boot time at which a wait of ms, scaled, ends; never later than setup_until_ms. */
int64_t patience_until(const struct patience *p, int64_t ms);

/*
 * Polls count of fds, at most PATIENCE_FDS_MAX, and our own channels. Returns how many are ready, 0: the deadline
 * passed. Ends the process when our own are gone.
 */
enum { PATIENCE_FDS_MAX = 32 };
struct pollfd;
size_t patience_poll(const struct patience *p, struct pollfd *fds, size_t count, int64_t until_ms);

/* Polls fd and our own channels. 1: ready, 0: the deadline passed. Ends the process when our own are gone. */
int patience_wait(const struct patience *p, int fd, short events, int64_t until_ms);

struct server {
	const struct patience *patience;
	struct wire *wire;
	struct reply_reader reader;
	struct buf in;           /* read and not yet taken */
	struct ehlo ehlo;
	char *relay;             /* "mx.example.org[192.0.2.1]:25" */
	struct hearing at;       /* relay, and what else judging its replies wants */
	char own_address[REPLY_SOURCE_MAX];
	char *tls;               /* what tls_describe says, or "" */
	bool tls_verified;       /* and the server is who it should be */
	char *no_tls;            /* why it is spoken to in clear although TLS was tried; NULL: it was not */
	uint32_t connections;    /* TCP connections that were made until the session stood */
	bool late;               /* the last wait for a reply ended with its deadline */
	bool strayed;            /* the log has been told of its first stray line */
	struct span secret;      /* what it was told and must not be shown if it says it again; of the caller's */
};

void server_free(struct server *s);   /* what it holds, not s */

/* Takes the next reply from what was read already. */
enum reply_state server_next_reply(struct server *s);

/*
 * Waits for a reply: s->reader.reply. -1: out says so in our own words, 4.4.2 or 4.5.0, or is the 421 that came right
 * after it.
 */
int server_await_until(struct server *s, int64_t until_ms, enum smtp_step step, struct reply *out);

/* Sends line and CRLF, then waits. */
int server_ask(struct server *s, const char *line, int64_t wait_ms, enum smtp_step step, struct reply *out);

/*
 * Likewise, where the line ends with a secret: a server that repeats what it did not understand must not bring it into
 * the log. Challenges (334) are left as they are.
 */
int server_ask_secretly(struct server *s, const char *line, struct span secret, int64_t wait_ms, enum smtp_step step,
                        struct reply *out);

/*
 * Looks once whether the server has closed, or said 421, right after its last reply, which was to step. -1: it has, and
 * out says so.
 */
int server_stays(struct server *s, enum smtp_step step, struct reply *out);

/* For people: "; it sent a line that is not an SMTP reply: SSH-2.0", of stray lines in a reply's place; else "". */
enum { SERVER_STRAYED_MAX = STRAY_KEPT_MAX + 64 };
const char *server_strayed(const struct server *s, char words[SERVER_STRAYED_MAX]);

/* Our own words of what happened there: a temporary fault. Returns -1. */
int server_trouble(const struct server *s, const char *status, enum smtp_step step, struct reply *out,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The last reply; a 2xx or 3xx where none belongs is temporary. Returns -1. */
int server_refused(const struct server *s, enum smtp_step step, struct reply *out);

#endif
