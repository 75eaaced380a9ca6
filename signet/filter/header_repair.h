/* SPDX-License-Identifier: ISC */
/*
 * header_repair - brings the header section of a message on standard input
 * into the form that is signed, as a stream cut anywhere.
 *
 * Each line ends in CRLF. A CR that is not part of a line end becomes a blank,
 * so that nobody finds a field where others find none. Between the name of a
 * field and its colon there is nothing (RFC 5322 section 4.5: readers must take
 * blanks there, and many verifiers do not). An empty line ends the section,
 * also where the message ends with it. What is not a field stays, and the signer refuses it.
 */
#ifndef SIGNET_FILTER_HEADER_REPAIR_H
#define SIGNET_FILTER_HEADER_REPAIR_H

#include "base/buf.h"
#include "base/mail/line_ends.h"

enum header_place { HEADER_LINE_START, HEADER_NAME, HEADER_BLANKS, HEADER_VALUE, HEADER_ENDED };

/* Starts zeroed. */
struct header_repair {
	enum header_place place;
	struct line_ends ends;
	struct buf blanks;         /* kept back after a name */
};

/* Takes its part off the front of *piece. True: the section has ended, and what is left in *piece is body. Appends. */
bool header_repair_feed(struct header_repair *h, struct span *piece, struct buf *out);

/* At the end of the message: ends the line and the section where they have not ended. Frees what was kept. */
void header_repair_end(struct header_repair *h, struct buf *out);

#endif
