/* SPDX-License-Identifier: ISC */
/*
 * shape - a struct as a constant table of its members, by which its values are
 * written as bytes, read from bytes, and freed.
 *
 * There is a row for each member, in the order of the bytes. Integers, texts
 * and spans have the form of base/pack.h.
 *
 * shape_decode takes bytes from anyone. Malformed is an input that ends early
 * or goes on, a number above its bound, a bool other than 0 and 1, a text with
 * a NUL in it, more elements than are allowed, and what the shape's `fits`
 * refuses. What was read until then is freed, the value is zero, and the
 * result is -1. A count that the rest of the input cannot hold is refused
 * before anything is allocated, so that memory stays in proportion to the
 * input.
 *
 * In a decoded value texts are never NULL, arrays without elements are NULL,
 * and spans borrow from the input. A member without a row is zero, and is
 * never freed.
 */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include "base/pack.h"
#include "base/text_list.h"

enum shape_kind {
	SHAPE_NONE,         /* nothing */
	SHAPE_NUMBER,       /* an integer, an enum or a bool */
	SHAPE_MILLIONTHS,   /* a double that is not negative, to six places */
	SHAPE_CHARS,        /* char[], where a longer text is cut */
	SHAPE_BYTES,        /* uint8_t[], without a length before it */
	SHAPE_SPAN,         /* struct span, borrowed */
	SHAPE_OWN,          /* a function of its own writes it, and one reads it */
	SHAPE_VERSION,      /* no member: a byte that is what `most` says */

	SHAPE_TEXT,         /* char *; NULL is written as "". From here on they hold memory */
	SHAPE_TEXT_HERE,    /* the same, neither written nor read, only freed */
	SHAPE_TEXTS,        /* struct text_list */
	SHAPE_SECRET,       /* struct buf, overwritten when it is freed */
	SHAPE_DATA,         /* unsigned char * and its length */
	SHAPE_VALUE,        /* a struct inside this one */
	SHAPE_ARRAY,        /* a pointer to structs, and their count */
	SHAPE_ROOM,         /* room for structs inside this one, and how many there are */
};

struct shape_own {
	void (*encode)(const void *value, struct buf *out);   /* value: the struct, not a member */
	void (*decode)(struct unpack *u, void *value);        /* sets u->bad; allocates nothing that it leaves in the value */
	size_t least_bytes;                                   /* the fewest that encode writes */
};

struct shape_field {
	enum shape_kind kind;
	uint32_t offset;
	uint32_t bytes;               /* of the member */
	uint32_t packed_bytes;        /* NUMBER: as written */
	uint32_t count_offset;        /* DATA, ARRAY, ROOM: of the size_t */
	uint64_t most;                /* a NUMBER's value, a SECRET's bytes, an ARRAY's or ROOM's elements; 0: no bound */
	union {
		const struct shape *of;       /* VALUE, ARRAY, ROOM */
		const struct shape_own *own;
	};
};

struct shape {
	const struct shape_field *fields;
	size_t count;
	size_t bytes;                          /* of the struct */
	bool (*fits)(const void *value);       /* what no row can say of a decoded value; NULL: it always does */
};

void shape_encode(const struct shape *shape, const void *value, struct buf *out);   /* appends */
int shape_decode(const struct shape *shape, struct span in, void *value);           /* 0, or -1: malformed */
void shape_free(const struct shape *shape, void *value);                            /* what it holds; it is zeroed */

/* One member, for tables of another kind. Decoding does not free what was there; freeing leaves the member empty. */
void shape_encode_field(const struct shape_field *f, const void *value, struct buf *out);
void shape_decode_field(const struct shape_field *f, struct unpack *u, void *value);
void shape_free_field(const struct shape_field *f, void *value);

extern const struct shape fault_shape;   /* base/fault.h */

/* Declares NAME_shape of a struct NAME, and makes NAME_encode, NAME_decode and NAME_free of it. */
#define SHAPE_CODEC(name) \
	extern const struct shape name##_shape; \
	static inline void name##_encode(const struct name *v, struct buf *out) { shape_encode(&name##_shape, v, out); } \
	static inline int name##_decode(struct span in, struct name *out) { return shape_decode(&name##_shape, in, out); } \
	static inline void name##_free(struct name *v) { shape_free(&name##_shape, v); }

/* The shape of a struct, given its rows; `.fits = …` may follow. */
#define SHAPE_OF(name, rows, ...) \
	{ .fields = rows, .count = sizeof (rows) / sizeof (rows)[0], .bytes = sizeof(struct name), __VA_ARGS__ }

/*
 * Rows. `type` is the struct's tag. FIELD takes the kind from the member's
 * type; where there is none for it, it does not compile. An enum needs
 * FIELD_BELOW: C takes it for an unsigned int, which has no bound.
 */
#define SHAPE_MEMBER(type, member) ((struct type *)0)->member
#define SHAPE_AT(type, member) .offset = offsetof(struct type, member), .bytes = sizeof SHAPE_MEMBER(type, member)

#define FIELD(type, member) { SHAPE_AT(type, member), .packed_bytes = sizeof SHAPE_MEMBER(type, member), \
	.most = _Generic(&SHAPE_MEMBER(type, member), bool *: 1, default: 0), \
	.kind = _Generic(&SHAPE_MEMBER(type, member), \
		bool *: SHAPE_NUMBER, uint8_t *: SHAPE_NUMBER, uint16_t *: SHAPE_NUMBER, uint32_t *: SHAPE_NUMBER, \
		uint64_t *: SHAPE_NUMBER, int64_t *: SHAPE_NUMBER, double *: SHAPE_MILLIONTHS, char **: SHAPE_TEXT, \
		struct text_list *: SHAPE_TEXTS, struct span *: SHAPE_SPAN, \
		char (*)[sizeof SHAPE_MEMBER(type, member)]: SHAPE_CHARS, \
		uint8_t (*)[sizeof SHAPE_MEMBER(type, member)]: SHAPE_BYTES) }

/* An integer that is written as so many bytes, whatever its size. */
#define FIELD_NUMBER(type, member, as_bytes, bound) \
	{ SHAPE_AT(type, member), .kind = SHAPE_NUMBER, .packed_bytes = (as_bytes), .most = (bound) }

/* An enum, or bits, written as one byte: less than `end`. */
#define FIELD_BELOW(type, member, end) FIELD_NUMBER(type, member, 1, (end) - 1)

#define FIELD_TEXT_HERE(type, member) \
	{ SHAPE_AT(type, member), .kind = _Generic(SHAPE_MEMBER(type, member), char *: SHAPE_TEXT_HERE) }

#define FIELD_SECRET(type, member, bound) \
	{ SHAPE_AT(type, member), .kind = _Generic(SHAPE_MEMBER(type, member), struct buf: SHAPE_SECRET), .most = (bound) }

#define SHAPE_COUNT_AT(type, counter) \
	.count_offset = offsetof(struct type, counter) + 0 * _Generic(SHAPE_MEMBER(type, counter), size_t: 1)

#define FIELD_DATA(type, member, counter) { SHAPE_AT(type, member), SHAPE_COUNT_AT(type, counter), \
	.kind = _Generic(SHAPE_MEMBER(type, member), unsigned char *: SHAPE_DATA) }

/* Structs of the tag `inner`, by its shape. */
#define FIELD_VALUE(type, member, inner) { SHAPE_AT(type, member), .of = &inner##_shape, \
	.kind = _Generic(SHAPE_MEMBER(type, member), struct inner: SHAPE_VALUE) }
#define FIELD_ARRAY(type, member, counter, inner, bound) { SHAPE_AT(type, member), SHAPE_COUNT_AT(type, counter), \
	.of = &inner##_shape, .kind = _Generic(SHAPE_MEMBER(type, member), struct inner *: SHAPE_ARRAY), .most = (bound) }
#define FIELD_ROOM(type, member, counter, inner) { SHAPE_AT(type, member), SHAPE_COUNT_AT(type, counter), \
	.of = &inner##_shape, .kind = _Generic(&SHAPE_MEMBER(type, member)[0], struct inner *: SHAPE_ROOM), \
	.most = sizeof SHAPE_MEMBER(type, member) / sizeof(struct inner) }

#define FIELD_OWN(functions) { .kind = SHAPE_OWN, .own = (functions) }
#define FIELD_VERSION(number) { .kind = SHAPE_VERSION, .most = (number) }

#endif
