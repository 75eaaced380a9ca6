/* SPDX-License-Identifier: ISC */
#include "base/mail/duplicates.h"

#include "base/mail/address.h"

#include <stdlib.h>

struct numbered {
	struct span address;
	size_t local_len;
	size_t index;
};

/* Any order will do. The @ counts: "al@" is not "al". */
static int compare_addresses(const struct numbered *a, const struct numbered *b)
{
	if (a->address.len != b->address.len)
		return a->address.len < b->address.len ? -1 : 1;
	if (a->local_len != b->local_len)
		return a->local_len < b->local_len ? -1 : 1;
	int order = a->local_len > 0 ? memcmp(a->address.at, b->address.at, a->local_len) : 0;
	for (size_t i = a->local_len; order == 0 && i < a->address.len; i++)
		order = byte_lower(a->address.at[i]) - byte_lower(b->address.at[i]);
	return order;
}

static int by_address(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int order = compare_addresses(a, b);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

void duplicates_find(const struct span *addresses, size_t count, size_t *first)
{
	struct numbered *sorted = mem_resize(NULL, count + 1, sizeof *sorted);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		sorted[i] = (struct numbered){ addresses[i], address_local(addresses[i]).len, i };
	qsort(sorted, count, sizeof *sorted, by_address);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_addresses(&sorted[kept], &sorted[i]) != 0)
			kept = i;
		first[sorted[i].index] = sorted[kept].index;
	}
	free(sorted);
}
