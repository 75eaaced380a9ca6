/* SPDX-License-Identifier: ISC */
/* A line of the address test dialogue: an address has something in it, and no NUL or line end that was not quoted. */
#include "signet/way/dialogue.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + !size);
	struct buf address = { 0 };
	struct fault f = { 0 };

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	enum dialogue_says says = dialogue_read((struct span){ copy, size }, &address, &f);
	if ((says == DIALOGUE_WRONG) != (f.kind != FAULT_NONE) || (says != DIALOGUE_ADDRESS && address.len > 0) ||
	    (address.len > 0 && memchr(address.at, '\0', address.len)))
		abort();
	buf_free(&address);
	free(copy);
	return 0;
}
