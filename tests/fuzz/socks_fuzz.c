/* SPDX-License-Identifier: ISC */
/* Whatever a proxy says, in whatever pieces: the dialogue ends within its bound, and takes no byte of what follows. */
#include "relay/smtp/socks.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The first byte chooses the request and the size of the pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct ip_address address = { .family = 4, .bytes = { 192, 0, 2, 1 } };
	struct socks s;
	size_t at = 1;

	if (len == 0)
		return 0;
	struct socks_request request = { .name = "mx.example.org", .address = bytes[0] & 1 ? &address : NULL, .port = 25 };
	if (bytes[0] & 2) {
		request.user = SPAN("me");
		request.password = SPAN("secret");
	}
	size_t step = 1 + (bytes[0] >> 2);
	socks_begin(&s, &request);
	while (socks_wants(&s) > 0 && at < len) {
		size_t n = socks_wants(&s) < len - at ? socks_wants(&s) : len - at;
		n = n < step ? n : step;
		buf_clear(&s.out);
		enum socks_state before = s.state;
		socks_hear(&s, (struct span){ (const char *)bytes + at, n });
		if (s.state < before || (before == SOCKS_METHOD && s.state > SOCKS_REPLY && s.state != SOCKS_FAILED))
			abort();
		at += n;
	}
	if (at - 1 > SOCKS_HEARD_MAX || (s.state == SOCKS_FAILED) != (s.fault.kind == FAULT_TEMPORARY))
		abort();
	if ((s.state == SOCKS_OPEN || s.state == SOCKS_FAILED) != (socks_wants(&s) == 0))
		abort();
	socks_free(&s);
	return 0;
}
