/* SPDX-License-Identifier: ISC */
#include "base/mail/submit.h"

static const char magic[] = { 'S', 'I', 'G', 'N', 'E', 'T', 'Q', SUBMIT_VERSION };

static bool query_fits(const void *value)
{
	return ((const struct submit_query *)value)->operation != 0;
}

/* Operations are known to whoever serves the socket (base/view/control.h has more). */
static const struct shape_field submit_query_fields[] = {
	FIELD_NUMBER(submit_query, operation, 1, 0),
	FIELD(submit_query, argument),
};
const struct shape submit_query_shape = SHAPE_OF(submit_query, submit_query_fields, .fits = query_fits);

static bool reply_fits(const void *value)
{
	const struct submit_reply *r = value;
	bool faulty = r->kind == SUBMIT_REFUSED || r->kind == SUBMIT_BUSY;

	return r->kind >= SUBMIT_ACCEPTED && (!faulty || r->fault.kind != FAULT_NONE);
}

static const struct shape_field submit_reply_fields[] = {
	FIELD_BELOW(submit_reply, kind, SUBMIT_END + 1),
	FIELD_VALUE(submit_reply, fault, fault),
	FIELD(submit_reply, text),
};
const struct shape submit_reply_shape = SHAPE_OF(submit_reply, submit_reply_fields, .fits = reply_fits);

/* What a shape writes, after its length. */
static void encode_framed(const struct shape *shape, const void *value, struct buf *out)
{
	struct buf packed = { 0 };

	shape_encode(shape, value, &packed);
	pack_span(out, buf_span(&packed));
	buf_free(&packed);
}

void submit_encode_query(const struct submit_query *q, struct buf *out)
{
	buf_add(out, magic, sizeof magic);
	encode_framed(&submit_query_shape, q, out);
}

void submit_encode_reply(const struct submit_reply *r, struct buf *out)
{
	encode_framed(&submit_reply_shape, r, out);
}

/* How many bytes were taken; 0: more are needed; -1: there are more than most, or they are malformed. */
static ssize_t decode_framed(const struct shape *shape, struct span in, size_t most, void *out)
{
	struct unpack u = unpack_from(in);

	if (in.len < 4)
		return 0;
	uint32_t len = unpack_u32(&u);
	if (len > most)
		return -1;
	if (in.len < 4 + (size_t)len)
		return 0;
	return shape_decode(shape, (struct span){ u.at, len }, out) < 0 ? -1 : 4 + (ssize_t)len;
}

ssize_t submit_decode_query(struct span in, struct submit_query *out, struct fault *f)
{
	if (in.len > 0 && memcmp(in.at, magic, in.len < sizeof magic ? in.len : sizeof magic) != 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.2", "this is not a query of version %d", SUBMIT_VERSION);
	if (in.len < sizeof magic)
		return 0;
	ssize_t taken = decode_framed(&submit_query_shape, span_between(in.at + sizeof magic, in.at + in.len), SUBMIT_QUERY_MAX, out);
	if (taken < 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.2", "the query is malformed");
	return taken == 0 ? 0 : taken + (ssize_t)sizeof magic;
}

ssize_t submit_decode_reply(struct span in, struct submit_reply *out, struct fault *f)
{
	ssize_t taken = decode_framed(&submit_reply_shape, in, SUBMIT_REPLY_MAX, out);

	if (taken < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.5.0", "the reply from signetd is malformed");
	return taken;
}
