#include "base/submit.h"

#include "base/pack.h"

static const char magic[] = { 'S', 'I', 'G', 'N', 'E', 'T', 'Q', SUBMIT_VERSION };

void submit_encode_query(const struct submit_query *q, struct buf *out)
{
	struct buf packed = { 0 };

	pack_u8(&packed, (uint8_t)q->operation);
	pack_span(&packed, q->argument);
	buf_add(out, magic, sizeof magic);
	pack_span(out, buf_span(&packed));
	buf_free(&packed);
}

void submit_encode_reply(const struct submit_reply *r, struct buf *out)
{
	struct buf packed = { 0 };

	pack_u8(&packed, (uint8_t)r->kind);
	pack_fault(&packed, &r->fault);
	pack_span(&packed, r->text);
	pack_span(out, buf_span(&packed));
	buf_free(&packed);
}

/* A u32 length and so many bytes: the bytes taken, 0 for more needed, -1 when longer than most. */
static ssize_t decode_packed(struct span in, size_t most, struct unpack *out)
{
	struct unpack u = unpack_from(in);

	if (in.len < 4)
		return 0;
	uint32_t len = unpack_u32(&u);
	if (len > most)
		return -1;
	if (in.len < 4 + (size_t)len)
		return 0;
	*out = unpack_from((struct span){ u.at, len });
	return 4 + (ssize_t)len;
}

static bool magic_fits(struct span in)
{
	return in.len == 0 || memcmp(in.at, magic, in.len < sizeof magic ? in.len : sizeof magic) == 0;
}

ssize_t submit_decode_query(struct span in, struct submit_query *out, struct fault *f)
{
	struct unpack u;

	if (!magic_fits(in))
		return fault_set(f, FAULT_PERMANENT, "5.5.2", "this is no query of version %d", SUBMIT_VERSION);
	if (in.len < sizeof magic)
		return 0;
	ssize_t taken = decode_packed(span_between(in.at + sizeof magic, in.at + in.len), SUBMIT_QUERY_MAX, &u);
	if (taken == 0)
		return 0;
	if (taken > 0) {
		out->operation = (enum submit_operation)unpack_u8(&u);
		out->argument = unpack_span(&u);
	}
	if (taken < 0 || !unpack_ok(&u) || out->operation == 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.2", "the query is malformed");
	return taken + (ssize_t)sizeof magic;
}

static bool reply_fits(const struct submit_reply *r)
{
	bool faulty = r->kind == SUBMIT_REFUSED || r->kind == SUBMIT_BUSY;

	return r->kind >= SUBMIT_ACCEPTED && r->kind <= SUBMIT_END && (!faulty || r->fault.kind != FAULT_NONE);
}

ssize_t submit_decode_reply(struct span in, struct submit_reply *out, struct fault *f)
{
	struct unpack u;
	ssize_t taken = decode_packed(in, SUBMIT_REPLY_MAX, &u);

	if (taken == 0)
		return 0;
	if (taken > 0) {
		out->kind = (enum submit_reply_kind)unpack_u8(&u);
		unpack_fault(&u, &out->fault);
		out->text = unpack_span(&u);
	}
	if (taken < 0 || !unpack_ok(&u) || !reply_fits(out))
		return fault_set(f, FAULT_TEMPORARY, "4.5.0", "the reply from signetd is malformed");
	return taken;
}
