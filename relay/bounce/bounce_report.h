/* SPDX-License-Identifier: ISC */
/*
 * bounce_report - a bounce, a notice of delay or of relaying as a whole message:
 * multipart/report (RFC 6522) of what a person reads (explain), what a program
 * reads (status, RFC 3464) and the mail itself or its header (original).
 *
 * In normal form (RFC 5322, CRLF), no line above 998 bytes, at most REPORT_MAX
 * bytes in all. Only the mail itself is as it was, and may have 8-bit bytes;
 * all else is seven bits. Where the job says encode_8bit the mail's parts are
 * encoded like those of any mail (base/mail/recode.h), and its header alone is there
 * when they cannot be. The boundary is the caller's, and random: no mail can
 * know it and end its part early.
 */
#ifndef RELAY_BOUNCE_BOUNCE_REPORT_H
#define RELAY_BOUNCE_BOUNCE_REPORT_H

#include "relay/protocol.h"

enum { REPORT_MAX = MESSAGE_INLINE_MAX };

struct bounce_report_context {
	const char *hostname;      /* who speaks */
	const char *domain;        /* of MAILER-DAEMON */
	const char *message_id;    /* without angle brackets */
	const char *boundary;      /* letters and digits, at most 60, drawn for each report */
	int64_t now_ms;            /* wall */
};

/*
 * message: the mail, or as much from its start as was read; whole tells which.
 * Appends; true when the body has 8-bit bytes.
 */
bool bounce_report_write(const struct bounce_job *job, struct span message, bool whole, const struct bounce_report_context *c,
                         struct buf *out);

#endif
