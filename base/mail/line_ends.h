/* SPDX-License-Identifier: ISC */
/*
 * line_ends - where the lines of a message end that comes as a stream, cut
 * anywhere: its bytes as pieces of text, line ends, and CR that end nothing.
 *
 * A line ends with LF, whatever CR stand before it: a CRLF that was converted
 * once too often has several. So CR are kept back and counted until it is known
 * what follows. `most` bounds their number for those who make output of each,
 * or a single byte could bring forth megabytes; nobody means a line's end by a
 * thousand CR. Each byte is looked at twice and no more. Pure.
 *
 * Starts zeroed. At the end of the stream `returns` CR are still kept back.
 */
#ifndef BASE_MAIL_LINE_ENDS_H
#define BASE_MAIL_LINE_ENDS_H

#include "base/span.h"

enum { LINE_ENDS_MOST = 1000 };

enum line_part_kind {
	LINE_PART_TEXT,          /* text, without CR and LF; a line may come in several */
	LINE_PART_END,           /* the line's end, an LF with `returns` CR before it */
	LINE_PART_RETURNS,       /* `returns` CR before what comes next, which is not LF */
	LINE_PART_OVER,          /* one CR, before `most` others */
};

struct line_part {
	enum line_part_kind kind;
	struct span text;
	size_t returns;
};

struct line_ends {
	size_t most;             /* CR to keep back; 0: however many */
	size_t returns;          /* kept back */
	size_t clear_bytes;      /* of what comes next, known to hold no LF */
};

/* Takes the next part off the front of *piece. False: piece is empty. */
bool line_ends_next(struct line_ends *l, struct span *piece, struct line_part *out);

#endif
