/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/archive.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

/* ---- making ---- */

static void gzip(struct span in, struct buf *out)
{
	z_stream z = { 0 };

	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
	buf_reserve(out, deflateBound(&z, in.len));
	z.next_in = (Bytef *)(uintptr_t)in.at;
	z.avail_in = (uInt)in.len;
	z.next_out = (Bytef *)out->at + out->len;
	z.avail_out = (uInt)deflateBound(&z, in.len);
	deflate(&z, Z_FINISH);
	out->len += z.total_out;
	deflateEnd(&z);
}

static void number(struct buf *out, uint32_t n, size_t bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		buf_add_byte(out, (char)(n & 0xff));
}

struct member { const char *name; struct span content; unsigned method, flags; uint32_t check_off; };

static void zip(const struct member *m, size_t count, struct buf *out)
{
	struct buf directory = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct buf packed = { 0 }, whole = { 0 };
		uint32_t check = (uint32_t)crc32(0, (const Bytef *)m[i].content.at, (uInt)m[i].content.len) + m[i].check_off;
		size_t at = out->len, name = strlen(m[i].name);
		if (m[i].method == 8) {       /* what gzip has between its header and its trailer */
			gzip(m[i].content, &whole);
			buf_add(&packed, whole.at + 10, whole.len - 18);
		} else {
			buf_add_span(&packed, m[i].content);
		}
		for (int central = 0; central < 2; central++) {
			struct buf *to = central ? &directory : out;
			buf_add(to, central ? "PK\1\2\24\0" : "PK\3\4", central ? 6 : 4);
			number(to, 20, 2);
			number(to, m[i].flags, 2);
			number(to, m[i].method, 2);
			number(to, 0, 4);
			number(to, check, 4);
			number(to, (uint32_t)packed.len, 4);
			number(to, (uint32_t)m[i].content.len, 4);
			number(to, (uint32_t)name, 2);
			number(to, 0, 2);
			if (central) {
				number(to, 0, 2 + 2 + 2);
				number(to, 0, 4);
				number(to, (uint32_t)at, 4);
			}
			buf_add(to, m[i].name, name);
		}
		buf_add_span(out, buf_span(&packed));
		buf_free(&packed);
		buf_free(&whole);
	}
	size_t at = out->len;
	buf_add_span(out, buf_span(&directory));
	buf_add(out, "PK\5\6\0\0\0\0", 8);
	number(out, (uint32_t)count, 2);
	number(out, (uint32_t)count, 2);
	number(out, (uint32_t)directory.len, 4);
	number(out, (uint32_t)at, 4);
	number(out, 0, 2);
	buf_free(&directory);
}

/* ---- reading ---- */

static int take(void *context, struct span content, struct fault *f)
{
	struct buf *all = context;

	(void)f;
	buf_printf(all, "[%.*s]", (int)(content.len < 100 ? content.len : 100), content.len ? content.at : "");
	return 0;
}

static void reads(struct span bytes, const char *want, const char *name)
{
	struct buf all = { 0 };
	struct fault f = { 0 };
	int result = archive_read(bytes, take, &all, &f);

	if (result < 0)
		ok(strstr(f.text, want) != NULL, "%s: %s", name, f.text);
	else
		is_text(buf_text(&all), want, "%s", name);
	buf_free(&all);
}

static void containers(void)
{
	const struct member two[] = { { "a.xml", SPAN("first"), 0, 0, 0 }, { "d/", SPAN(""), 0, 0, 0 }, { "b.xml", SPAN("second second second"), 8, 0, 0 } };
	const struct member locked[] = { { "a", SPAN("x"), 0, 1, 0 } }, odd[] = { { "a", SPAN("x"), 14, 0, 0 } };
	const struct member wrong[] = { { "a", SPAN("x"), 0, 0, 1 } };
	struct buf z = { 0 }, g = { 0 }, inner = { 0 };

	reads(SPAN("plain"), "[plain]", "what is no container is itself");
	reads(SPAN(""), "[]", "nothing, too");
	gzip(SPAN("hello "), &g);
	gzip(SPAN("world"), &g);
	reads(buf_span(&g), "[hello world]", "gzip, in two streams");
	buf_add(&g, "\0\0\0", 3);
	reads(buf_span(&g), "[hello world]", "and padding");
	reads((struct span){ g.at, g.len / 2 - 4 }, "cut off", "gzip that is cut off");
	g.at[12] ^= 0x55;
	reads(buf_span(&g), "damaged", "gzip that is damaged");
	reads(SPAN("\x1f\x8b"), "cut off", "gzip that only begins");

	zip(two, 3, &z);
	reads(buf_span(&z), "[first][second second second]", "zip: stored, a folder, deflated");
	reads((struct span){ z.at, z.len - 10 }, "cut off", "zip that is cut off");
	buf_add(&inner, z.at, z.len);
	buf_clear(&g);
	gzip(buf_span(&inner), &g);
	reads(buf_span(&g), "another archive", "zip in gzip");
	const struct member nested[] = { { "a.zip", buf_span(&inner), 8, 0, 0 } };
	buf_clear(&z);
	zip(nested, 1, &z);
	reads(buf_span(&z), "another archive", "zip in zip");
	buf_clear(&z);
	zip(locked, 1, &z);
	reads(buf_span(&z), "encrypted", "an encrypted file");
	buf_clear(&z);
	zip(odd, 1, &z);
	reads(buf_span(&z), "method 14", "a method that is not known");
	buf_clear(&z);
	zip(wrong, 1, &z);
	reads(buf_span(&z), "checksum", "another checksum");
	buf_clear(&z);
	zip(NULL, 0, &z);
	reads(buf_span(&z), "empty", "an empty one");
	buf_free(&z);
	buf_free(&g);
	buf_free(&inner);
}

/* What is promised or packed costs nothing. */
static void bombs(void)
{
	size_t size = 100 * 1024 * 1024;
	char *zeros = calloc(1, size);
	struct member *many = calloc(10000, sizeof *many);
	struct buf z = { 0 }, g = { 0 };
	const struct member big[] = { { "a", { zeros, size }, 8, 0, 0 } };

	gzip((struct span){ zeros, size }, &g);
	reads(buf_span(&g), "unpacks into more", "a hundred MiB of zeros in gzip");
	zip(big, 1, &z);
	reads(buf_span(&z), "unpacks into more", "and in zip");
	for (size_t i = 0; i < 10000; i++)
		many[i] = (struct member){ "a", SPAN("x"), 0, 0, 0 };
	buf_clear(&z);
	zip(many, 10000, &z);
	reads(buf_span(&z), "10000 files", "ten thousand files");
	buf_clear(&g);
	gzip((struct span){ zeros, 5 * 1024 * 1024 }, &g);
	reads(buf_span(&g), "unpacks into more", "a thousand times what it is");
	buf_clear(&g);
	gzip((struct span){ zeros, 1024 * 1024 }, &g);
	reads(buf_span(&g), "[]", "but a little may be packed well");
	for (int i = 0; i < 100; i++)
		gzip(SPAN("x"), &g);
	reads(buf_span(&g), "unpacks into more", "a hundred streams");
	free(zeros);
	free(many);
	buf_free(&z);
	buf_free(&g);
}

int main(void)
{
	tap_plan(21);
	containers();
	bombs();
	return tap_done();
}
