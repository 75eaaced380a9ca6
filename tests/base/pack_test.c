/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/pack.h"

#include <stdlib.h>

static void round_trip(void)
{
	struct buf b = { 0 };
	char bytes[3];

	pack_u8(&b, 200);
	pack_u16(&b, 65000);
	pack_u32(&b, 4000000000u);
	pack_u64(&b, 5000000000u);
	pack_text(&b, NULL);
	pack_span(&b, SPAN("a\0b"));
	pack_number(&b, 0x010203, 3);
	pack_number(&b, UINT64_MAX - 1, 8);
	buf_add_text(&b, "xyz");
	struct unpack u = unpack_from(buf_span(&b));
	is_int(unpack_u8(&u), 200, "u8");
	is_int(unpack_u16(&u), 65000, "u16");
	is_int(unpack_u32(&u), 4000000000u, "u32");
	is_int((long long)unpack_u64(&u), 5000000000, "u64");
	is_span(unpack_span(&u), SPAN(""), "a NULL text is empty");
	is_span(unpack_span(&u), SPAN("a\0b"), "a span keeps its NUL");
	is_int((long long)unpack_number(&u, 3), 0x010203, "a number of three bytes");
	is_int((long long)unpack_number(&u, 8), -2, "and of eight");
	unpack_bytes(&u, bytes, sizeof bytes);
	is_span(((struct span){ bytes, sizeof bytes }), SPAN("xyz"), "bytes as they are");
	ok(unpack_ok(&u), "all was read, nothing is left");

	size_t cut = 0;
	for (; cut < b.len; cut++) {
		u = unpack_from((struct span){ b.at, cut });
		unpack_u8(&u);
		unpack_u16(&u);
		unpack_u32(&u);
		unpack_u64(&u);
		unpack_span(&u);
		unpack_span(&u);
		unpack_number(&u, 3);
		unpack_number(&u, 8);
		unpack_bytes(&u, bytes, sizeof bytes);
		if (unpack_ok(&u))
			break;
	}
	is_int(cut, b.len, "every shorter input is bad");
	is_span(((struct span){ bytes, sizeof bytes }), SPAN("\0\0\0"), "and gives zeros");
	buf_free(&b);
}

static void hostile(void)
{
	struct unpack u = unpack_from(SPAN("\xff\xff\xff\xff""abc"));
	is_int(unpack_span(&u).len, 0, "an oversized span is empty");
	ok(u.bad, "and bad");
	u = unpack_from(SPAN("\x7f\xff\xff\xff""abc"));
	is_int(unpack_count(&u, 4), 0, "a count that cannot fit is refused");
	u = unpack_from(SPAN("\0\0\0\3" "a\0b"));
	char *text = unpack_text(&u);
	ok(u.bad, "a NUL inside a text is refused");
	is_text(text, "", "and yields an empty text");
	free(text);
}

int main(void)
{
	tap_plan(17);
	round_trip();
	hostile();
	return tap_done();
}
