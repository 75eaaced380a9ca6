/* SPDX-License-Identifier: ISC */
#include "base/shape.h"

#include "base/fault.h"
#include "base/secret.h"

#include <stdlib.h>

enum { MILLION = 1000 * 1000 };

/* ---- members ---- */

/* A pointer has its own type in the struct, so it is copied, not aliased. */
static void *pointer_at(const void *at)
{
	void *pointer;

	memcpy(&pointer, at, sizeof pointer);
	return pointer;
}

static void set_pointer(void *at, void *pointer)
{
	memcpy(at, &pointer, sizeof pointer);
}

static size_t count_of(const struct shape_field *f, const void *value)
{
	return *(const size_t *)(const void *)((const char *)value + f->count_offset);
}

static void set_count(const struct shape_field *f, void *value, size_t count)
{
	*(size_t *)(void *)((char *)value + f->count_offset) = count;
}

static uint64_t number_at(const void *at, size_t bytes)
{
	switch (bytes) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void set_number(void *at, size_t bytes, uint64_t number)
{
	switch (bytes) {
	case 1:
		*(uint8_t *)at = (uint8_t)number;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)number;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)number;
		break;
	default:
		*(uint64_t *)at = number;
	}
}

/* ---- writing ---- */

static void encode_texts(const struct text_list *list, struct buf *out)
{
	pack_u32(out, (uint32_t)list->count);
	for (size_t i = 0; i < list->count; i++)
		pack_text(out, list->items[i]);
}

static void encode_elements(const struct shape *shape, const char *elements, size_t count, struct buf *out)
{
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		shape_encode(shape, elements + i * shape->bytes, out);
}

void shape_encode_field(const struct shape_field *f, const void *value, struct buf *out)
{
	const void *at = (const char *)value + f->offset;

	switch (f->kind) {
	case SHAPE_NONE:
	case SHAPE_TEXT_HERE:
		break;
	case SHAPE_NUMBER:
		pack_number(out, number_at(at, f->bytes), f->packed_bytes);
		break;
	case SHAPE_MILLIONTHS:
		pack_u64(out, (uint64_t)(*(const double *)at * MILLION + 0.5));
		break;
	case SHAPE_TEXT:
		pack_text(out, pointer_at(at));
		break;
	case SHAPE_CHARS:
		pack_text(out, at);
		break;
	case SHAPE_TEXTS:
		encode_texts(at, out);
		break;
	case SHAPE_SPAN:
		pack_span(out, *(const struct span *)at);
		break;
	case SHAPE_SECRET:
		pack_span(out, buf_span(at));
		break;
	case SHAPE_BYTES:
		buf_add(out, at, f->bytes);
		break;
	case SHAPE_DATA:
		pack_span(out, (struct span){ pointer_at(at), count_of(f, value) });
		break;
	case SHAPE_VALUE:
		shape_encode(f->of, at, out);
		break;
	case SHAPE_ARRAY:
		encode_elements(f->of, pointer_at(at), count_of(f, value), out);
		break;
	case SHAPE_ROOM:
		encode_elements(f->of, at, count_of(f, value), out);
		break;
	case SHAPE_OWN:
		f->own->encode(value, out);
		break;
	case SHAPE_VERSION:
		pack_u8(out, (uint8_t)f->most);
		break;
	}
}

void shape_encode(const struct shape *shape, const void *value, struct buf *out)
{
	for (size_t i = 0; i < shape->count; i++)
		shape_encode_field(&shape->fields[i], value, out);
}

/* ---- reading ---- */

/* The fewest bytes that a value can be written as: what bounds a count of them. */
static size_t least_bytes(const struct shape *shape)
{
	size_t sum = 0;

	for (size_t i = 0; i < shape->count; i++) {
		const struct shape_field *f = &shape->fields[i];
		switch (f->kind) {
		case SHAPE_NONE:
		case SHAPE_TEXT_HERE:
			break;
		case SHAPE_NUMBER:
			sum += f->packed_bytes;
			break;
		case SHAPE_BYTES:
			sum += f->bytes;
			break;
		case SHAPE_VALUE:
			sum += least_bytes(f->of);
			break;
		case SHAPE_OWN:
			sum += f->own->least_bytes;
			break;
		case SHAPE_VERSION:
			sum += 1;
			break;
		case SHAPE_MILLIONTHS:
			sum += sizeof(uint64_t);
			break;
		default:    /* a length or a count */
			sum += sizeof(uint32_t);
		}
	}
	return sum;
}

static void decode_number(const struct shape_field *f, struct unpack *u, void *at)
{
	uint64_t number = unpack_number(u, f->packed_bytes);

	if (f->most > 0 && number > f->most)
		u->bad = true;
	else
		set_number(at, f->bytes, number);
}

static void decode_chars(struct unpack *u, char *out, size_t room)
{
	struct span text = unpack_span(u);
	size_t len = text.len < room ? text.len : room - 1;

	u->bad |= memchr(text.at, '\0', len) != NULL;
	memcpy(out, text.at, len);
	out[len] = '\0';
}

static void decode_texts(struct unpack *u, struct text_list *out)
{
	uint32_t count = unpack_count(u, sizeof(uint32_t));

	if (count == 0)
		return;
	out->items = mem_resize(NULL, count, sizeof *out->items);
	for (; out->count < count && !u->bad; out->count++)
		out->items[out->count] = unpack_text(u);
}

static void decode_secret(const struct shape_field *f, struct unpack *u, struct buf *out)
{
	struct span secret = unpack_span(u);

	u->bad |= f->most > 0 && secret.len > f->most;
	if (secret.len > 0 && !u->bad)
		buf_add_span(out, secret);
}

static void decode_data(const struct shape_field *f, struct unpack *u, void *value)
{
	struct span data = unpack_span(u);

	set_pointer((char *)value + f->offset, mem_text_span(data));
	set_count(f, value, data.len);
}

static void decode_value(const struct shape *shape, struct unpack *u, void *value)
{
	for (size_t i = 0; i < shape->count && !u->bad; i++) {
		const struct shape_field *f = &shape->fields[i];
		if (f->kind == SHAPE_NUMBER)    /* most are; this costs less than the switch */
			decode_number(f, u, (char *)value + f->offset);
		else
			shape_decode_field(f, u, value);
	}
	if (!u->bad && shape->fits && !shape->fits(value))
		u->bad = true;
}

static void decode_elements(const struct shape_field *f, struct unpack *u, void *value)
{
	char *elements = (char *)value + f->offset;
	uint32_t count = unpack_count(u, least_bytes(f->of));

	u->bad |= f->most > 0 && count > f->most;
	if (u->bad || count == 0)
		return;
	if (f->kind == SHAPE_ARRAY) {
		char *array = mem_alloc(count * f->of->bytes);
		set_pointer(elements, array);
		elements = array;
	}
	set_count(f, value, count);
	for (size_t i = 0; i < count && !u->bad; i++)
		decode_value(f->of, u, elements + i * f->of->bytes);
}

void shape_decode_field(const struct shape_field *f, struct unpack *u, void *value)
{
	void *at = (char *)value + f->offset;

	switch (f->kind) {
	case SHAPE_NONE:
	case SHAPE_TEXT_HERE:
		break;
	case SHAPE_NUMBER:
		decode_number(f, u, at);
		break;
	case SHAPE_MILLIONTHS:
		*(double *)at = (double)unpack_u64(u) / MILLION;
		break;
	case SHAPE_TEXT:
		set_pointer(at, unpack_text(u));
		break;
	case SHAPE_CHARS:
		decode_chars(u, at, f->bytes);
		break;
	case SHAPE_TEXTS:
		decode_texts(u, at);
		break;
	case SHAPE_SPAN:
		*(struct span *)at = unpack_span(u);
		break;
	case SHAPE_SECRET:
		decode_secret(f, u, at);
		break;
	case SHAPE_BYTES:
		unpack_bytes(u, at, f->bytes);
		break;
	case SHAPE_DATA:
		decode_data(f, u, value);
		break;
	case SHAPE_VALUE:
		decode_value(f->of, u, at);
		break;
	case SHAPE_ARRAY:
	case SHAPE_ROOM:
		decode_elements(f, u, value);
		break;
	case SHAPE_OWN:
		f->own->decode(u, value);
		break;
	case SHAPE_VERSION:
		u->bad |= unpack_u8(u) != f->most;
		break;
	}
}

int shape_decode(const struct shape *shape, struct span in, void *value)
{
	struct unpack u = unpack_from(in);

	memset(value, 0, shape->bytes);
	decode_value(shape, &u, value);
	if (unpack_ok(&u))
		return 0;
	shape_free(shape, value);
	return -1;
}

/* ---- freeing ---- */

static void free_members(const struct shape *shape, void *value)
{
	for (size_t i = 0; i < shape->count; i++)
		if (shape->fields[i].kind >= SHAPE_TEXT)
			shape_free_field(&shape->fields[i], value);
}

static void free_elements(const struct shape_field *f, void *value)
{
	char *at = (char *)value + f->offset, *elements = f->kind == SHAPE_ARRAY ? pointer_at(at) : at;

	for (size_t i = 0; i < count_of(f, value); i++)
		free_members(f->of, elements + i * f->of->bytes);
	set_count(f, value, 0);
	if (f->kind == SHAPE_ARRAY) {
		free(elements);
		set_pointer(at, NULL);
	}
}

void shape_free_field(const struct shape_field *f, void *value)
{
	void *at = (char *)value + f->offset;

	switch (f->kind) {
	case SHAPE_TEXT:
	case SHAPE_TEXT_HERE:
	case SHAPE_DATA:
		free(pointer_at(at));
		set_pointer(at, NULL);
		if (f->kind == SHAPE_DATA)
			set_count(f, value, 0);
		break;
	case SHAPE_TEXTS:
		text_list_free(at);
		break;
	case SHAPE_SECRET:
		secret_free(at);
		break;
	case SHAPE_VALUE:
		free_members(f->of, at);
		break;
	case SHAPE_ARRAY:
	case SHAPE_ROOM:
		free_elements(f, value);
		break;
	default:    /* owns nothing */
		break;
	}
}

void shape_free(const struct shape *shape, void *value)
{
	free_members(shape, value);
	memset(value, 0, shape->bytes);
}

/* ---- of base ---- */

static const struct shape_field fault_fields[] = {
	FIELD_BELOW(fault, kind, FAULT_POLICY + 1),
	FIELD(fault, status),
	FIELD(fault, text),
};

const struct shape fault_shape = SHAPE_OF(fault, fault_fields);
