/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/fault.h"
#include "base/shape.h"

#include <stdlib.h>

enum colour { RED, GREEN, BLUE };

struct leaf {
	uint16_t number;
	char *text;
};

struct every {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	bool flag;
	enum colour colour;
	unsigned code;
	double scale;
	char *text, *here;
	char chars[4];
	struct text_list texts;
	struct span span;
	struct buf secret;
	uint8_t bytes[3];
	unsigned char *data;
	size_t data_len;
	struct leaf value;
	struct leaf *array;
	size_t array_count;
	struct leaf room[2];
	size_t room_count;
	uint8_t low, high;    /* one byte */
};

static void encode_halves(const void *value, struct buf *out)
{
	const struct every *e = value;

	pack_u8(out, (uint8_t)(e->high << 4 | e->low));
}

static void decode_halves(struct unpack *u, void *value)
{
	struct every *e = value;
	uint8_t both = unpack_u8(u);

	e->low = both & 15;
	e->high = both >> 4;
	u->bad |= e->high > 9;
}

static const struct shape_own halves = { encode_halves, decode_halves, 1 };

static const struct shape_field leaf_fields[] = { FIELD(leaf, number), FIELD(leaf, text) };

static bool leaf_fits(const void *value)
{
	return ((const struct leaf *)value)->number != 13;
}

static const struct shape leaf_shape = SHAPE_OF(leaf, leaf_fields, .fits = leaf_fits);

#define BYTES(literal) "" literal, sizeof(literal) - 1
#define LEAF "\0\7" "\0\0\0\1" "x"

/* One row as a whole shape. */
static const struct row {
	const char *what;
	struct shape_field field;
	const char *bytes;
	size_t len;
	bool is_malformed;
} rows[] = {
	{ "u8", FIELD(every, u8), BYTES("\xff"), false },
	{ "u16", FIELD(every, u16), BYTES("\xff\1"), false },
	{ "u32", FIELD(every, u32), BYTES("\xff\1\2\3"), false },
	{ "u64", FIELD(every, u64), BYTES("\xff\1\2\3\4\5\6\7"), false },
	{ "i64", FIELD(every, i64), BYTES("\xff\1\2\3\4\5\6\7"), false },
	{ "a bool", FIELD(every, flag), BYTES("\1"), false },
	{ "a bool of 2", FIELD(every, flag), BYTES("\2"), true },
	{ "an enum's last", FIELD_BELOW(every, colour, BLUE + 1), BYTES("\2"), false },
	{ "an enum's end", FIELD_BELOW(every, colour, BLUE + 1), BYTES("\3"), true },
	{ "a number written shorter", FIELD_NUMBER(every, code, 2, 599), BYTES("\2\x57"), false },
	{ "a number above its bound", FIELD_NUMBER(every, code, 2, 599), BYTES("\2\x58"), true },
	{ "a double", FIELD(every, scale), BYTES("\0\0\0\0\0\0\xc3\x50"), false },

	{ "a text", FIELD(every, text), BYTES("\0\0\0\2" "ab"), false },
	{ "an empty text", FIELD(every, text), BYTES("\0\0\0\0"), false },
	{ "a text with NUL", FIELD(every, text), BYTES("\0\0\0\3" "a\0b"), true },
	{ "a text longer than the input", FIELD(every, text), BYTES("\xff\xff\xff\xff" "ab"), true },
	{ "a text of this process", FIELD_TEXT_HERE(every, here), BYTES(""), false },
	{ "chars", FIELD(every, chars), BYTES("\0\0\0\3" "abc"), false },
	{ "chars with NUL", FIELD(every, chars), BYTES("\0\0\0\2" "a\0"), true },
	{ "texts", FIELD(every, texts), BYTES("\0\0\0\2" "\0\0\0\1" "a" "\0\0\0\0"), false },
	{ "no texts", FIELD(every, texts), BYTES("\0\0\0\0"), false },
	{ "more texts than fit", FIELD(every, texts), BYTES("\0\0\0\3" "\0\0\0\0" "\0\0\0\0"), true },
	{ "texts whose second is malformed", FIELD(every, texts), BYTES("\0\0\0\2" "\0\0\0\1" "a" "\0\0\0\1\0"), true },
	{ "as many texts as can be said", FIELD(every, texts), BYTES("\xff\xff\xff\xff"), true },

	{ "a span", FIELD(every, span), BYTES("\0\0\0\3" "a\0b"), false },
	{ "a secret", FIELD_SECRET(every, secret, 3), BYTES("\0\0\0\3" "a\0b"), false },
	{ "no secret", FIELD_SECRET(every, secret, 3), BYTES("\0\0\0\0"), false },
	{ "a secret above its bound", FIELD_SECRET(every, secret, 3), BYTES("\0\0\0\4" "abcd"), true },
	{ "bytes", FIELD(every, bytes), BYTES("a\0b"), false },
	{ "data", FIELD_DATA(every, data, data_len), BYTES("\0\0\0\3" "a\0b"), false },

	{ "a struct", FIELD_VALUE(every, value, leaf), BYTES(LEAF), false },
	{ "a struct that does not fit", FIELD_VALUE(every, value, leaf), BYTES("\0\15" "\0\0\0\1" "x"), true },
	{ "an array", FIELD_ARRAY(every, array, array_count, leaf, 2), BYTES("\0\0\0\2" LEAF LEAF), false },
	{ "an array of none", FIELD_ARRAY(every, array, array_count, leaf, 2), BYTES("\0\0\0\0"), false },
	{ "an array above its bound", FIELD_ARRAY(every, array, array_count, leaf, 1), BYTES("\0\0\0\2" LEAF LEAF), true },
	{ "an array that cannot be there", FIELD_ARRAY(every, array, array_count, leaf, 0), BYTES("\xff\xff\xff\xff" LEAF), true },
	{ "an array of more than there is", FIELD_ARRAY(every, array, array_count, leaf, 0), BYTES("\0\0\0\2" LEAF), true },
	{ "an array with a malformed text", FIELD_ARRAY(every, array, array_count, leaf, 0),
	  BYTES("\0\0\0\2" LEAF "\0\7" "\0\0\0\1\0"), true },
	{ "an array whose last does not fit", FIELD_ARRAY(every, array, array_count, leaf, 0),
	  BYTES("\0\0\0\2" LEAF "\0\15" "\0\0\0\0"), true },
	{ "room", FIELD_ROOM(every, room, room_count, leaf), BYTES("\0\0\0\2" LEAF LEAF), false },
	{ "more than there is room for", FIELD_ROOM(every, room, room_count, leaf), BYTES("\0\0\0\3" LEAF LEAF LEAF), true },
	{ "what has functions of its own", FIELD_OWN(&halves), BYTES("\x94"), false },
	{ "what they refuse", FIELD_OWN(&halves), BYTES("\xa4"), true },
	{ "a version", FIELD_VERSION(7), BYTES("\7"), false },
	{ "another version", FIELD_VERSION(7), BYTES("\10"), true },
	{ "no member", { .kind = SHAPE_NONE }, BYTES(""), false },
};

static bool is_zero(const void *value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (((const char *)value)[i])
			return false;
	return true;
}

/* Refused, with all zero and nothing left to free (which a sanitizer sees). */
static bool is_refused(const struct shape *shape, struct span in)
{
	struct every e;

	memset(&e, 0x55, sizeof e);
	return shape_decode(shape, in, &e) == -1 && is_zero(&e, sizeof e);
}

/* Its own copy, so that a sanitizer sees a byte read beyond it. */
static size_t cuts_taken(const struct shape *shape, struct span in)
{
	size_t taken = 0;

	for (size_t len = 0; len < in.len; len++) {
		char *copy = malloc(len + 1);
		memcpy(copy, in.at, len);
		taken += !is_refused(shape, (struct span){ copy, len });
		free(copy);
	}
	return taken;
}

static void each_kind(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct shape shape = { &row->field, 1, sizeof(struct every), NULL };
		struct span in = { row->bytes, row->len };
		struct buf again = { 0 };
		struct every e;
		if (row->is_malformed) {
			ok(is_refused(&shape, in), "%s is refused", row->what);
			continue;
		}
		memset(&e, 0x55, sizeof e);
		ok(shape_decode(&shape, in, &e) == 0, "%s is read", row->what);
		shape_encode(&shape, &e, &again);
		is_span(buf_span(&again), in, "and written as it was");
		shape_free(&shape, &e);
		ok(is_zero(&e, sizeof e), "freed it is zero");
		buf_add_byte(&again, 0);
		ok(is_refused(&shape, buf_span(&again)) && cuts_taken(&shape, in) == 0, "no longer and no shorter one is read");
		buf_free(&again);
	}
}

static bool has(const struct shape *shape, const struct shape_field *f)
{
	for (size_t i = 0; i < shape->count; i++)
		if (shape->fields[i].kind == f->kind && shape->fields[i].offset == f->offset)
			return true;
	return false;
}

/* The first row of each member that is read, behind each other. */
static void all_kinds(void)
{
	struct shape_field fields[sizeof rows / sizeof rows[0]];
	struct shape shape = { fields, 0, sizeof(struct every), NULL };
	struct buf in = { 0 }, again = { 0 };
	struct every e;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].is_malformed || has(&shape, &rows[i].field))
			continue;
		fields[shape.count++] = rows[i].field;
		buf_add(&in, rows[i].bytes, rows[i].len);
	}
	is_int(shape_decode(&shape, buf_span(&in), &e), 0, "a struct of all kinds");
	is_int(e.i64, -71773907085621753, "a negative number");
	is_int(e.code, 599, "a number of another size");
	ok(e.scale > 0.0499 && e.scale < 0.0501, "a double");
	is_text(e.texts.items[0], "a", "a text of a list");
	is_text(e.array[1].text, "x", "a text in an array");
	ok(e.span.at > in.at && e.span.at < in.at + in.len, "a span borrows");
	ok(e.low == 4 && e.high == 9, "what has functions of its own");
	e.here = mem_text("freed with the rest");
	shape_encode(&shape, &e, &again);
	is_span(buf_span(&again), buf_span(&in), "is written as it was");
	is_int((long long)cuts_taken(&shape, buf_span(&in)), 0, "cut anywhere it is refused");
	shape_free(&shape, &e);
	shape_free(&shape, &e);
	ok(is_zero(&e, sizeof e), "and may be freed twice");
	buf_free(&in);
	buf_free(&again);
}

static void odd_values(void)
{
	static const struct shape_field fields[] = { FIELD(every, text), FIELD(every, chars) };
	const struct shape shape = SHAPE_OF(every, fields);
	struct every e = { .chars = "abc" };
	struct buf out = { 0 };

	shape_encode(&shape, &e, &out);
	is_span(buf_span(&out), SPAN("\0\0\0\0" "\0\0\0\3" "abc"), "a NULL text is written as an empty one");
	is_int(shape_decode(&shape, SPAN("\0\0\0\0" "\0\0\0\5" "abcde"), &e), 0, "chars that are too long");
	is_text(e.chars, "abc", "are cut");
	shape_free(&shape, &e);
	ok(is_refused(&shape, (struct span){ 0 }), "nothing at all is refused");
	buf_free(&out);
}

static void faults(void)
{
	struct fault f = { 0 }, back;
	struct buf out = { 0 };

	fault_set(&f, FAULT_PERMANENT, "5.1.2", "no such domain: %s", "x.example");
	shape_encode(&fault_shape, &f, &out);
	is_int(shape_decode(&fault_shape, buf_span(&out), &back), 0, "a fault");
	ok(memcmp(&f, &back, sizeof f) == 0, "is read as it was");
	out.at[0] = FAULT_POLICY + 1;
	is_int(shape_decode(&fault_shape, buf_span(&out), &back), -1, "a kind that there is not");
	buf_free(&out);
}

int main(void)
{
	int each = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		each += rows[i].is_malformed ? 1 : 4;
	tap_plan(each + 18);
	each_kind();
	all_kinds();
	odd_values();
	faults();
	return tap_done();
}
