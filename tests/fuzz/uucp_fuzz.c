/* SPDX-License-Identifier: ISC */
/* What rmail reads: whole lines from the front of a message, and an address that has no more bytes than its path. */
#include "sendmail-shim/uucp.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + !size);      /* of its own size, so that a byte read behind it is seen */
	struct buf path = { 0 }, address = { 0 };

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	size_t taken = uucp_from_lines((struct span){ copy, size }, &path);
	if (taken > size || taken > UUCP_LINES_MAX || (taken > 0 && copy[taken - 1] != '\n') || (taken == 0 && path.len > 0) ||
	    path.len > size)
		abort();
	uucp_address(buf_span(&path), &address);
	if (address.len > path.len || (path.len > 0 && address.len == 0))
		abort();
	buf_clear(&address);
	uucp_address((struct span){ copy, size }, &address);
	if (address.len > size || (size > 0 && address.len == 0))
		abort();
	buf_free(&path);
	buf_free(&address);
	free(copy);
	return 0;
}
