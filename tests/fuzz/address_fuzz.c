/* SPDX-License-Identifier: ISC */
/* Address lists: whatever is parsed lies inside the input, and its normal form parses to itself. */
#include "base/mail/address.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void check_stable(const char *address)
{
	struct address_list again;

	expect(address_list_parse(span_of(address), &again, NULL) == 0);
	expect(again.count == 1 && strcmp(again.items[0].address, address) == 0);
	address_list_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = { (const char *)data, size };
	static const enum address_separators all[] = { ADDRESS_BLANKS_TOO, ADDRESS_COMMAS, ADDRESS_AUTHORS };
	enum address_separators separators = all[size % 3];
	struct address_reader reader = address_reader_of(value, separators);
	struct address address;
	struct buf domain = { 0 };
	struct span raw;
	struct fault f;
	int got;

	while ((got = address_next(&reader, &address, &raw, &f)) != 0) {
		struct span part = got > 0 ? address.spec : raw;
		expect(part.at >= value.at && part.at + part.len <= value.at + value.len);
		if (got > 0)
			check_stable(address.address);
		free(address.address);
	}
	if (address_check(value, &f) == 0)
		expect(memchr(data, '\n', size) == NULL && memchr(data, '\0', size) == NULL);
	if (domain_normalise(value, &domain) == 0)
		expect(domain_is_within(value, buf_span(&domain)));
	buf_free(&domain);
	return 0;
}
