/*
 * report - the text of a bounce: what happened to a mail, who said so, what
 * it means and what to do, for a person; then the header of the mail itself.
 *
 * A whole message in normal form (RFC 5322, CRLF), seven bits, no line above
 * 998 bytes, at most REPORT_MAX bytes in all: what does not fit is counted,
 * not shown. Foreign bytes outside printable ASCII are shown as \xNN, so
 * that nothing in a server's reply or in an address can become a field or a
 * terminal sequence.
 */
#ifndef RELAY_BOUNCE_REPORT_H
#define RELAY_BOUNCE_REPORT_H

#include "relay/protocol.h"

enum { REPORT_MAX = MESSAGE_INLINE_MAX };

struct report_context {
	const char *hostname;      /* who speaks */
	const char *domain;        /* of MAILER-DAEMON */
	const char *message_id;    /* without angle brackets */
	int64_t now_ms;            /* wall */
};

/* header: the mail's header section, or as much of it as was read. Appends. */
void report_write(const struct bounce_job *job, struct span header, const struct report_context *c,
                  struct buf *out);

/* What a status means and what to do about it: never NULL. */
struct report_meaning {
	const char *means;
	const char *advice;
};
struct report_meaning report_meaning_of(const struct fault *f);

#endif
