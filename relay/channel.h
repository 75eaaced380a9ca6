/* SPDX-License-Identifier: ISC */
/*
 * channel - frames over a stream socketpair between two roles, each with at
 * most one descriptor.
 *
 * A frame is u32 payload length, u16 type, u16 flags, and the payload. Peers
 * are our own roles, but a role that reads foreign bytes may be taken over:
 * lengths are bounded and a malformed frame closes the channel.
 */
#ifndef RELAY_CHANNEL_H
#define RELAY_CHANNEL_H

#include "base/buf.h"

#include <stdint.h>

enum { CHANNEL_FRAME_MAX = 48 * 1024 * 1024 };

struct channel;

struct frame {
	uint16_t type;          /* enum frame_type, relay/protocol.h */
	struct span payload;    /* borrowed until the next call on the channel */
	int fd;                 /* -1, or owned by the receiver, close-on-exec */
};

/* Takes over fd. No call on a channel blocks in it, whatever its flags. */
struct channel *channel_new(int fd);
void channel_free(struct channel *c);
int channel_fd(const struct channel *c);

/*
 * What the peer may send: payloads of at most that many bytes, descriptors or
 * none; without a limit CHANNEL_FRAME_MAX and one with each. A peer that sends more is
 * malformed. One channel_fill reads little more than one frame may have.
 */
void channel_limit(struct channel *c, size_t frame_max, bool descriptors);
bool channel_is_malformed(const struct channel *c);    /* it is gone because of that, not because its peer ended */

/*
 * Puts a frame on the way out; nothing blocks and nothing fails until
 * channel_flush. fd, when not -1, is taken over and closed once sent.
 */
void channel_put(struct channel *c, uint16_t type, struct span payload, int fd);

/*
 * Writes what the socket takes. -1: the peer takes no more, and what was to be
 * written is dropped; what it has said before is still there to be read.
 */
int channel_flush(struct channel *c);
bool channel_wants_write(const struct channel *c);
size_t channel_unsent_bytes(const struct channel *c);

/* Reads what is there without waiting. -1: the peer is gone or malformed; frames read before it still come. */
int channel_fill(struct channel *c);

/* The next whole frame that was read; false when there is none. */
bool channel_next(struct channel *c, struct frame *out);

/*
 * For roles that do one thing at a time: flushes, then waits for a frame.
 * 1 a frame, 0 the deadline (boot ms, IO_FOREVER for none) passed, -1 gone.
 */
int channel_receive(struct channel *c, struct frame *out, int64_t deadline_ms);

/* Puts and flushes whole, waiting. -1: gone. */
int channel_send(struct channel *c, uint16_t type, struct span payload, int fd);

#endif
