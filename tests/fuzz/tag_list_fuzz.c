/* SPDX-License-Identifier: ISC */
/* Tag lists, base64 and quoted-printable: what is taken stands in the input, and decoding undoes encoding. */
#include "base/base64.h"
#include "sign/tag_text.h"
#include "sign/tags.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span whole)
{
	if (part.at < whole.at || part.at + part.len > whole.at + whole.len)
		abort();
}

static void check_base64(struct span bytes)
{
	struct buf coded = { 0 }, decoded = { 0 }, other = { 0 };

	base64_encode(bytes, &coded);
	if (!base64_decode(buf_span(&coded), &decoded) || !span_eq(buf_span(&decoded), bytes))
		abort();
	base64_decode(bytes, &other);
	if (other.len > bytes.len)
		abort();
	buf_free(&coded);
	buf_free(&decoded);
	buf_free(&other);
}

static void check_quoted_printable(struct span bytes)
{
	struct buf coded = { 0 }, decoded = { 0 }, other = { 0 };

	tag_text_encode(bytes, &coded);
	tag_text_decode(buf_span(&coded), &decoded);
	if (!span_eq(buf_span(&decoded), bytes) || memchr(buf_text(&coded), ';', coded.len))
		abort();
	tag_text_decode(bytes, &other);
	if (other.len > bytes.len)
		abort();
	buf_free(&coded);
	buf_free(&decoded);
	buf_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span list = { (const char *)data, size };
	struct tags t;

	check_base64(list);
	check_quoted_printable(list);
	if (tags_parse(list, &t))
		return 0;
	if (t.count == 0 || t.count > TAGS_MAX)
		abort();
	for (size_t i = 0; i < t.count; i++) {
		check_inside(t.items[i].name, list);
		check_inside(t.items[i].room, list);
		check_inside(t.items[i].value, t.items[i].room);
		tags_list_has(t.items[i].value, "sha256");
	}
	return 0;
}
