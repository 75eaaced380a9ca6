/* SPDX-License-Identifier: ISC */
/* Any bytes are replies, more needed, or malformed; what is kept and what is skipped stays bounded. */
#include "base/mail/heard.h"
#include "relay/smtp/reply_reader.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span in = { (const char *)bytes, len };
	struct reply_reader r = { 0 };
	static const struct hearing at = { .relay = "host[192.0.2.1]:25", .server = "host", .own_address = "192.0.2.2", .own_name = "" };
	struct reply out;

	while (in.len > 0 && reply_read(&r, &in) == REPLY_WHOLE && reply_skip_strays(&r, &in)) {
		heard_reply((unsigned)r.reply.code, buf_span(&r.reply.text), &at, STEP_MAIL, &out);
		if (r.reply.code < 200 || r.reply.code > 599 || r.reply.text.len > REPLY_KEPT_MAX)
			abort();
	}
	if (r.strays > STRAY_LINES_MAX + 1 || memchr(r.stray, '\0', sizeof r.stray) == NULL)
		abort();
	reply_reader_free(&r);
	return 0;
}
