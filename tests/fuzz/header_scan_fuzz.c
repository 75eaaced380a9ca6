/* SPDX-License-Identifier: ISC */
/* The header section: its fields and the body are the input, however it is cut. */
#include "sign/fields.h"
#include "sign/header.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the length of the body. */
static size_t feed(struct header *h, struct span text, size_t step)
{
	size_t body = 0;

	for (size_t at = 0; at < text.len; at += step) {
		struct span piece = { text.at + at, text.len - at < step ? text.len - at : step };
		if (header_feed(h, &piece, NULL) == 1)
			body += piece.len;
	}
	header_finish(h, NULL);
	return body;
}

/* Every field is chosen once, from the bottom up. */
static void check_choice(struct header *h)
{
	size_t chosen = 0, named = 0;
	struct field_names names;

	for (size_t i = 0; i < header_count(h); i++)
		named += header_at(h, i)->name.len > 0;
	for (size_t i = 0; i < header_count(h); i++)
		while (header_next(h, header_at(h, i)->name))
			chosen++;
	if (chosen != named)
		abort();
	if (fields_to_sign(NULL, h, &names, NULL) == 0)
		field_names_free(&names);
	if (fields_present(NULL, h, &names, NULL) == 0)
		field_names_free(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct header *whole = header_new(), *cut = header_new();
	size_t body = feed(whole, text, size + 1), sum = 0;

	if (feed(cut, text, size > 0 ? data[0] % 13 + 1U : 1) != body || header_count(cut) != header_count(whole))
		abort();
	for (size_t i = 0; i < header_count(whole); i++) {
		if (!span_eq(header_at(whole, i)->raw, header_at(cut, i)->raw))
			abort();
		sum += header_at(whole, i)->raw.len;
	}
	if (sum + body > size)
		abort();
	check_choice(whole);
	header_free(whole);
	header_free(cut);
	return 0;
}
