#include "base/record.h"

#include "base/pack.h"

#include <stdlib.h>

static const char magic[RECORD_MAGIC_BYTES] = { 'S', 'I', 'G', 'N', 'E', 'T', 'R', RECORD_VERSION };

enum {
	NOTIFY_ALL = NOTIFY_NEVER | NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY,
	RECIPIENT_LEAST_BYTES = 4 + 1 + 4,
};

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->recipient_count; i++) {
		free(r->recipients[i].address);
		free(r->recipients[i].orcpt);
	}
	free(r->recipients);
	free(r->program);
	free(r->sender);
	free(r->full_name);
	free(r->envid);
	*r = (struct record){ 0 };
}

void record_add_recipient(struct record *r, struct span address, uint8_t notify, struct span orcpt)
{
	size_t n = r->recipient_count;

	if ((n & (n - 1)) == 0)  /* full at each power of two */
		r->recipients = mem_resize(r->recipients, n ? 2 * n : 1, sizeof *r->recipients);
	r->recipients[n] = (struct record_recipient){
		.address = mem_text_span(address),
		.notify = notify,
		.orcpt = mem_text_span(orcpt),
	};
	r->recipient_count = n + 1;
}

static void encode_envelope(const struct record *r, struct buf *out)
{
	buf_add(out, r->id, sizeof r->id);
	pack_text(out, r->program);
	pack_text(out, r->sender);
	pack_u8(out, r->sender_given);
	pack_text(out, r->full_name);
	pack_text(out, r->envid);
	pack_u8(out, (uint8_t)r->ret);
	pack_u8(out, (uint8_t)r->body_type);
	pack_u8(out, r->headers_gave_recipients);
	pack_u32(out, (uint32_t)r->recipient_count);
	for (size_t i = 0; i < r->recipient_count; i++) {
		pack_text(out, r->recipients[i].address);
		pack_u8(out, r->recipients[i].notify);
		pack_text(out, r->recipients[i].orcpt);
	}
	pack_u8(out, r->require_tls);
}

void record_encode_head(const struct record *r, struct buf *out)
{
	struct buf envelope = { 0 };

	encode_envelope(r, &envelope);
	buf_add(out, magic, sizeof magic);
	pack_span(out, buf_span(&envelope));
	pack_u64(out, r->message_bytes);
	buf_free(&envelope);
}

/* A value of 0 to most, or bad. */
static uint8_t unpack_small(struct unpack *u, uint8_t most)
{
	uint8_t v = unpack_u8(u);

	if (v > most)
		u->bad = true;
	return u->bad ? 0 : v;
}

static void unpack_id(struct unpack *u, uint8_t id[RECORD_ID_BYTES])
{
	for (size_t i = 0; i < RECORD_ID_BYTES; i++)
		id[i] = unpack_u8(u);
}

static void decode_recipients(struct unpack *u, struct record *out)
{
	uint32_t count = unpack_count(u, RECIPIENT_LEAST_BYTES);

	if (count > RECORD_RECIPIENTS_MAX)
		u->bad = true;
	for (uint32_t i = 0; i < count && !u->bad; i++) {
		struct span address = unpack_span(u);
		uint8_t notify = unpack_small(u, NOTIFY_ALL);
		struct span orcpt = unpack_span(u);
		if ((address.len > 0 && memchr(address.at, '\0', address.len)) ||
		    (orcpt.len > 0 && memchr(orcpt.at, '\0', orcpt.len)))
			u->bad = true;
		record_add_recipient(out, address, notify, orcpt);
	}
}

static void decode_envelope(struct unpack *u, unsigned version, struct record *out)
{
	unpack_id(u, out->id);
	out->program = unpack_text(u);
	out->sender = unpack_text(u);
	out->sender_given = unpack_small(u, 1);
	out->full_name = unpack_text(u);
	out->envid = unpack_text(u);
	out->ret = (enum dsn_ret)unpack_small(u, DSN_RET_HEADERS);
	out->body_type = (enum body_type)unpack_small(u, BODY_8BITMIME);
	out->headers_gave_recipients = unpack_small(u, 1);
	decode_recipients(u, out);
	if (version >= 2)
		out->require_tls = unpack_small(u, 1);
}

/* As far as the magic is there: false is final. */
static bool magic_fits(struct span in, struct fault *f)
{
	size_t word = sizeof magic - 1;

	if (memcmp(in.at, magic, in.len < word ? in.len : word) != 0) {
		fault_set(f, FAULT_PERMANENT, "5.6.0", "this is no submission record: it does not begin with SIGNETR");
		return false;
	}
	unsigned version = in.len > word ? (unsigned char)in.at[word] : RECORD_VERSION;
	if (version >= 1 && version <= RECORD_VERSION)
		return true;
	if (version > RECORD_VERSION)
		fault_set(f, FAULT_TEMPORARY, "4.3.0",
		          "the submission record has version %u and this program reads up to %d: "
		          "upgrade signetd, or restart it after its upgrade", version, RECORD_VERSION);
	else
		fault_set(f, FAULT_PERMANENT, "5.6.0", "the submission record has version %u, which never was", version);
	return false;
}

static int too_long(struct fault *f, uint32_t bytes)
{
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "the envelope of the submission record is %u bytes long, "
	                 "more than the %d that are taken", bytes, RECORD_ENVELOPE_MAX);
}

ssize_t record_decode_head(struct span in, struct record *out, struct fault *f)
{
	struct unpack u = unpack_from(in);
	size_t envelope_at = RECORD_MAGIC_BYTES + 4;

	if (in.len > 0 && !magic_fits(in, f))
		return -1;
	if (in.len < envelope_at)
		return 0;
	u.at += RECORD_MAGIC_BYTES;
	uint32_t envelope_bytes = unpack_u32(&u);
	if (envelope_bytes > RECORD_ENVELOPE_MAX)
		return too_long(f, envelope_bytes);
	if (in.len < envelope_at + envelope_bytes + 8)
		return 0;
	struct unpack envelope = unpack_from((struct span){ u.at, envelope_bytes });
	*out = (struct record){ 0 };
	decode_envelope(&envelope, (unsigned char)in.at[RECORD_MAGIC_BYTES - 1], out);
	if (!unpack_ok(&envelope)) {
		record_free(out);
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the envelope of the submission record is malformed");
	}
	u.at += envelope_bytes;
	out->message_bytes = unpack_u64(&u);
	return (ssize_t)(envelope_at + envelope_bytes + 8);
}
