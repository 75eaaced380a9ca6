/* SPDX-License-Identifier: ISC */
/*
 * The first byte says whose queue a file is from. What is read from it goes
 * into a record that our own reader takes back: a sender and recipients that are addresses.
 */
#include "base/mail/address.h"
#include "signet/import/waiting.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(struct record *r, struct span message, bool strict)
{
	struct record back;
	struct buf head = { 0 };
	struct fault f;

	waiting_id("dma", "Q1", r, message, r->id);
	record_encode_head(r, &head);
	if (record_decode_head(buf_span(&head), &back, &f) <= 0 || back.recipient_count != r->recipient_count)
		abort();
	/* What an argument of msmtp names may bounce as it is, as with sendmail. */
	for (size_t i = 0; strict && i < r->recipient_count; i++)
		if (address_check(span_of(r->recipients[i].address), &f) < 0)
			abort();
	record_free(&back);
	buf_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r;
	struct fault f;
	size_t body = 0;
	int64_t arrived_s;
	bool from_header;
	int result;

	if (size == 0)
		return 0;
	struct span text = { (const char *)data + 1, size - 1 };
	switch (data[0] % 4) {
	case 0:
		result = waiting_read_dma(text, &r, &f);
		break;
	case 1:
		result = waiting_read_nullmailer(text, &r, &body, &f);
		if (body > text.len)
			abort();
		break;
	case 2:
		result = waiting_read_msmtp(text, &r, &from_header, &f);
		break;
	default:
		result = waiting_read_postcat(text, &r, &arrived_s, &f);
		break;
	}
	if (result == 0)
		check_record(&r, text, data[0] % 4 != 2);
	record_free(&r);
	return 0;
}
