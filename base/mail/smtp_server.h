/* SPDX-License-Identifier: ISC */
/*
 * smtp_server - the server side of one SMTP session (RFC 5321), without I/O:
 * bytes go in, replies come out, and the owner hears of recipients and
 * messages by a table of functions. For programs on this host that submit: what
 * is taken is stored first and sent later, and no DNS is asked.
 *
 *   s = smtp_server_begin(&rules, &owner, &out);     out: the greeting
 *   taken = smtp_server_feed(s, in);                 cut anywhere; out: replies to append or to send
 *   ...
 *   smtp_server_free(s);
 *
 * Commands: EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, HELP, QUIT. Offered:
 * PIPELINING (RFC 2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531), DSN
 * (3461) and ENHANCEDSTATUSCODES (2034). Taken besides: REQUIRETLS (8689, which
 * may not be offered without TLS), AUTH= of MAIL (ignored), bare local names
 * ("RCPT TO:<root>"), route addresses, paths without brackets, blanks around the
 * colon and before a command, addresses in UTF-8 without SMTPUTF8, MAIL without
 * EHLO. Commands of HTTP end the session, for a browser can be made to send them
 * here, and so do header fields.
 *
 * Line ends. SMTP_LINES_STRICT, for a port: CRLF alone ends a command, and
 * CRLF.CRLF alone ends a message; LF or CR alone end neither, so that nobody can
 * smuggle a second message into a first one (RFC 5321 sections 2.3.8 and
 * 4.1.1.4). A command with one is refused. SMTP_LINES_LENIENT, for a pipe: LF
 * ends a command, with a CR before it or without. Where every command of the
 * session so far, DATA included, ended in LF alone, lines of a message end in
 * LF or CRLF too, and a line with nothing but a dot ends it; once a command has
 * ended in CRLF, messages end as on a port.
 *
 * Bounds: a command line has SMTP_SERVER_LINE_MAX bytes, an envelope
 * SMTP_SERVER_ENVELOPE_MAX, replies that were not sent about
 * SMTP_SERVER_UNSENT_MAX. After SMTP_SERVER_ERRORS_MAX commands that are not known,
 * not done or malformed, with no recipient taken in between, the session ends
 * with 421. RCPT and DATA do not count: programs pipeline them, behind a MAIL that is refused too.
 *
 * Replies have at most 512 bytes a line, printable ASCII: foreign bytes in the
 * owner's words are escaped.
 */
#ifndef BASE_MAIL_SMTP_SERVER_H
#define BASE_MAIL_SMTP_SERVER_H

#include "base/mail/record.h"

enum {
	SMTP_SERVER_LINE_MAX = 8 * 1024,
	SMTP_SERVER_ENVELOPE_MAX = 16 * 1024 * 1024,
	SMTP_SERVER_UNSENT_MAX = 64 * 1024,
	SMTP_SERVER_ERRORS_MAX = 20,
};

enum smtp_lines { SMTP_LINES_STRICT, SMTP_LINES_LENIENT };

struct smtp_server_rules {
	const char *hostname;      /* in the greeting; copied */
	uint64_t size_limit;       /* bytes of one message, as they are after removing dots; 0: none */
	uint32_t recipient_limit;  /* of one message */
	enum smtp_lines lines;
};

/*
 * What the owner is told. Where it may say no, it returns 0, or -1 with a fault that
 * becomes the reply. The record has what the session said: sender (sender_given is true),
 * envid, ret, body_type, require_tls, recipients with notify and orcpt. It is the
 * session's and holds until message_ends() was answered, or message_dropped();
 * the owner may fill in the rest (id, program, message_bytes).
 */
struct smtp_server_owner {
	void *context;

	/* Well-formed, not in the record yet. NULL: all are taken. */
	int (*recipient)(void *context, const struct record *r, const struct record_recipient *offered, struct fault *f);

	/* DATA, with one recipient at least. -1: there will be no message. NULL: there always may be one. */
	int (*message_begins)(void *context, struct record *r, struct fault *f);

	/* Not empty; dots removed, line ends as they came. -1: the rest is read and dropped, and f is the reply to its end. */
	int (*message_bytes)(void *context, struct span bytes, struct fault *f);

	/* To be answered by smtp_server_stored() or smtp_server_refused(), right from within this call or later. */
	void (*message_ends)(void *context, struct record *r);

	/* A message that has begun does not end: it is too large, or the session is over. Not called after -1, or after message_ends(). */
	void (*message_dropped)(void *context);
};

enum smtp_server_state {
	SMTP_SERVER_READING,
	SMTP_SERVER_PENDING,    /* message_ends() is not answered yet: nothing is taken until then */
	SMTP_SERVER_ENDED,      /* after QUIT or 421: send what is in out, then close */
};

struct smtp_server;

/* Replies are appended to out, which outlives the session; the owner takes off what it has sent. owner is copied. */
struct smtp_server *smtp_server_begin(const struct smtp_server_rules *rules, const struct smtp_server_owner *owner,
                                      struct buf *out);

/*
 * Takes bytes off the front of in and returns how many. It takes all, unless the session is
 * pending or ended, or more than SMTP_SERVER_UNSENT_MAX bytes of replies are to be sent: then the
 * caller keeps the rest, reads no more, and feeds it when that is over.
 */
size_t smtp_server_feed(struct smtp_server *s, struct span in);

enum smtp_server_state smtp_server_state(const struct smtp_server *s);

/* The answer to message_ends(): "250 2.0.0 WORDS". The session goes on. */
void smtp_server_stored(struct smtp_server *s, const char *words);

/* Or: nothing was stored. 4yz where f is temporary, else 5yz, with its status and text. */
void smtp_server_refused(struct smtp_server *s, const struct fault *f);

/*
 * 421 with the status and text, and the session has ended: idle for too long, or the owner has to
 * go. Nothing if it has ended already. Not from within the owner's functions.
 */
void smtp_server_hang_up(struct smtp_server *s, const char *status, const char *text);

/* What its last EHLO or HELO said, any bytes; "" before. *extended: it was EHLO. */
struct span smtp_server_helo(const struct smtp_server *s, bool *extended);

/* A message that was not ended is dropped; one that is pending is the owner's affair. NULL does nothing. */
void smtp_server_free(struct smtp_server *s);

#endif
