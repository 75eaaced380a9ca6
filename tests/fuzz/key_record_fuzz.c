/* Key records as DNS gives them, down to the key inside. */
#include "sign/base64.h"
#include "sign/key.h"
#include "sign/record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_record record;
	const char *why = NULL;
	struct buf bytes = { 0 };

	if (key_record_parse((struct span){ (const char *)data, size }, &record, &why) != RECORD_USABLE) {
		if (why == NULL)
			abort();
		return 0;
	}
	if (record.p.len == 0)
		abort();
	if (base64_decode(record.p, &bytes)) {
		struct public_key *key = public_key_new(record.type, buf_span(&bytes));
		if (key) {
			struct digest digest = { .len = 32 };
			public_key_verify(key, DIGEST_SHA256, &digest, SPAN("no signature of this key"));
		}
		public_key_free(key);
	}
	buf_free(&bytes);
	return 0;
}
