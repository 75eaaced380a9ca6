/* SPDX-License-Identifier: ISC */
/* The list of domains that signet check is given: what is taken from it is names alone, each once, and reads back as itself. */
#include "signet/trust/domain_list.h"

#include "base/buf.h"
#include "dns/dns.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_list list = { 0 }, again = { 0 };
	struct buf text = { 0 };
	struct fault f = { 0 };

	if (domain_list_read("LIST", (struct span){ (const char *)data, size }, &list, &f) == 0) {
		for (size_t i = 0; i < list.count; i++) {
			if (!dns_name_is_valid(list.items[i]))
				abort();
			buf_printf(&text, "%s\n", list.items[i]);
		}
		if (domain_list_read("LIST", buf_span(&text), &again, &f) < 0 || !text_list_eq(&list, &again))
			abort();
	} else if (f.kind == FAULT_NONE) {
		abort();     /* refused, and no reason */
	}
	text_list_free(&list);
	text_list_free(&again);
	buf_free(&text);
	return 0;
}
