/* SPDX-License-Identifier: ISC */
/* The records of an MX answer, and of SRV answers among them, each with its length before it, are put in order and cut. */
#include "dns/exchange.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_order(const struct exchange_list *list)
{
	if (list->count > EXCHANGES_MAX)
		abort();
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].host[0] == '\0' ||
		    (i > 0 && list->items[i].preference < list->items[i - 1].preference))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct exchange_list list = { 0 };
	struct span rest = { (const char *)bytes, len };

	while (rest.len > 0) {
		size_t bytes_of = (unsigned char)rest.at[0];
		struct span rdata = { rest.at + 1, bytes_of < rest.len - 1 ? bytes_of : rest.len - 1 };
		if (bytes_of % 2)
			exchange_list_add_srv(&list, rdata, bytes_of % 4 == 1);
		else
			exchange_list_add(&list, rdata);
		rest = (struct span){ rdata.at + rdata.len, rest.len - 1 - rdata.len };
	}
	exchange_list_is_null(&list);
	exchange_list_order(&list);
	check_order(&list);
	size_t before = list.count;
	if (exchange_list_cut_own(&list, "mx.example.org") != (list.count < before))
		abort();
	check_order(&list);
	exchange_list_free(&list);
	return 0;
}
