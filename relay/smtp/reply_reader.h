/* SPDX-License-Identifier: ISC */
/*
 * reply_reader - reads a server's replies off the wire (RFC 5321 section 4.2).
 * Pure: bytes come from the caller. base/mail/heard.h says what they mean.
 *
 * Tolerated because servers do it: bare LF, no text after the code, another
 * byte than a blank after it, codes that differ between the lines of one
 * reply (the last counts). Stray lines, which have no code at all ("clamdscan:
 * warning", an empty line), are skipped before, within and after a reply, as
 * Postfix and Sendmail do. Bounded: of a reply's text the first
 * REPLY_KEPT_MAX bytes are kept and the rest is read over; one of more than
 * REPLY_BYTES_MAX is malformed; of a session's stray lines as many are skipped
 * as STRAY_LINES_MAX and STRAY_BYTES_MAX allow.
 */
#ifndef RELAY_SMTP_REPLY_READER_H
#define RELAY_SMTP_REPLY_READER_H

#include "base/buf.h"

enum {
	REPLY_BYTES_MAX = 1024 * 1024, REPLY_KEPT_MAX = 4096, REPLY_LINE_KEPT_MAX = REPLY_KEPT_MAX + 4,
	STRAY_LINES_MAX = 100, STRAY_BYTES_MAX = 16 * 1024, STRAY_KEPT_MAX = 200,
};

struct server_reply {
	int code;          /* 200 to 599 */
	struct buf text;   /* after the codes; lines are joined by LF */
};

/* Zeroed it is ready. */
struct reply_reader {
	struct server_reply reply;
	struct buf line;   /* cut at REPLY_LINE_KEPT_MAX */
	size_t bytes, line_bytes;      /* of the reply, of the line: kept or not */
	bool begun;        /* a reply has begun and is not whole yet */
	bool whole;        /* the last one was handed out: the next byte starts a new reply */
	size_t strays, stray_bytes;    /* lines skipped in this session */
	char stray[STRAY_KEPT_MAX];    /* the last that was not empty, cut; "" for none since the last reply */
};

enum reply_state { REPLY_MORE, REPLY_WHOLE, REPLY_MALFORMED };

/*
 * Takes bytes off the front of in up to the end of one reply. On REPLY_WHOLE
 * r->reply holds until the next call; on REPLY_MALFORMED r->line is the line.
 */
enum reply_state reply_read(struct reply_reader *r, struct span *in);
void reply_reader_free(struct reply_reader *r);

/* Takes whole stray lines off the front of in, between replies. r->reply stays. False: they are too many. */
bool reply_skip_strays(struct reply_reader *r, struct span *in);

/* True when no byte of a further reply has been seen. */
bool reply_reader_idle(const struct reply_reader *r);

static inline int reply_class(const struct server_reply *reply)
{
	return reply->code / 100;
}

#endif
