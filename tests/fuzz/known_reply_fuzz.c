#include "base/reply.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A fault with any text: the reply in it lies within, and a row that is found says all that it must. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault f;

	fault_set(&f, FAULT_PERMANENT, "5.0.0", "mx said: %.*s", (int)size, (const char *)data);
	struct span reply = reply_in(span_of(f.text));
	if (reply.len > 0 && (reply.at < f.text || reply.at + reply.len > f.text + strlen(f.text)))
		abort();
	const struct known_reply *row = reply_known(&f);
	if (row && (row->about == REFUSAL_UNKNOWN || row->means[0] == '\0'))
		abort();
	reply_find(550, (struct span){ (const char *)data, size });
	return 0;
}
