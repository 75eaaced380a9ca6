/*
 * quoted - the quoted-printable encoding (RFC 2045 section 6.7) of text with
 * CRLF line ends, and that of the words of a header field (RFC 2047).
 */
#ifndef RELAY_BOUNCE_QUOTED_H
#define RELAY_BOUNCE_QUOTED_H

#include "base/buf.h"

void quoted_write(struct span text, struct buf *out);

/* UTF-8 as encoded words, folded between characters. The field's line has room for the first. */
void quoted_words(struct span utf8, struct buf *out);

#endif
