/* Any bytes are replies, more needed, or malformed; what is kept stays bounded. */
#include "relay/smtp/reply.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span in = { (const char *)bytes, len };
	struct reply_reader r = { 0 };
	struct fault f;

	while (in.len > 0 && reply_read(&r, &in) == REPLY_WHOLE) {
		reply_fault(&r.reply, "host[192.0.2.1]:25", "MAIL FROM", &f);
		if (r.reply.code < 200 || r.reply.code > 599 || r.reply.text.len > REPLY_TEXT_MAX)
			abort();
	}
	reply_reader_free(&r);
	return 0;
}
