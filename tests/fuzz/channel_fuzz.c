/* SPDX-License-Identifier: ISC */
/* A channel survives any stream, and hands over no more than came. */
#include "relay/channel.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2];
	struct frame frame;
	size_t payload = 0;

	if (size > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 0;
	if (write(pair[1], data, size) != (ssize_t)size)
		abort();
	close(pair[1]);
	struct channel *c = channel_new(pair[0]);
	while (channel_fill(c) == 0)
		;
	while (channel_next(c, &frame)) {
		payload += frame.payload.len;
		if (frame.fd >= 0)
			abort();           /* none was sent */
	}
	if (payload > size)
		abort();
	channel_free(c);
	return 0;
}
