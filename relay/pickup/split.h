/* SPDX-License-Identifier: ISC */
/*
 * split - a message as a stream, cut anywhere: its line ends made CRLF, its
 * header section kept and separated from the body.
 *
 * A line ends with LF, CRLF, or up to a thousand CR before an LF (CRLF converted
 * once too often); the last one gets its end. A CR elsewhere is white space in
 * the header section, as base/mail/message.h reads it, and text in the body. The
 * header section goes to the empty line, or to a line that cannot be a field
 * (base/mail/message.h). The body passes through relay/pickup/white.h, and its NUL,
 * bare CR and bytes above 0x7f pass.
 *
 * Fault: 5.3.4, header section over SPLIT_HEADER_MAX. State is O(1) in the
 * size of the body.
 */
#ifndef RELAY_PICKUP_SPLIT_H
#define RELAY_PICKUP_SPLIT_H

#include "base/buf.h"
#include "base/fault.h"

enum { SPLIT_HEADER_MAX = 1024 * 1024 };

struct split;

struct split *split_new(void);

/* Appends to body what is known to be body, which begins after the empty line. */
int split_feed(struct split *s, struct span piece, struct buf *body, struct fault *f);
void split_finish(struct split *s, struct buf *body);
void split_free(struct split *s);

/* The header section has ended; true from the moment body got its first byte. */
bool split_has_header(const struct split *s);

/* Hands it over, once: mbox lines in front, the empty line after where there is one. */
struct buf split_take_header(struct split *s);

/* Any byte above 0x7f in the body so far. */
bool split_eight_bit(const struct split *s);

/* What it holds in memory, about. */
size_t split_held_bytes(const struct split *s);

#endif
