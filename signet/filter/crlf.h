/* SPDX-License-Identifier: ISC */
/*
 * crlf - brings the line ends of a message on standard input into the form
 * of the wire, as a stream cut anywhere.
 */
#ifndef SIGNET_FILTER_CRLF_H
#define SIGNET_FILTER_CRLF_H

#include "base/buf.h"
#include "base/mail/line_ends.h"

enum crlf_kind {
	CRLF_REPAIR,    /* LF, a bare CR and several CR before LF all become CRLF: of a body, as relay/pickup does it */
	CRLF_FROM_LF,   /* only LF does: what was signed elsewhere is not to be touched */
};

struct crlf {
	enum crlf_kind kind;
	struct line_ends ends;
	bool in_line;              /* bytes since the last line end */
};

/* Starts zeroed but for kind. Both append. */
void crlf_feed(struct crlf *c, struct span piece, struct buf *out);
void crlf_end(struct crlf *c, struct buf *out);   /* REPAIR ends the last line too */

#endif
