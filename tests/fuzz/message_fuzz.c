/* SPDX-License-Identifier: ISC */
/* The message reader: fields and body make up the whole input, in order. */
#include "base/mail/message.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = message_skip_mbox((struct span){ (const char *)data, size });
	struct span rest = message;
	struct field field, found;
	const char *at = message.at;

	while (message_next_field(&rest, &field)) {
		if (field.raw.at != at || field.name.len == 0 || field.value.at < field.name.at + field.name.len)
			abort();
		at = field.raw.at + field.raw.len;
		if (rest.at != at || field.value.at + field.value.len > at)
			abort();
		if (!message_find_field(message, field.name, 0, &found))
			abort();
	}
	if ((size_t)(rest.at - message.at) != message_body_offset(message) || rest.at < at)
		abort();
	struct span half = { message.at, message.len / 2 };
	if (message_header_complete(half) && message_body_offset(half) != message_body_offset(message))
		abort();
	return 0;
}
