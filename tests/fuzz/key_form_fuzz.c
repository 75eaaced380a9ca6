/* SPDX-License-Identifier: ISC */
/* What a file may hold that should be a key: it always has a name, and a command never a backslash. */
#include "sign/key_form.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault f = { 0 };

	if (key_form_explain((struct span){ (const char *)data, size }, "a file's name", &f) != -1 || f.text[0] == '\0' ||
	    strchr(f.text, '\\'))
		abort();
	return 0;
}
