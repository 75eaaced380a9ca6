/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/sha256.h"

#include <stdlib.h>

/* FIPS 180-4's examples; each length at which the padding changes, as sha256sum(1) has it. */
static const struct {
	size_t times;
	const char *text, *want;
} rows[] = {
	{ 1, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ 1, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ 1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ 1000000, "a", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ 55, "a", "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
	{ 56, "a", "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
	{ 63, "a", "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
	{ 64, "a", "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
	{ 65, "a", "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf text = { 0 }, got = { 0 };
		uint8_t sum[SHA256_BYTES];
		for (size_t n = 0; n < rows[i].times; n++)
			buf_add_text(&text, rows[i].text);
		sha256(buf_span(&text), sum);
		for (size_t b = 0; b < sizeof sum; b++)
			buf_printf(&got, "%02x", sum[b]);
		is_text(buf_text(&got), rows[i].want, "%zu bytes", text.len);
		buf_free(&text);
		buf_free(&got);
	}
	return tap_done();
}
